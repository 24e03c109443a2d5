"""What everybody acts on just now: decayed counts of events up to a moment. numpy alone.

Legend: E events, N items, B moments.
"""

from dataclasses import dataclass

import numpy as np

from components.systems.user_sequence.tokens import NO_TIME

__all__ = ["DAY_S", "Stream"]

DAY_S = 86_400
FORGOTTEN = 40  # half-lives after which an event counts nothing


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
