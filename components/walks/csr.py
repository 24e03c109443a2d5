"""The edges of a graph as 32-bit rows, which may be mapped from a file.

Legend: E edges. The neighbours of row r are `index_E[start[r]:start[r + 1]]`, sorted.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array

from data.errors import UserError

__all__ = ["CSR"]


@dataclass(frozen=True)
class CSR:
    """Neighbours of each row."""

    start: np.ndarray  # uint32 (rows + 1,)
    index_E: np.ndarray  # uint32

    @classmethod
    def of(cls, matrix: csr_array) -> "CSR":
        matrix.sort_indices()
        return cls(matrix.indptr.astype(np.uint32), matrix.indices.astype(np.uint32))

    @classmethod
    def between(cls, row_E: np.ndarray, column_E: np.ndarray, rows: int) -> "CSR":
        """The edges from `row_E` to `column_E`, of a graph with so many rows."""
        order = np.lexsort((column_E, row_E))
        start = np.zeros(rows + 1, np.uint32)
        np.cumsum(np.bincount(row_E, minlength=rows), out=start[1:])
        return cls(start, column_E[order].astype(np.uint32))

    def __getitem__(self, row: int) -> np.ndarray:
        return self.index_E[self.start[row] : self.start[row + 1]]

    def degrees(self) -> np.ndarray:
        return np.diff(self.start.astype(np.int64))

    def checked(self, rows: int, columns: int, where: Path) -> "CSR":
        """Itself; raises `UserError` where a walk would leave the arrays."""
        start = self.start.astype(np.int64)
        whole = len(start) == rows + 1 and start[0] == 0 and start[-1] == len(self.index_E)
        if not whole or (np.diff(start) < 0).any() or (len(self.index_E) and self.index_E.max() >= columns):
            raise UserError(f"the edges in {where} are damaged; make or fetch the bundle again")
        return self
