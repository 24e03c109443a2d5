"""The part of the score that people with like histories give, by what they came to lately. numpy alone.

Legend: B people who ask, U people of training, N items, J items of a history, E pairs of an item
and a person; `offset_N1` delimits items as in a CSR matrix.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from components.arrays import opened_arrays
from components.systems.user_sequence.history import Contexts
from data.files import atomic

if TYPE_CHECKING:  # tables are not in the served image
    from components.systems.user_sequence.tables import Histories

__all__ = ["NEIGHBOURS", "Neighbours"]

NEIGHBOURS = "neighbours.npz"
SHRINKAGE = 5.0  # items that a person is taken to have acted on beside those counted, so that few in common say little


@dataclass(frozen=True)
class Neighbours:
    """Who acted on each item in training, each once; `row_of` numbers the people."""

    row_of: dict[str, int]
    offset_N1: np.ndarray
    person_E: np.ndarray

    @classmethod
    def count(cls, read: "Histories", items: int) -> "Neighbours":
        people = len(read.user_ids)
        pair_E = np.unique(read.item_E.astype(np.int64) * people + read.owners())
        held_E, person_E = np.divmod(pair_E, max(people, 1))
        offset_N1 = np.concatenate([[0], np.cumsum(np.bincount(held_E, minlength=items))])
        row_of = {name: row for row, name in enumerate(read.user_ids.tolist())}
        return cls(row_of, offset_N1, person_E.astype(np.int32))

    def add(self, contexts: Contexts, weight: float, score_BN: np.ndarray) -> None:
        """For each item, the likeness to a history of those who first acted on the item within the last day."""
        for score_N, history, crowd in zip(score_BN, contexts.read, contexts.crowds, strict=False):
            if crowd is not None and len(crowd.person_E):
                likeness_E = self.likeness(history.item_L)[crowd.person_E]
                came_N = np.bincount(crowd.item_E, likeness_E, len(score_N)).astype(np.float32)
                score_N += np.float32(weight) * came_N

    def likeness(self, item_L: np.ndarray) -> np.ndarray:
        """float64 (U,): what each person has in common with a history, rare items counting more.

        The sum over common items of 1/sqrt(1 + people of the item), over the square root of how much the person did.
        """
        item_J = np.unique(item_L)
        low_J, size_J = self.offset_N1[item_J], np.diff(self.offset_N1)[item_J]
        parts = [self.person_E[low : low + size] for low, size in zip(low_J.tolist(), size_J.tolist(), strict=True)]
        weight_E = np.repeat(1 / np.sqrt(1.0 + size_J), size_J)
        person_E = np.concatenate(parts) if parts else self.person_E[:0]
        return np.bincount(person_E, weight_E, len(self.row_of)) / self._damping

    @cached_property
    def _damping(self) -> np.ndarray:
        return np.sqrt(np.bincount(self.person_E, minlength=len(self.row_of)) + SHRINKAGE)

    def save(self, folder: Path) -> None:
        with atomic(folder / NEIGHBOURS) as file:
            user_ids = np.array(list(self.row_of), np.str_)
            np.savez(file, allow_pickle=False, user_ids=user_ids, offset=self.offset_N1, person=self.person_E)

    @classmethod
    def load(cls, folder: Path) -> "Neighbours":
        """Open what `save` wrote; raises `UserError` where it is missing or damaged."""
        with opened_arrays(folder / NEIGHBOURS, "does not say who acted on what") as arrays:
            row_of = {user_id: row for row, user_id in enumerate(arrays["user_ids"].tolist())}
            return cls(row_of, arrays["offset"], arrays["person"])
