"""Exact search by inner product, with filters on metadata that never cost a result.

Legend: N items, D dimensions, Q queries, K results, sorted by falling score.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from components.index.metadata import Metadata, Where, encode
from components.index.query import checked_query
from data.errors import UserError
from data.files import atomic, write_json

__all__ = ["VectorIndex"]

VECTORS, GALLERY, VOCABULARY = "vectors.faiss", "gallery.npz", "vocabulary.json"


class VectorIndex:
    """Vectors, ids and metadata of a gallery. Searching is safe from several threads.

    The search is FAISS's flat inner product; a filter restricts it to a bitmap of rows before scores are compared, so
    the k best of the matching rows come back, or all of them where fewer match.
    """

    def __init__(
        self, index: Any, item_ids: np.ndarray, metadata: Metadata, texts: Mapping[str, np.ndarray] | None = None
    ) -> None:
        self.index = index
        self.item_ids = item_ids
        self.metadata = metadata
        self.texts = dict(texts or {})
        self.row_of = {item_id: row for row, item_id in enumerate(item_ids.tolist())}
        if len(self.row_of) != len(item_ids):
            raise ValueError("item ids are not unique")
        sizes = {name: len(column) for name, column in (metadata.codes | self.texts).items()}
        for name, size in {**sizes, "vectors": index.ntotal}.items():
            if size != len(item_ids):
                raise ValueError(f"{name}: {size} entries for {len(item_ids)} items")

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
        vectors_ND = np.ascontiguousarray(vectors_ND, np.float32)
        if vectors_ND.ndim != 2 or not len(vectors_ND):
            raise ValueError(f"vectors have shape {vectors_ND.shape}; (N, D) with N > 0 is needed")
        if not np.isfinite(vectors_ND).all():
            raise ValueError("vectors hold values that are not finite")
        index = faiss.IndexFlatIP(vectors_ND.shape[1])
        index.add(vectors_ND)
        shown = {name: np.array(list(values), np.str_) for name, values in (texts or {}).items()}
        return cls(index, np.array(list(item_ids), np.str_), encode(metadata, len(vectors_ND)), shown)

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
        scores, found = self._search(query_QD, wanted + len(excluded), mask_N)
        if not excluded:
            return scores, found
        order = np.argsort(np.isin(found, excluded), axis=1, kind="stable")[:, :wanted]
        return np.take_along_axis(scores, order, 1), np.take_along_axis(found, order, 1)

    def save(self, folder: Path) -> None:
        """Write the files of the index below `folder`; equal content gives equal bytes."""
        folder.mkdir(parents=True, exist_ok=True)
        faiss.write_index(self.index, str(folder / VECTORS))
        arrays = {"item_ids": self.item_ids}
        arrays |= self.metadata.arrays()
        arrays |= {f"texts.{name}": values for name, values in self.texts.items()}
        with atomic(folder / GALLERY) as file:
            np.savez(file, allow_pickle=False, **arrays)
        write_json(folder / VOCABULARY, self.metadata.vocabulary)

    @classmethod
    def load(cls, folder: Path) -> "VectorIndex":
        """Open what `save` wrote; needs numpy and faiss alone.

        Raises:
            UserError: files are missing, damaged, or do not belong together.
        """
        try:
            index = faiss.read_index(str(folder / VECTORS))
            vocabulary = json.loads((folder / VOCABULARY).read_text(encoding="utf-8"))
            with np.load(folder / GALLERY, allow_pickle=False) as arrays:
                metadata = Metadata.of_arrays(arrays, vocabulary)
                texts = {name[6:]: arrays[name] for name in arrays.files if name.startswith("texts.")}
                item_ids = arrays["item_ids"]
            return cls(index, item_ids, metadata, texts)
        except (OSError, RuntimeError, ValueError, KeyError) as error:
            reason = str(error).splitlines()[0]
            raise UserError(f"{folder} holds no whole index ({reason}); make or fetch the bundle again") from None

    def _search(self, query_QD: np.ndarray, k: int, mask_N: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        if mask_N is None:
            return self.index.search(query_QD, k)
        wrapped: Any = faiss  # its Python wrappers take arrays and keywords that the stubs do not know
        selector = wrapped.IDSelectorBitmap(np.packbits(mask_N, bitorder="little"))
        return self.index.search(query_QD, k, params=wrapped.SearchParameters(sel=selector))
