"""What items are like in one way, by their words or by their pictures, and what that says of their factors.

Legend: N items, F features, D factors, L items of a board.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numba import njit
from scipy.sparse import csr_array, vstack

__all__ = ["Features", "rows_added"]


@njit(nogil=True)
def _add_rows(start: np.ndarray, index: np.ndarray, value: np.ndarray, row_L: np.ndarray, sum_F: np.ndarray) -> None:
    for row in row_L:
        for at in range(start[row], start[row + 1]):
            sum_F[index[at]] += value[at]


def rows_added(matrix: csr_array, row_L: np.ndarray) -> np.ndarray:
    """The sum of some rows, float32 (F,); scipy takes longer to choose them than to add."""
    sum_F = np.zeros(matrix.shape[1], np.float32)
    _add_rows(matrix.indptr, matrix.indices, matrix.data, row_L, sum_F)
    return sum_F


@dataclass(frozen=True)
class Features:
    """Unit vectors of items, zeros where nothing is known, and factors of features.

    Those that an item is likely to have are the sum of its features'.
    """

    vector_NF: Any  # csr_array or np.ndarray
    factor_FD: np.ndarray

    @property
    def items(self) -> int:
        return int(self.vector_NF.shape[0])

    def scores(self, row_L: np.ndarray) -> np.ndarray:
        """The mean cosine of each item with the board's, float32 (N,)."""
        held_L = row_L[row_L < self.items]
        dense = isinstance(self.vector_NF, np.ndarray)
        sum_F = self.vector_NF[held_L].sum(axis=0) if dense else rows_added(self.vector_NF, held_L)
        mean_F = sum_F / max(len(held_L), 1)
        return np.asarray(self.vector_NF @ mean_F, np.float32)

    def guesses(self, factor_D: np.ndarray) -> np.ndarray:
        """The products of a board's factors with those that each item is likely to have, float32 (N,)."""
        return np.asarray(self.vector_NF @ (self.factor_FD @ factor_D), np.float32)

    def alike(self, item: int, row_L: np.ndarray) -> int | None:
        """The place in `row_L` of what is most like an item; None where nothing is known of them."""
        if item >= self.items:
            return None
        cosine_L = self.vector_NF[np.minimum(row_L, self.items - 1)] @ self.vector_NF[[item]].sum(axis=0)
        cosine_L = np.where(row_L < self.items, cosine_L, 0)
        return int(cosine_L.argmax()) if cosine_L.max(initial=0) > 0 else None

    @cached_property
    def known(self) -> np.ndarray:
        """Whether something is known of each item (N,)."""
        dense = isinstance(self.vector_NF, np.ndarray)
        return self.vector_NF.any(axis=1) if dense else np.diff(self.vector_NF.indptr) > 0

    def with_items(self, rows: Sequence[int], vector_NF: Any) -> "Features":
        """The same, with other vectors of the items `rows`, which may go beyond those that are known."""
        items = max(self.items, max(rows) + 1)
        place_N = np.arange(items)
        place_N[self.items :] = self.items  # the empty row below
        place_N[list(rows)] = self.items + 1 + np.arange(len(rows))
        if isinstance(self.vector_NF, np.ndarray):
            empty_1F = np.zeros_like(self.vector_NF[:1])
            return replace(self, vector_NF=np.concatenate([self.vector_NF, empty_1F, vector_NF])[place_N])
        empty = csr_array((1, self.vector_NF.shape[1]), dtype=np.float32)
        return replace(self, vector_NF=csr_array(vstack([self.vector_NF, empty, vector_NF], "csr")[place_N]))
