"""The parts of the score that everybody's actions give: what is popular, and what is acted on just now.

numpy alone. Legend: E events, N items, B people who ask, or moments at which they do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from components.arrays import opened_arrays
from components.systems.user_sequence.history import NO_TIME, Contexts, Crowd
from components.systems.user_sequence.neighbours import Neighbours
from data.files import atomic
from data.times import DAY_S

if TYPE_CHECKING:  # tables are not in the served image
    from components.systems.user_sequence.tables import Histories

__all__ = ["POPULARITY", "CrowdLog", "Popularity", "Stream", "Trend"]

POPULARITY = "popularity.npz"
FORGOTTEN = 40  # half-lives after which an event counts nothing


@dataclass(frozen=True)
class Popularity:
    """What somebody is shown of whom nothing can be read: `count_N`, decayed counts of the training events."""

    count_N: np.ndarray

    @classmethod
    def count(
        cls, trained: "Histories", items: int, positive: Sequence[str] | None, half_life_days: float
    ) -> "Popularity":
        """Positive events of each item, one counting half for every half-life of its age at the newest event.

        Events without a time count one.
        """
        positive_E = trained.is_positive(positive)
        time_s_E = trained.time_s_E[positive_E]
        age_days_E = np.where(time_s_E == NO_TIME, 0, (trained.time_s_E.max() - time_s_E) / DAY_S)
        weight_E = 0.5 ** (age_days_E / half_life_days)
        return cls(np.bincount(trained.item_E[positive_E], weight_E, items).astype(np.float32))

    def add(self, contexts: Contexts, weight: float, score_BN: np.ndarray) -> None:
        """Add the logarithm of the counts, where no action of a history is read."""
        for score_N, history in zip(score_BN, contexts.read, strict=True):
            if not len(history):
                score_N += np.float32(weight) * np.log1p(self.count_N)

    def save(self, folder: Path) -> None:
        with atomic(folder / POPULARITY) as file:
            np.savez(file, allow_pickle=False, count=self.count_N)

    @classmethod
    def load(cls, folder: Path) -> "Popularity":
        """Open what `save` wrote; raises `UserError` where it is missing or damaged."""
        with opened_arrays(folder / POPULARITY, "does not say what is popular") as arrays:
            return cls(arrays["count"])


@dataclass(frozen=True)
class Trend:
    """What everybody acts on just now. Nothing of it is stored: whoever asks knows the counts."""

    def add(self, contexts: Contexts, weight: float, score_BN: np.ndarray) -> None:
        """Add the logarithm of the counts of each context's crowd."""
        for score_N, crowd in zip(score_BN, contexts.crowds, strict=False):
            if crowd is not None:
                score_N += np.float32(weight) * np.log1p(crowd.count_N)


@dataclass(frozen=True)
class Stream:
    """Events of everybody, oldest first: rows of `items` items, and seconds since 1970."""

    item_E: np.ndarray
    time_s_E: np.ndarray
    items: int

    @classmethod
    def of(cls, item_E: np.ndarray, time_s_E: np.ndarray, items: int) -> "Stream":
        """Sort events; those of unknown items (row -1) or times are left out."""
        kept_E = (item_E >= 0) & (time_s_E != NO_TIME)
        order_E = np.argsort(time_s_E[kept_E], kind="stable")
        return cls(item_E[kept_E][order_E], time_s_E[kept_E][order_E], items)

    def __len__(self) -> int:
        return len(self.item_E)

    def counts(self, now_s_B: np.ndarray, half_life_days: float) -> np.ndarray:
        """float32 (B, N): events of each item strictly before `now_s_B`, one counting half for each half-life of age.

        Zeros where now is unknown (-1). One sweep: the counts of a moment are those of the one before it, decayed,
        and what came between.
        """
        count_BN = np.zeros((len(now_s_B), self.items), np.float32)
        half_life_s = half_life_days * DAY_S
        count_N, moment_s, done = np.zeros(self.items), 0, 0
        for row in np.argsort(now_s_B, kind="stable").tolist():
            now_s = int(now_s_B[row])
            if now_s == NO_TIME:
                continue
            oldest, stop = np.searchsorted(self.time_s_E, [now_s - FORGOTTEN * half_life_s, now_s])
            part = slice(max(done, oldest), stop)
            count_N *= 0.5 ** ((now_s - moment_s) / half_life_s)
            weight_E = 0.5 ** ((now_s - self.time_s_E[part]) / half_life_s)
            count_N += np.bincount(self.item_E[part], weight_E, self.items)
            count_BN[row] = count_N
            moment_s, done = now_s, int(stop)
        return count_BN


@dataclass(frozen=True)
class CrowdLog:
    """What a service's stream of events would tell of everybody, up to any moment of a log.

    stream: positive events by time. item_E, person_E, time_s_E: every first action of a known person on an item, by
    time; people are rows of `Neighbours`.
    """

    stream: Stream
    item_E: np.ndarray
    person_E: np.ndarray
    time_s_E: np.ndarray

    @classmethod
    def of(
        cls, histories: "Histories", items: int, positive: Sequence[str] | None, neighbours: Neighbours | None
    ) -> "CrowdLog":
        """Everything that `histories` hold; without `neighbours` nobody is known."""
        row_of = neighbours.row_of if neighbours else {}
        row_U = np.array([row_of.get(user_id, -1) for user_id in histories.user_ids.tolist()], np.int64)
        owner_E, positive_E = histories.owners(), histories.is_positive(positive)
        timed_E = (histories.item_E >= 0) & (histories.time_s_E != NO_TIME)
        event_E = np.flatnonzero(positive_E & timed_E & (row_U[owner_E] >= 0))
        pair_E = owner_E[event_E].astype(np.int64) * items + histories.item_E[event_E]
        event_E = event_E[np.unique(pair_E, return_index=True)[1]]
        event_E = event_E[np.argsort(histories.time_s_E[event_E], kind="stable")]
        newcomers = histories.item_E[event_E], row_U[owner_E[event_E]], histories.time_s_E[event_E]
        return cls(Stream.of(histories.item_E[positive_E], histories.time_s_E[positive_E], items), *newcomers)

    def at(self, now_s_B: np.ndarray, half_life_days: float) -> list[Crowd]:
        """What everybody does at each moment, from the events strictly before it."""
        low_B = np.searchsorted(self.time_s_E, now_s_B - DAY_S).tolist()
        high_B = np.searchsorted(self.time_s_E, now_s_B).tolist()
        return [
            Crowd(count_N, self.item_E[low:high], self.person_E[low:high])
            for count_N, low, high in zip(self.stream.counts(now_s_B, half_life_days), low_B, high_B, strict=True)
        ]
