"""An inverted file for galleries too large to compare every row: half-precision vectors in lists, mapped from disk.

Each list holds the vectors nearest to one centroid; a search looks into the lists of the nearest centroids, or into
all of them when it has to be exact. Rows are numbered list by list, so that the rows of a list are neighbours.
Legend: N rows, D dimensions, L lists, Q queries, K results, M chosen rows, W bytes of a bitmap.
"""

import json
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from components.index.strings import Ids, Strings
from components.metadata import Metadata
from data.errors import UserError
from data.files import atomic, write_json

__all__ = ["IvfBase", "lists_for"]

LISTS, CENTROIDS, ROWS, ABOUT = "lists.bin", "centroids.npz", "rows.npz", "ivf.json"
ROW_ID_BYTES = 8  # faiss keeps an int64 beside each vector
READ_BYTES = 1 << 24


def lists_for(rows: int) -> int:
    """The power of two nearest to twice the square root of `rows`: 2,048 for a million."""
    return int(min(2 ** round(np.log2(2 * np.sqrt(max(rows, 1)))), 2**16))


class IvfBase:
    """Rows in an inverted file; scores are exact to half precision. See `components.index.base.Base`.

    probes: lists to look into for up to so many results (k to lists), as calibrated on the rows themselves.
    """

    kind = "ivf"

    def __init__(
        self,
        lists: Path,
        centroids_LD: np.ndarray,
        sizes_L: np.ndarray,
        rows: tuple[Ids, Metadata, dict[str, Strings]],
        about: dict[str, Any],
    ) -> None:
        self.ids, self._metadata, self.texts = rows
        self.centroids_LD, self.sizes_L = centroids_LD, sizes_L
        self.probes = {int(k): int(probes) for k, probes in about["probes"].items()}
        self.trained_rows = int(about["trained_rows"])
        self._row_bytes = 2 * self.dim
        self._first_row_L = np.concatenate([[0], np.cumsum(sizes_L)[:-1]])
        if int(sizes_L.sum()) != len(self.ids):
            raise ValueError(f"{int(sizes_L.sum())} vectors for {len(self.ids)} items")
        if lists.stat().st_size != len(self.ids) * (self._row_bytes + ROW_ID_BYTES):
            raise ValueError(f"{lists.name} has not the size of {len(self.ids)} vectors")
        halves = np.memmap(lists, np.float16, "r")
        self._windows = np.lib.stride_tricks.sliding_window_view(
            halves, self.dim
        )  # the vector that starts at any given position
        self._open(lists)

    @classmethod
    def load(cls, folder: Path) -> "IvfBase":
        """Open what was written; vectors stay on disk, in the system's cache.

        Raises:
            UserError: files are missing, damaged, or do not belong together.
        """
        try:
            about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
            with np.load(folder / CENTROIDS, allow_pickle=False) as arrays:
                centroids_LD, sizes_L = arrays["centroids"], arrays["sizes"]
            with np.load(folder / ROWS, allow_pickle=False) as arrays:
                strings = {name: Strings(arrays[f"{name}.packed"], arrays[f"{name}.ends"]) for name in about["strings"]}
                ids = Ids(strings.pop("ids"), arrays["hashes"], arrays["hash_rows"])
                metadata = Metadata.of_arrays(arrays, about["vocabulary"])
            texts = {name.removeprefix("texts."): column for name, column in strings.items()}
            return cls(folder / LISTS, centroids_LD, sizes_L, (ids, metadata, texts), about)
        except (OSError, ValueError, KeyError) as error:
            reason = str(error).splitlines()[0]
            raise UserError(f"{folder} holds no whole index ({reason}); delete it, and it is made again") from None

    @classmethod
    def write(
        cls,
        folder: Path,
        centroids_LD: np.ndarray,
        sizes_L: np.ndarray,
        rows: tuple[Ids, Metadata, dict[str, Strings]],
        about: dict[str, Any],
    ) -> None:
        """Everything but the lists, whose rows these are in order; see `components.index.merge`."""
        ids, metadata, texts = rows
        strings = {"ids": ids.strings} | {f"texts.{name}": column for name, column in texts.items()}
        arrays = {f"{name}.packed": column.packed_B for name, column in strings.items()}
        arrays |= {f"{name}.ends": column.ends_N for name, column in strings.items()}
        arrays |= metadata.arrays()
        with atomic(folder / ROWS) as file:
            np.savez(file, allow_pickle=False, hashes=ids.hashes_N, hash_rows=ids.rows_N, **arrays)
        with atomic(folder / CENTROIDS) as file:
            np.savez(file, allow_pickle=False, centroids=centroids_LD, sizes=sizes_L)
        write_json(folder / ABOUT, {**about, "strings": sorted(strings), "vocabulary": metadata.vocabulary})

    @property
    def metadata(self) -> Metadata:
        return self._metadata

    @property
    def dim(self) -> int:
        return int(self.centroids_LD.shape[1])

    @property
    def text_columns(self) -> tuple[str, ...]:
        return tuple(self.texts)

    def __len__(self) -> int:
        return len(self.ids)

    def find(self, item_id: str) -> int | None:
        return self.ids.find(item_id)

    def item_id(self, row: int) -> str:
        return self.ids[row]

    def text(self, column: str, row: int) -> str:
        return self.texts[column][row]

    def lists_of(self, rows_M: np.ndarray) -> np.ndarray:
        """The list of each row, int64 (M,)."""
        return np.searchsorted(self._first_row_L, rows_M, side="right") - 1 if len(rows_M) else rows_M

    def vectors(self, rows_M: np.ndarray) -> np.ndarray:
        before_M = self._first_row_L[self.lists_of(rows_M)]  # rows whose numbers lie before this row's vector
        starts_M = rows_M * self.dim + before_M * (ROW_ID_BYTES // 2)
        found_MD: np.ndarray = self._windows[starts_M].astype(np.float32)
        return found_MD

    def search(
        self, query_QD: np.ndarray, k: int, bits_W: np.ndarray | None, exact: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        wrapped: Any = faiss  # its Python wrappers take keywords that the stubs do not know
        selector = None if bits_W is None else wrapped.IDSelectorBitmap(bits_W)
        probes = len(self.sizes_L) if exact else self._probes(k)
        return self._index.search(query_QD, k, params=wrapped.SearchParametersIVF(sel=selector, nprobe=probes))

    def search_probing(self, query_QD: np.ndarray, k: int, probes: int) -> tuple[np.ndarray, np.ndarray]:
        """As `search`, looking into `probes` lists."""
        wrapped: Any = faiss
        return self._index.search(query_QD, k, params=wrapped.SearchParametersIVF(nprobe=probes))

    def _probes(self, k: int) -> int:
        for most, probes in sorted(self.probes.items()):
            if k <= most:
                return probes
        most, probes = max(self.probes.items())
        return min(probes * -(-k // most), len(self.sizes_L))

    def _open(self, path: Path) -> None:
        with path.open(
            "rb"
        ) as file:  # brings it into the system's cache, or the first searches would wait for the disk
            while file.read(READ_BYTES):
                pass
        wrapped: Any = faiss
        lists, dim = len(self.sizes_L), self.dim
        self._quantizer = wrapped.IndexFlatIP(dim)
        self._quantizer.add(self.centroids_LD)
        self._lists = wrapped.OnDiskInvertedLists(lists, self._row_bytes, str(path))
        sizes_L = np.ascontiguousarray(self.sizes_L, np.uint64)  # named, since the pointer does not keep it alive
        self._lists.set_all_lists_sizes(wrapped.swig_ptr(sizes_L))
        self._lists.totsize = path.stat().st_size
        self._lists.read_only = True
        self._lists.prefetch_nthread = 0  # its 32 threads would wait for pages that are in memory
        self._lists.do_mmap()
        kind, metric = wrapped.ScalarQuantizer.QT_fp16, wrapped.METRIC_INNER_PRODUCT
        self._index = wrapped.IndexIVFScalarQuantizer(self._quantizer, dim, lists, kind, metric, False)
        self._index.replace_invlists(self._lists, False)
        self._index.is_trained = True
        self._index.ntotal = len(self.ids)
