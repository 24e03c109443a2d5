"""The input of a baseline, events of many users, and its output, a function that scores items.

Legend: U users, E events, B histories, N items of the catalogue, L items of a history.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Interactions", "Recommender"]

# From the item rows of B histories, each oldest first, to float32 scores (B, N); larger is better. The items of a
# history are scored like any other; ranking masks them.
Recommender = Callable[[Sequence[np.ndarray]], np.ndarray]


@dataclass(frozen=True)
class Interactions:
    """Events of many users, one user after the other, oldest first.

    offset_U1: delimits users as in a CSR matrix; item_E: rows of the catalogue; time_s_E: seconds since 1970, None
    where only the order is known; items: size of the catalogue.
    """

    offset_U1: np.ndarray
    item_E: np.ndarray
    time_s_E: np.ndarray | None
    items: int

    def histories(self) -> list[np.ndarray]:
        """The item rows of every user."""
        return np.split(self.item_E, self.offset_U1[1:-1])

    def counts(self) -> np.ndarray:
        """Events of each item, int64 (N,)."""
        return np.bincount(self.item_E, minlength=self.items)
