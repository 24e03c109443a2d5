"""Exact search by inner product, with filters on metadata that never cost a result.

Legend: N items, D dimensions, Q queries, K results, sorted by falling score.
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from components.gallery import Rows, checked_vectors
from components.index.query import checked_query
from components.metadata import Where
from data.errors import UserError

__all__ = ["VectorIndex"]

VECTORS = "vectors.faiss"


class VectorIndex:
    """Vectors, ids and metadata of a gallery. Searching is safe from several threads.

    The search is FAISS's flat inner product; a filter restricts it to a bitmap of rows before scores are compared, so
    the k best of the matching rows come back, or all of them where fewer match.
    """

    def __init__(self, index: Any, rows: Rows) -> None:
        if index.ntotal != len(rows.item_ids):
            raise ValueError(f"{index.ntotal} vectors for {len(rows.item_ids)} items")
        self.index = index
        self.item_ids, self.metadata, self.texts, self.row_of = rows.item_ids, rows.metadata, rows.texts, rows.row_of
        self._rows = rows

    @classmethod
    def build(
        cls,
        vectors_ND: np.ndarray,
        item_ids: Sequence[str],
        metadata: Mapping[str, Sequence[str | None]],
        texts: Mapping[str, Sequence[str]] | None = None,
    ) -> "VectorIndex":
        """Index float32 vectors (N, D), usually of unit length.

        metadata: columns to filter by, a value or None an item. texts: columns only to be shown, such as titles.

        Raises:
            ValueError: no vectors, a value that is not finite, repeated ids, or columns of another length.
        """
        vectors_ND = checked_vectors(vectors_ND)
        index = faiss.IndexFlatIP(vectors_ND.shape[1])
        index.add(vectors_ND)
        return cls(index, Rows.of(item_ids, metadata, texts))

    def __len__(self) -> int:
        return int(self.index.ntotal)

    @property
    def dim(self) -> int:
        return int(self.index.d)

    def vectors(self) -> np.ndarray:
        """All vectors (N, D), a view."""
        size = len(self) * self.dim
        return faiss.rev_swig_ptr(self.index.get_xb(), size).reshape(len(self), self.dim)

    def search(
        self, query_QD: np.ndarray, k: int, where: Where | None = None, exclude: Collection[str] = ()
    ) -> tuple[np.ndarray, np.ndarray]:
        """The K = min(k, matching rows) best rows: scores float32 (Q, K) and row numbers int64 (Q, K).

        where: column to a value, or to several of which one has to match; all columns have to.
        exclude: item ids that must not come back; unknown ones are ignored.

        Raises:
            UserError: an unknown column or value in `where`.
            ValueError: k < 1, another dimension, or a query that is not finite.
        """
        query_QD = checked_query(query_QD, self.dim, k)
        if not where and not exclude:
            return self.index.search(query_QD, min(k, self.index.ntotal))
        mask_N = self.metadata.mask(where) if where else None
        rows = [row for item_id in set(exclude) if (row := self.row_of.get(item_id)) is not None]
        excluded = [row for row in rows if mask_N is None or mask_N[row]]
        matching = len(self) if mask_N is None else int(np.count_nonzero(mask_N))
        wanted = min(k, matching - len(excluded))
        if wanted < 1:
            return np.empty((len(query_QD), 0), np.float32), np.empty((len(query_QD), 0), np.int64)
        scores_QK, rows_QK = self._search(query_QD, wanted + len(excluded), mask_N)
        if not excluded:
            return scores_QK, rows_QK
        order = np.argsort(np.isin(rows_QK, excluded), axis=1, kind="stable")[:, :wanted]
        return np.take_along_axis(scores_QK, order, 1), np.take_along_axis(rows_QK, order, 1)

    def save(self, folder: Path) -> None:
        """Write the files of the index below `folder`; equal content gives equal bytes."""
        self._rows.save(folder)
        faiss.write_index(self.index, str(folder / VECTORS))

    @classmethod
    def load(cls, folder: Path) -> "VectorIndex":
        """Open what `save` wrote; needs numpy and faiss alone.

        Raises:
            UserError: files are missing, damaged, or do not belong together.
        """
        try:
            return cls(faiss.read_index(str(folder / VECTORS)), Rows.load(folder))
        except (OSError, RuntimeError, ValueError, KeyError) as error:
            reason = str(error).splitlines()[0]
            raise UserError(f"{folder} holds no whole index ({reason}); make or fetch the bundle again") from None

    def _search(self, query_QD: np.ndarray, k: int, mask_N: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        if mask_N is None:
            return self.index.search(query_QD, k)
        wrapped: Any = faiss  # its Python wrappers take arrays and keywords that the stubs do not know
        selector = wrapped.IDSelectorBitmap(np.packbits(mask_N, bitorder="little"))
        return self.index.search(query_QD, k, params=wrapped.SearchParameters(sel=selector))
