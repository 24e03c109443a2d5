"""Who is asked what: for every user one history, and the items that followed it.

With one held-out event a user this is leave-one-out: validation asks for `items[-2]` after `items[:-2]`, test for
`items[-1]` after `items[:-1]` (Kang and McAuley 2018, arXiv 1808.09781, section IV-C). With a split by time it asks for
everything new that a user did within the split, after all that came before.

Legend: U users, E events, B users evaluated, T targets, N items; `histories` are as in `Histories`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from components.systems.user_sequence.config import LossConfig
from components.systems.user_sequence.history import NO_TIME, Contexts, read_codes
from components.systems.user_sequence.tables import Histories
from data.errors import UserError
from data.tables import SPLITS
from data.times import DAY_S

__all__ = ["Examples", "Questions", "blocks_of", "examples_of", "slices_of", "validation_questions"]

VALIDATION = "validation"
LENGTHS = (1, 5, 10, 20, 50)
ACTIVE_DAYS = 28
ACTIVITIES = (1, 5, 20)
AGES_DAYS = (1, 7, 28, 180)
TIMES_SEEN = (1, 5, 20, 100)


@dataclass(frozen=True)
class Examples:
    """An example is a user: `first_B` to `stop_B` are the events of the input, `target_T` the items asked for.

    user_B: rows of `Histories.user_ids`; owner_T: positions among the users asked about; event_T: the event that made
    an item a target.
    """

    user_B: np.ndarray
    first_B: np.ndarray
    stop_B: np.ndarray
    owner_T: np.ndarray
    target_T: np.ndarray
    event_T: np.ndarray

    def __len__(self) -> int:
        return len(self.user_B)

    def drawn(self, most: int) -> "Examples":
        """At most so many users, drawn by a seed that never changes."""
        if len(self) <= most:
            return self
        chosen = np.sort(np.random.default_rng(0).choice(len(self), most, replace=False))
        kept_T = np.isin(self.owner_T, chosen)
        return Examples(
            self.user_B[chosen],
            self.first_B[chosen],
            self.stop_B[chosen],
            np.searchsorted(chosen, self.owner_T[kept_T]),
            self.target_T[kept_T],
            self.event_T[kept_T],
        )


def examples_of(histories: Histories, split: str, positive: Sequence[str] | None = None) -> Examples:
    """Users with a target in `split`, in the order of `histories`.

    The input is every event before the user's first event of the split. Targets are the items of the positive events of
    the split (of all but hide, if `positive` is None), each once, without those that the input holds.
    """
    inside_E = histories.split_E == SPLITS.index(split)
    user_E = histories.owners()
    count_E = np.arange(len(inside_E))
    begin_U = np.full(len(histories.user_ids), len(inside_E), np.int64)
    np.minimum.at(begin_U, user_E[inside_E], count_E[inside_E])
    target_E = inside_E & histories.is_positive(positive)
    pair_E = user_E * (np.int64(histories.item_E.max()) + 1) + histories.item_E
    known = pair_E[count_E < begin_U[user_E]]
    event_T = np.flatnonzero(target_E)
    event_T = event_T[~np.isin(pair_E[event_T], known)]
    event_T = np.sort(event_T[np.unique(pair_E[event_T], return_index=True)[1]])
    user_B, owner_T = np.unique(user_E[event_T], return_inverse=True)
    return Examples(
        user_B,
        histories.offset_U1[user_B],
        begin_U[user_B],
        owner_T,
        histories.item_E[event_T].astype(np.int64),
        event_T,
    )


@dataclass(frozen=True)
class Questions:
    """Examples as the scorer takes them: contexts, and the new items that came next.

    contexts: of whom something can be read, at the moment when they came back. owner_T: the row of a target's context.
    """

    contexts: Contexts
    owner_T: np.ndarray
    target_T: np.ndarray

    def __len__(self) -> int:
        return len(self.contexts)


def validation_questions(histories: Histories, loss: LossConfig, reads: Sequence[str] | None, most: int) -> Questions:
    """What at most `most` users did in the validation split; those who did nothing to be read before are left out.

    Raises:
        UserError: there is nobody.
    """
    examples = examples_of(histories, VALIDATION, loss.positive).drawn(most)
    bounds = zip(examples.first_B.tolist(), examples.stop_B.tolist(), strict=True)
    whole = [histories.between(first, stop) for first, stop in bounds]
    codes = read_codes(histories.actions, reads)
    read = [history.doing(codes) for history in whole]
    some_B = np.array([len(history) > 0 for history in read], bool)
    if not some_B.any():
        raise UserError(
            f"nobody did anything new in the split {VALIDATION!r} after something before it; give it events"
        )
    contexts = Contexts(read, whole, histories.time_s_E[examples.stop_B]).chosen(np.flatnonzero(some_B).tolist())
    kept_T = some_B[examples.owner_T]
    row_B = np.cumsum(some_B) - 1
    return Questions(contexts, row_B[examples.owner_T[kept_T]], examples.target_T[kept_T])


def blocks_of(questions: Questions, size: int) -> list[Questions]:
    """The questions in blocks of `size` histories of like length."""
    order_B = np.argsort([len(history) for history in questions.contexts.read], kind="stable")
    place_B = np.empty(len(questions), np.int64)
    place_B[order_B] = np.arange(len(questions))
    place_T = place_B[questions.owner_T]
    order_T = np.argsort(place_T, kind="stable")
    place_T, target_T = place_T[order_T], questions.target_T[order_T]
    blocks = []
    for start in range(0, len(questions), size):
        low, high = np.searchsorted(place_T, [start, start + size])
        contexts = questions.contexts.chosen(order_B[start : start + size].tolist())
        blocks.append(Questions(contexts, place_T[low:high] - start, target_T[low:high]))
    return blocks


def slices_of(histories: Histories, examples: Examples, items: int) -> pd.DataFrame:
    """A column a slice, a row a user asked about, in order.

    history: events of the input. user: cold without any training event. target: cold if the first item asked for has no
    training event, otherwise by how many it has. Where times are known also item_age, days since the first event on
    that item, and activity, the user's events in the 28 days before the split.
    """
    train_E = histories.split_E == SPLITS.index("train")
    trained_U = np.bincount(histories.owners()[train_E], minlength=len(histories.user_ids))
    count_N = np.bincount(histories.item_E[train_E], minlength=items)
    first_T = np.unique(examples.owner_T, return_index=True)[1]
    target_B, event_B = examples.target_T[first_T], examples.event_T[first_T]
    columns = {
        "history": _binned(examples.stop_B - examples.first_B, LENGTHS),
        "user": np.where(trained_U[examples.user_B] > 0, "warm", "cold"),
        "target": np.where(count_N[target_B] > 0, _binned(count_N[target_B], TIMES_SEEN), "cold"),
    }
    if (histories.time_s_E != NO_TIME).all():
        first_s_N = np.full(items, np.iinfo(np.int64).max)
        np.minimum.at(first_s_N, histories.item_E, histories.time_s_E)
        age_days_B = (histories.time_s_E[event_B] - first_s_N[target_B]) // DAY_S
        columns["item_age"] = np.char.add(_binned(age_days_B, AGES_DAYS), " days")
        columns["activity"] = _binned(_recent(histories, examples), ACTIVITIES)
    return pd.DataFrame(columns)


def _recent(histories: Histories, examples: Examples) -> np.ndarray:
    """Events of the input in the days before the event asked for first."""
    first_T = np.unique(examples.owner_T, return_index=True)[1]
    since_s_B = histories.time_s_E[examples.event_T[first_T]] - ACTIVE_DAYS * DAY_S
    bounds = zip(examples.first_B.tolist(), examples.stop_B.tolist(), since_s_B.tolist(), strict=True)
    return np.array([np.count_nonzero(histories.time_s_E[first:stop] >= since) for first, stop, since in bounds])


def _binned(values_B: np.ndarray, edges: tuple[int, ...]) -> np.ndarray:
    """`0`, `1-4`, `5-9` …, `50+`: from each edge to before the next."""
    lows = (0, *edges)
    names = [
        *(str(low) if high == low + 1 else f"{low}-{high - 1}" for low, high in zip(lows, edges, strict=False)),
        f"{lows[-1]}+",
    ]
    return np.array(names)[np.searchsorted(edges, values_B, side="right")]
