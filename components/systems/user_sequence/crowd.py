"""What the crowd did up to the moment of a question, as a service's stream of events would tell it.

Legend: E events, N items, B questions.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from components.systems.user_sequence.histories import Histories
from components.systems.user_sequence.kin import Kin
from components.systems.user_sequence.protocol import is_positive
from components.systems.user_sequence.tokens import NO_TIME, History
from components.systems.user_sequence.trend import DAY_S, Stream

__all__ = ["Crowd", "stream_of"]


def stream_of(histories: Histories, items: int, positive: Sequence[str] | None) -> Stream:
    """The positive events of everybody, by time."""
    kept_E = is_positive(histories, positive)
    return Stream.of(histories.item_E[kept_E], histories.time_s_E[kept_E], items)


@dataclass(frozen=True)
class Crowd:
    """Positive events by time, and every first action of a known person on an item: `person_E` are rows of a `Kin`."""

    stream: Stream
    item_E: np.ndarray
    person_E: np.ndarray
    time_s_E: np.ndarray

    @classmethod
    def of(cls, histories: Histories, items: int, positive: Sequence[str] | None, kin: Kin | None) -> "Crowd":
        """Everything that `histories` hold; without `kin` nobody is known."""
        known_E = is_positive(histories, positive) & (histories.item_E >= 0) & (histories.time_s_E != NO_TIME)
        row_of = kin.row_of if kin else {}
        row_U = np.array([row_of.get(user_id, -1) for user_id in histories.user_ids.tolist()], np.int64)
        owner_E = histories.owners()
        known_E &= row_U[owner_E] >= 0
        event_E = np.flatnonzero(known_E)
        pair_E = owner_E[event_E].astype(np.int64) * items + histories.item_E[event_E]
        event_E = event_E[np.unique(pair_E, return_index=True)[1]]
        event_E = event_E[np.argsort(histories.time_s_E[event_E], kind="stable")]
        newcomers = histories.item_E[event_E], row_U[owner_E[event_E]], histories.time_s_E[event_E]
        return cls(stream_of(histories, items, positive), *newcomers)

    def counts(self, now_s_B: np.ndarray, half_life_days: float) -> np.ndarray:
        """float32 (B, N): see `Stream.counts`."""
        return self.stream.counts(now_s_B, half_life_days)

    def alike(self, kin: Kin, histories: Sequence[History], now_s_B: np.ndarray) -> np.ndarray:
        """float32 (B, N): likeness to each history, summed over who came to an item on the day before now."""
        alike_BN = np.zeros((len(histories), self.stream.items), np.float32)
        low_B = np.searchsorted(self.time_s_E, now_s_B - DAY_S)
        high_B = np.searchsorted(self.time_s_E, now_s_B)
        for row, (history, low, high) in enumerate(zip(histories, low_B.tolist(), high_B.tolist(), strict=True)):
            if low < high:
                likeness_E = kin.likeness(history.item_L)[self.person_E[low:high]]
                alike_BN[row] = np.bincount(self.item_E[low:high], likeness_E, self.stream.items)
        return alike_BN
