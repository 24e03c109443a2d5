"""The part of the score that the item-transition graph gives. numpy alone.

Legend: B histories, N items, X parts of a history, K chosen items.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from components.systems.user_sequence.history import Contexts, LeaveOneOut
from components.transitions import TransitionConfig, TransitionGraph

if TYPE_CHECKING:  # tables are not in the served image
    from components.systems.user_sequence.tables import Histories

__all__ = ["GRAPH", "Graph"]

GRAPH = "transitions.npz"


@dataclass(frozen=True)
class Graph:
    """What people go on to from the last items of a history."""

    transitions: TransitionGraph

    @classmethod
    def count(cls, read: "Histories", items: int, config: TransitionConfig) -> "Graph":
        return cls(TransitionGraph.count(read.item_E, read.offset_U1, items, config))

    def add(self, contexts: Contexts, weight: float, score_BN: np.ndarray) -> None:
        if weight:
            for score_N, history in zip(score_BN, contexts.read, strict=True):
                self.transitions.add_scores(history.item_L, weight, score_N)

    def scores_without(self, left_out: LeaveOneOut, row_K: np.ndarray) -> np.ndarray:
        item_L = left_out.read.item_L
        return self.transitions.scores_of_parts(item_L, left_out.keep(item_L), row_K)

    def save(self, folder: Path) -> None:
        self.transitions.save(folder / GRAPH)

    @classmethod
    def load(cls, folder: Path) -> "Graph":
        return cls(TransitionGraph.load(folder / GRAPH))
