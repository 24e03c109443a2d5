"""Thirty days of a simulated world whose home feed learns from what it showed, with and without shares for rare styles.

The feed knows no attribute of its people: it shows what looks like their wishes and what everybody wishes for, and
learns from the answers. The rare styles are those patterns that people wish for least, as many as fit into a quarter
of the stock; their target is that share. Legend: N items, B blocks of properties, K places.
"""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corkboard.bench._closed_loop import SLATE, WISHES, History, Policy, lived
from corkboard.bench._row import Row
from data.world.behaviour.loop import Loop, Visit

__all__ = ["run"]

ITEMS, PEOPLE, DAYS, LEARNT_DAYS, QUARTER = 1200, 300, 30, 14, 0.25
POOL = 100  # candidates that share the places, as many as in the service
LOST = (0.02, 0.05, 1.0)  # shares of relevance that an answer may lose
PATTERN = 2  # its block among the properties
RESAMPLES = 2000
BAR = {"exposure": 0.9, "saves": 0.99}


@dataclass
class Shop:
    """A feed that learns by counting, and what it showed. rare_N: whether an item is of a rare style."""

    loop: Loop
    rare_N: NDArray[np.bool_]
    seen: dict[bool, float] = field(default_factory=lambda: {True: 0.0, False: 0.0})  # by rareness, places weighed

    def __post_init__(self) -> None:
        self.codes_NB = self.loop.truth.stock.codes_NB
        self.row_of = {item: row for row, item in enumerate(self.loop.item_id)}

    def page(self, most_lost: float | None) -> Policy:
        """A policy; most_lost: of the relevance of a page, None without shares."""
        from components.reranking.budget import within_budget

        target = [float(self.rare_N.mean()), 1 - float(self.rare_N.mean())]

        def page(visit: Visit, user: str, history: History) -> list[str]:
            score_N = self._scores(visit, user, history)
            pool_N = np.argsort(-score_N, kind="stable")[:POOL]
            if most_lost is not None:
                groups_N = np.where(self.rare_N[pool_N], 0, 1)
                pool_N = pool_N[within_budget(score_N[pool_N], groups_N, target, SLATE, most_lost)[0]]
            for place, row in enumerate(pool_N[:SLATE].tolist()):
                self.seen[bool(self.rare_N[row])] += 1 / np.log2(place + 2)
            return [self.loop.item_id[row] for row in pool_N[:SLATE]]

        return page

    def exposure(self) -> float:
        """The share of what is seen that is of rare styles, over their share of the stock."""
        return self.seen[True] / sum(self.seen.values()) / float(self.rare_N.mean())

    def _scores(self, visit: Visit, user: str, history: History) -> NDArray[np.float64]:
        """How likely the person wishes for each item: naive Bayes of its properties, times what everybody wishes."""
        score_N = np.zeros(len(self.row_of))
        wished = [self.row_of[one["item_id"]] for one in history.actions[user] if one["action"] in WISHES]
        for block in range(PATTERN + 1):  # the style is hidden
            width = int(self.codes_NB.max()) + 1
            mine = np.bincount(self.codes_NB[wished, block], minlength=width)
            stock = np.bincount(self.codes_NB[:, block], minlength=width)
            ratio = (mine + 5 * stock / len(score_N)) / np.maximum(stock, 1)
            score_N += np.log(np.maximum(ratio, 1e-9))[self.codes_NB[:, block]]
        counted_N = np.zeros(len(score_N))
        for item, count in history.wishes.items():
            counted_N[self.row_of[item]] = count
        score_N += 0.5 * np.log(counted_N + max(counted_N.mean(), 1e-9))
        score_N = np.exp(score_N - score_N.max())
        score_N[~self.loop.present(visit.day)] = 0
        score_N[[self.row_of[item] for item in history.acted[user]]] = 0
        return score_N


def run(people: int = PEOPLE) -> list[Row]:
    """The feed beside the one without shares."""
    with tempfile.TemporaryDirectory() as folder:
        loop, before = _world(Path(folder), people)
        rare_N = _rare(loop, before)
        created_s = dict(zip(loop.item_id, loop.truth.stock.created_s.tolist(), strict=True))
        visits = loop.visits()

        def live(most_lost: float | None) -> tuple[float, NDArray[np.float64]]:
            shop = Shop(loop, rare_N)
            saves = lived(shop.page(most_lost), loop, visits, before, created_s).saves
            return shop.exposure(), np.array([saves[one] for one in loop.people], np.float64)

        plain, saved_U = live(None)
        rows = [Row("pages", len(visits), None, "1"), Row("rare_share_of_stock", float(rare_N.mean()), None, "1")]
        for most_lost in LOST:
            exposure, own_U = live(most_lost)
            rows.append(Row(f"exposure_of_rare_at_most_{most_lost:g}_lost", exposure, plain, "1", "without"))
            rows.append(Row(f"saves_a_person_at_most_{most_lost:g}_lost", own_U.mean(), saved_U.mean(), "1", "without"))
            for side, value in zip(("low", "high"), _interval(own_U, saved_U), strict=True):
                rows.append(Row(f"saves_kept_at_most_{most_lost:g}_lost_{side}", value, BAR["saves"], "1"))
    return rows


def _world(folder: Path, people: int) -> tuple[Loop, pd.DataFrame]:
    """The days of the loop, and what people did before them, by time."""
    from data.params import WorldBehaviour
    from data.params.logs import TimeSplit
    from data.world.behaviour.simulation import simulate
    from data.world.behaviour.stock import Goods
    from data.world.behaviour.truth import open_truth
    from data.world.undrawn import describe

    goods = [Goods(one.item_id, one.category, one.attributes) for one in describe(7, ITEMS)]
    splits = TimeSplit(validation_days=1, test_days=DAYS)
    params = WorldBehaviour(users=people, days=LEARNT_DAYS + DAYS, splits=splits)
    behaviour = simulate(params, 7, goods, folder, lambda *_: None)
    loop = Loop(open_truth(folder), range(people))
    events = pd.concat([pd.read_parquet(path) for path in behaviour.events])
    start_s = loop.visits()[0].time_s
    return loop, events[events["time_s"] < start_s].sort_values("time_s", kind="stable")


def _rare(loop: Loop, before: pd.DataFrame) -> NDArray[np.bool_]:
    """The patterns with the fewest wishes an item, as many as fit into a quarter of the stock."""
    code_N = loop.truth.stock.codes_NB[:, PATTERN]
    wished = before[before["action"].isin(WISHES)]["item_id"].value_counts()
    count_N = np.array([wished.get(item, 0) for item in loop.item_id])
    rare: list[int] = []
    for code in sorted(np.unique(code_N).tolist(), key=lambda code: count_N[code_N == code].mean()):
        if np.isin(code_N, [*rare, code]).mean() <= QUARTER:
            rare.append(code)
    return np.isin(code_N, rare)


def _interval(own_U: NDArray[np.float64], other_U: NDArray[np.float64]) -> tuple[float, float]:
    """95 % of the share of saves that is kept, over people drawn with replacement."""
    draws = np.random.default_rng(0).integers(0, len(own_U), (RESAMPLES, len(own_U)))
    low, high = np.quantile(own_U[draws].sum(axis=1) / other_U[draws].sum(axis=1), [0.025, 0.975])
    return float(low), float(high)
