"""The base of a live index: rows that never change.

Legend: N rows, D dimensions, Q queries, K results, M chosen rows, W bytes of a bitmap, one bit a row from the lowest.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import faiss
import numpy as np

from components.index.vector_index import VectorIndex
from components.metadata import Metadata

__all__ = ["Base", "FlatBase"]


class Base(Protocol):
    """Immutable rows: vectors, ids, metadata to filter by, texts to show. Safe from several threads."""

    @property
    def kind(self) -> str:
        """`flat` or `ivf`."""

    @property
    def metadata(self) -> Metadata: ...

    @property
    def dim(self) -> int: ...

    @property
    def text_columns(self) -> tuple[str, ...]: ...

    def __len__(self) -> int: ...

    def find(self, item_id: str) -> int | None:
        """The row of an item; None if there is none."""

    def item_id(self, row: int) -> str: ...

    def text(self, column: str, row: int) -> str: ...

    def vectors(self, rows_M: np.ndarray) -> np.ndarray:
        """float32 (M, D), as they are stored."""

    def search(
        self, query_QD: np.ndarray, k: int, bits_W: np.ndarray | None, exact: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        """Scores float32 (Q, k), falling, and rows int64 (Q, k); -1 where there are no more.

        bits_W: rows that may come back, as a bitmap; None: all.
        exact: compare every such row; otherwise an approximate index may look at the likely ones only.
        """


@dataclass(frozen=True)
class FlatBase:
    """A `VectorIndex`, which compares every row."""

    index: VectorIndex
    kind: str = "flat"

    @cached_property
    def _names(self) -> list[str]:
        return list(self.index.row_of)  # strings that are there already: one out of an array is made each time

    @cached_property
    def _stored(self) -> np.ndarray:
        return self.index.vectors()

    @property
    def metadata(self) -> Metadata:
        return self.index.metadata

    @property
    def dim(self) -> int:
        return self.index.dim

    @property
    def text_columns(self) -> tuple[str, ...]:
        return tuple(self.index.texts)

    def __len__(self) -> int:
        return len(self.index)

    def find(self, item_id: str) -> int | None:
        return self.index.row_of.get(item_id)

    def item_id(self, row: int) -> str:
        return self._names[row]

    def text(self, column: str, row: int) -> str:
        return str(self.index.texts[column][row])

    def vectors(self, rows_M: np.ndarray) -> np.ndarray:
        return self._stored[rows_M]

    def search(
        self, query_QD: np.ndarray, k: int, bits_W: np.ndarray | None, exact: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        del exact  # it always is
        if bits_W is None:
            return self.index.index.search(query_QD, k)
        wrapped: Any = faiss  # its Python wrappers take keywords that the stubs do not know
        parameters = wrapped.SearchParameters(sel=wrapped.IDSelectorBitmap(bits_W))
        return self.index.index.search(query_QD, k, params=parameters)
