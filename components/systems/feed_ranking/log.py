"""The log as training and evaluation read it: impressions as events, and as questions asked when they were shown.

Legend: N impressions, E entities, H half-lives, O outcomes, X signals.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from components.features.counters import Counters
from components.features.stream import Event, replayed
from components.system import Progress
from components.systems.feed_ranking.config import FeatureConfig
from components.systems.feed_ranking.recent import Codes, Latest, Recent
from components.systems.feed_ranking.signals import SignalMaker
from data.actions import OUTCOMES
from data.dataset import Dataset
from data.errors import UserError

__all__ = ["Asked", "actions_of", "asked_of", "begin_with", "events_of", "impressions_of", "label_of", "signals_of"]

DAY_MS = 86_400_000
BEFORE_MS = DAY_MS  # by which histories are older than the first impression
PROGRESS_EVERY = 20_000


def impressions_of(dataset: Dataset, heads: Sequence[str]) -> pd.DataFrame:
    """Impressions by time.

    Raises:
        UserError: an outcome of `heads` was not recorded.
    """
    rows = dataset.table("impressions").to_pandas()
    for head in heads:
        if rows[head].isna().all():
            recorded = [name for name in OUTCOMES if not rows[name].isna().all()]
            raise UserError(f"{dataset.name} records no {head}; set heads to some of {', '.join(recorded)}")
    return rows.sort_values(["time_ms", "user_id", "place"], kind="stable", ignore_index=True)


def events_of(rows: pd.DataFrame, outcomes: Sequence[str], maker: SignalMaker) -> list[Event]:
    """An event for each impression; its id orders those of the same millisecond as the log does."""
    done_NO = rows[list(outcomes[1:])].astype("boolean").fillna(False).to_numpy(bool)
    outcome_NO = np.concatenate([np.ones((len(rows), 1)), done_NO.astype(float)], axis=1)
    return [
        Event(f"{user}/{place:08d}", time_ms, maker.items.keys_of(user, item), outcome_NO[row])
        for row, (user, place, item, time_ms) in enumerate(
            zip(rows["user_id"], rows["place"], rows["item_id"], rows["time_ms"].tolist(), strict=True)
        )
    ]


def actions_of(
    rows: pd.DataFrame,
    users: pd.DataFrame,
    config: FeatureConfig,
    heads: Sequence[str],
    codes: Codes,
    maker: SignalMaker,
) -> Recent:
    """What people did in the log, and a day before it what they did before; an item of several lists is one action."""
    before: dict[tuple[str, str], set[str]] = {}
    for user, item, done in _before(users, config):
        before.setdefault((user, item), set()).update(done)
    early_ms = int(rows["time_ms"].min()) - BEFORE_MS
    done_NH = np.stack([label_of(rows, head) for head in heads], axis=1)
    early_AH = np.array([[float(head in done) for head in heads] for done in before.values()]).reshape(-1, len(heads))
    items = [*(item for _, item in before), *rows["item_id"]]
    return Recent.of(
        [*(user for user, _ in before), *rows["user_id"]],
        codes.of(maker.items, maker.items.columns(items, items)),
        np.concatenate([early_AH, done_NH]),
        [*[early_ms] * len(before), *rows["time_ms"].tolist()],
    )


def label_of(rows: pd.DataFrame, head: str) -> NDArray[np.float64]:
    return rows[head].astype("boolean").fillna(False).to_numpy(bool).astype(float)


def begin_with(
    users: pd.DataFrame, config: FeatureConfig, counters: Counters, maker: SignalMaker, first_ms: int
) -> None:
    """Count what people did before the log, a day before it; an outcome without `shown` adds to a rate alone."""
    told = list(_before(users, config))
    if told:
        outcome_AO = [[float(outcome in done) for outcome in counters.definition.outcomes] for *_, done in told]
        keys = [maker.items.keys_of(user, item) for user, item, _ in told]
        counters.begin(keys, np.array(outcome_AO), np.full(len(told), first_ms - BEFORE_MS))


def _before(users: pd.DataFrame, config: FeatureConfig) -> Iterator[tuple[str, str, Sequence[str]]]:
    """Of people before the log: who, the item, and what they did with it."""
    for user, attributes in zip(users["user_id"], map(dict, users["attributes"]), strict=True):
        for name, done in config.histories.items():
            yield from ((user, item, done) for item in filter(None, attributes.get(name, "").split("|")))


@dataclass(frozen=True)
class Asked:
    """Impressions with what the heads would have seen of them when they were shown."""

    rows: pd.DataFrame
    signals_NX: NDArray[np.float32]
    item_NF: NDArray[np.int64]
    latest: Latest

    def where(self, chosen_N: NDArray[np.bool_]) -> "Asked":
        return Asked(
            self.rows[chosen_N], self.signals_NX[chosen_N], self.item_NF[chosen_N], self.latest.where(chosen_N)
        )

    def plus(self, other: "Asked") -> "Asked":
        latest = zip(self.latest.inputs().values(), other.latest.inputs().values(), strict=True)
        return Asked(
            pd.concat([self.rows, other.rows]),
            np.concatenate([self.signals_NX, other.signals_NX]),
            np.concatenate([self.item_NF, other.item_NF]),
            Latest(*(np.concatenate(pair) for pair in latest)),
        )

    def label(self, head: str) -> NDArray[np.float64]:
        return label_of(self.rows, head)


def asked_of(
    rows: pd.DataFrame,
    counters: Counters,
    events: Sequence[Event],
    maker: SignalMaker,
    actions: tuple[Recent, Codes, int],
    progress: Progress,
) -> Asked:
    """Ask for each of `rows`, which ascend in time, while `events` are counted as they come to count.

    actions: what people did, the codes of items, and how many of a person's are read.
    """
    users, items = rows["user_id"].tolist(), rows["item_id"].tolist()
    questions = list(zip(rows["time_ms"].tolist(), map(maker.items.keys_of, users, items), strict=True))
    definition = counters.definition
    shape = (len(definition.entities), len(definition.half_lives_h), len(definition.outcomes))
    count_NEHO = np.empty((len(rows), *shape))
    for row, count_EHO in enumerate(replayed(events, questions, counters)):
        count_NEHO[row] = count_EHO
        if row % PROGRESS_EVERY == 0:
            progress("replay the log", row, len(rows), {})
    recent, codes, most = actions
    time_ms_N = rows["time_ms"].to_numpy(np.int64)
    delay_ms = int(definition.delay_s * 1000)
    latest = recent.latest(users, time_ms_N - delay_ms, time_ms_N, most)
    item_NF = codes.of(maker.items, maker.items.columns(users, items))
    return Asked(rows, signals_of(rows, count_NEHO, maker), item_NF, latest)


def signals_of(rows: pd.DataFrame, count_NEHO: NDArray[np.float64], maker: SignalMaker) -> NDArray[np.float32]:
    position_N = pd.to_numeric(rows["position"], errors="coerce").fillna(0).to_numpy(float)
    return maker.signals(
        count_NEHO,
        rows["user_id"].tolist(),
        rows["item_id"].tolist(),
        rows["surface"].tolist(),
        (rows["time_ms"] // 1000).to_numpy(np.int64),
        position_N,
    )
