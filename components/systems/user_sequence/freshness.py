"""The part of the score that an item's age gives, counted from the log. numpy alone.

Legend: B people who ask, N items, E events, A classes of age (by powers of two of a minute).
"""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from components.arrays import opened_arrays
from components.systems.user_sequence.history import Contexts
from data.files import atomic

__all__ = ["FRESHNESS", "NO_DATE", "Freshness"]

FRESHNESS = "freshness.npz"
NO_DATE = -1
NOTHING = np.empty(0, np.float32)
MINUTE_S = 60
CLASSES = 24  # up to a minute, two, four … eight years, and older
SMOOTHING = 5.0  # events that a class of age is given at the mean rate, before counting


@dataclass
class Freshness:
    """When items came to be, in seconds (-1: unknown), and `rate_A`, the logarithm of how often an age is acted on."""

    created_s_N: np.ndarray
    rate_A: np.ndarray
    newest_s: int
    _recent: tuple[int | None, float, np.ndarray] = field(init=False, repr=False, default=(None, 0.0, NOTHING))

    @classmethod
    def count(cls, created_s_N: np.ndarray, item_E: np.ndarray, time_s_E: np.ndarray) -> "Freshness":
        """Count, for every class of age, events on items of that age against the items of that age at every event.

        Events of no known time and items of no known date are left out; without any, no age matters.
        """
        dated_E = (time_s_E != NO_DATE) & (created_s_N[item_E] != NO_DATE)
        moment_E = np.sort(time_s_E[time_s_E != NO_DATE])
        age_s_E = (time_s_E - created_s_N[item_E])[dated_E]
        acted_A = np.bincount(_classes(age_s_E[age_s_E > 0]), minlength=CLASSES)
        edge_s_A1 = np.concatenate([[1], MINUTE_S * 2.0 ** np.arange(CLASSES - 1), [np.inf]])
        shown_A = np.zeros(CLASSES)
        for created_s in created_s_N[created_s_N != NO_DATE].tolist():
            shown_A += np.diff(np.searchsorted(moment_E, created_s + edge_s_A1))
        mean = max(acted_A.sum(), 1) / max(shown_A.sum(), 1)
        rate_A = np.log((acted_A + SMOOTHING) / (shown_A + SMOOTHING / mean) / mean)
        if acted_A.any():  # ages beyond those of the log are taken for its oldest
            oldest = np.flatnonzero(shown_A)[-1]
            rate_A[oldest + 1 :] = rate_A[oldest]
        newest_s = int(max(time_s_E.max(initial=0), created_s_N.max(initial=0)))
        return cls(created_s_N, rate_A.astype(np.float32), newest_s)

    @cached_property
    def dated(self) -> bool:
        """Whether it is known of any item when it came to be."""
        return bool((self.created_s_N != NO_DATE).any())

    @property
    def counted(self) -> bool:
        """Whether the log had events on items of a known age."""
        return bool(self.rate_A.any())

    def scores(self, now_s: int | None) -> np.ndarray:
        """float32 (N,): the log rate of each item's age at `now_s`, 0 where unknown, -inf for what was not there yet.

        Between the middles of two classes it is interpolated over the logarithm of the age. None stands for the moment
        after all that the bundle knows of, when everything is there.
        """
        age_s_N = (self.newest_s + 1 if now_s is None else now_s) - self.created_s_N
        place_N = np.log2(np.maximum(age_s_N, 1) / MINUTE_S) + 0.5  # 0 in the middle of the first class, and so on
        score_N = np.interp(place_N, np.arange(CLASSES), self.rate_A).astype(np.float32)
        score_N[age_s_N <= 0] = -np.inf
        score_N[self.created_s_N == NO_DATE] = 0.0
        return score_N

    def add(self, contexts: Contexts, weight: float, score_BN: np.ndarray) -> None:
        """A weight of 0 still leaves out what was not there yet."""
        if not self.dated:
            return
        for row, score_N in enumerate(score_BN):
            now_s = contexts.now_s(row)
            if now_s is not None:
                score_N += self._weighed(now_s, weight)
            elif weight:
                score_N += np.float32(weight) * self._latest

    def _weighed(self, now_s: int, weight: float) -> np.ndarray:
        """float32 (N,), kept until another moment comes: many requests come at the same second."""
        recent = self._recent
        if recent[:2] != (now_s, weight):
            score_N = self.scores(now_s)
            score_N[np.isfinite(score_N)] *= np.float32(weight)
            recent = self._recent = now_s, weight, score_N
        return recent[2]

    @cached_property
    def _latest(self) -> np.ndarray:
        """float32 (N,): the log rates after all that the bundle knows of."""
        return self.scores(None)

    def save(self, folder: Path) -> None:
        with atomic(folder / FRESHNESS) as file:
            newest = np.array(self.newest_s)
            np.savez(file, allow_pickle=False, created_s=self.created_s_N, rate=self.rate_A, newest_s=newest)

    @classmethod
    def load(cls, folder: Path) -> "Freshness":
        """Open what `save` wrote; raises `UserError` where it is missing or damaged."""
        with opened_arrays(folder / FRESHNESS, "holds no ages of items") as arrays:
            return cls(arrays["created_s"], arrays["rate"], int(arrays["newest_s"]))


def _classes(age_s: np.ndarray) -> np.ndarray:
    """0 below a minute, then one more for every doubling."""
    return np.minimum(np.frexp(age_s // MINUTE_S)[1], CLASSES - 1)
