"""What the home feed showed, looked at or not, and what came of it: the impressions of a world.

Legend: S slates, L positions of a slate.
"""

import numpy as np
from numpy.typing import NDArray

from data.world.behaviour.slates import HOME

__all__ = ["COLUMNS", "Impressions", "Shown"]

COLUMNS = ("person", "item", "time_s", "position", "done")  # done: 0 nothing, then 1 + the place in `choices.DONE`
Impressions = dict[str, NDArray[np.int64]]  # one column for each of COLUMNS


class Shown:
    """Collects the slates of the home feed."""

    def __init__(self) -> None:
        self._parts: list[Impressions] = []

    def add(
        self,
        person: NDArray[np.int64],
        items: NDArray[np.int64],
        surface: NDArray[np.int64],
        done: NDArray[np.int64],
        time_s: NDArray[np.int64],
    ) -> None:
        """items, done: (S, L), an item below 0 stands for an empty position. The others are (S,)."""
        row, position = np.nonzero((items >= 0) & (surface == HOME)[:, None])
        columns = (person[row], items[row, position], time_s[row], position, done[row, position])
        self._parts.append(dict(zip(COLUMNS, columns, strict=True)))

    def whole(self) -> Impressions:
        return {name: np.concatenate([part[name] for part in self._parts]) for name in COLUMNS}
