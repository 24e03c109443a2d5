"""Who reads alike: people by what they have in common with a history. numpy alone.

Legend: U people, N items, E pairs of an item and a person, L actions; `offset_N1` delimits items as in a CSR matrix.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from components.arrays import opened_arrays
from data.files import atomic

__all__ = ["KIN", "Kin"]

KIN = "kin.npz"
SHRINKAGE = 5.0  # items that a person is taken to have acted on beside those counted, so that few in common say little


@dataclass(frozen=True)
class Kin:
    """Who acted on each item in training, each once; `row_of` numbers the people."""

    row_of: dict[str, int]
    offset_N1: np.ndarray
    person_E: np.ndarray

    @classmethod
    def count(cls, user_ids: list[str], item_E: np.ndarray, owner_E: np.ndarray, items: int) -> "Kin":
        """From events: item rows (E,) and the numbers of their users among `user_ids` (E,)."""
        pair_E = np.unique(item_E.astype(np.int64) * len(user_ids) + owner_E)
        held_E, person_E = np.divmod(pair_E, max(len(user_ids), 1))
        offset_N1 = np.concatenate([[0], np.cumsum(np.bincount(held_E, minlength=items))])
        return cls({name: row for row, name in enumerate(user_ids)}, offset_N1, person_E.astype(np.int32))

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
        with atomic(folder / KIN) as file:
            user_ids = np.array(list(self.row_of), np.str_)
            np.savez(file, allow_pickle=False, user_ids=user_ids, offset=self.offset_N1, person=self.person_E)

    @classmethod
    def load(cls, folder: Path) -> "Kin":
        """Open what `save` wrote; raises `UserError` where it is missing or damaged."""
        with opened_arrays(folder / KIN, "does not say who reads alike") as arrays:
            row_of = {user_id: row for row, user_id in enumerate(arrays["user_ids"].tolist())}
            return cls(row_of, arrays["offset"], arrays["person"])
