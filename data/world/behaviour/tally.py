"""The tally: what was shown, looked at and done by surface and position, beside what was to be expected."""

import numpy as np
from numpy.typing import NDArray

from data.world.behaviour.laws import SURFACES, Laws

__all__ = ["Tally"]


class Tally:
    """Sums by surface and position: slots shown, looked at, acted on positively, and their true probabilities."""

    def __init__(self, laws: Laws) -> None:
        self._size = (len(SURFACES), laws.slate)
        self.shown, self.seen, self.positive, self.expected = (np.zeros(self._size) for _ in range(4))

    def count(
        self,
        surface: NDArray[np.int64],
        shown: NDArray[np.bool_],
        seen: NDArray[np.bool_],
        done: NDArray[np.int64],
        chances: NDArray[np.float32],
    ) -> None:
        chance = np.where(shown, chances[..., 0] + chances[..., 1], 0)
        for number in range(len(SURFACES)):
            at = surface == number
            self.shown[number] += shown[at].sum(axis=0)
            self.seen[number] += seen[at].sum(axis=0)
            self.positive[number] += ((done[at] == 1) | (done[at] == 2)).sum(axis=0)
            self.expected[number] += chance[at].sum(axis=0, dtype=np.float64)
