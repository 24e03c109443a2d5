"""A new base of the rows of a snapshot that are still there, written a block at a time.

Up to `EXACT_ROWS` rows it is a `VectorIndex`, which compares every row; above, an inverted file.
Legend: N rows, D dimensions, L lists, M chosen rows.
"""

from pathlib import Path

import faiss
import numpy as np

from components.gallery import Rows
from components.index.base import Base, FlatBase
from components.index.ivf import LISTS, IvfBase, lists_for
from components.index.probes import calibrated
from components.index.snapshot import Snapshot
from components.index.strings import Ids
from components.index.survivors import Survivors
from components.index.vector_index import VectorIndex
from components.metadata import Metadata

__all__ = ["EXACT_ROWS", "load_base", "merge"]

EXACT_ROWS = 100_000  # up to here comparing every row takes a few milliseconds on one core
BLOCK_ROWS = 16_384  # vectors in memory at once: 16 MiB at 256 dimensions
SAMPLED_ROWS_A_LIST, MOST_SAMPLED_ROWS = 40, 200_000
ROUNDS = 5
GROWTH = 2  # centroids are learned anew once there are so many times the rows that they were learned from


def merge(snapshot: Snapshot, folder: Path, exact_rows: int = EXACT_ROWS) -> None:
    """Write the base of `snapshot` into `folder`; `Generations` makes it count.

    Memory beyond the snapshot's: the ids, codes and texts of the new base, and either `exact_rows` vectors or a sample
    of at most `MOST_SAMPLED_ROWS`. Runs in one thread, so that searches keep the other cores.

    Raises:
        ValueError: the snapshot is empty.
    """
    survivors = Survivors.of(snapshot)
    if not len(survivors):
        raise ValueError("an empty index has no base")
    folder.mkdir(parents=True, exist_ok=True)
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)  # applies to the calls of this thread alone
    try:
        if len(survivors) <= exact_rows:
            _write_flat(survivors, folder)
        else:
            _write_ivf(survivors, snapshot.base, folder)
    finally:
        faiss.omp_set_num_threads(threads)


def load_base(folder: Path, kind: str) -> Base:
    """Open what `merge` wrote. Raises `UserError` if it is not whole."""
    return IvfBase.load(folder) if kind == IvfBase.kind else FlatBase(VectorIndex.load(folder))


def _write_flat(survivors: Survivors, folder: Path) -> None:
    index = faiss.IndexFlatIP(survivors.dim)
    for start in range(0, len(survivors), BLOCK_ROWS):
        index.add(survivors.vectors(np.arange(start, min(start + BLOCK_ROWS, len(survivors)))))
    texts = {column: np.array(list(values), np.str_) for column, values in survivors.texts().items()}
    ids = np.array(list(survivors.ids()), np.str_)
    VectorIndex(index, Rows(ids, survivors.metadata(), texts)).save(folder)


def _write_ivf(survivors: Survivors, base: Base, folder: Path) -> None:
    if isinstance(base, IvfBase) and len(survivors) <= GROWTH * base.trained_rows:
        centroids_LD, trained_rows = base.centroids_LD, base.trained_rows
        list_of_N = np.concatenate(
            [base.lists_of(survivors.base_rows), _assigned(survivors, centroids_LD, len(survivors.base_rows))]
        )
    else:
        centroids_LD, trained_rows = _learned(survivors), len(survivors)
        list_of_N = _assigned(survivors, centroids_LD, 0)
    order_N = np.argsort(list_of_N, kind="stable")
    sizes_L = np.bincount(list_of_N, minlength=len(centroids_LD)).astype(np.int64)
    _write_lists(folder / LISTS, survivors, order_N, sizes_L)
    texts = {column: values.take(order_N) for column, values in survivors.texts().items()}
    rows = (Ids.of(survivors.ids().take(order_N)), _ordered(survivors.metadata(), order_N), texts)
    about = {"trained_rows": trained_rows, "probes": {"1": len(centroids_LD)}}
    IvfBase.write(folder, centroids_LD, sizes_L, rows, about)
    about["probes"] = calibrated(IvfBase.load(folder))
    IvfBase.write(folder, centroids_LD, sizes_L, rows, about)


def _ordered(metadata: Metadata, order_N: np.ndarray) -> Metadata:
    return Metadata({column: codes[order_N] for column, codes in metadata.codes.items()}, metadata.vocabulary)


def _learned(survivors: Survivors) -> np.ndarray:
    """Centroids float32 (L, D) by spherical k-means on a sample."""
    lists = lists_for(len(survivors))
    size = min(len(survivors), SAMPLED_ROWS_A_LIST * lists, MOST_SAMPLED_ROWS)
    rows_M = np.sort(np.random.default_rng(0).choice(len(survivors), size, replace=False))
    clustering = faiss.Kmeans(
        survivors.dim,
        lists,
        niter=ROUNDS,
        spherical=True,
        seed=0,
        min_points_per_centroid=1,
        max_points_per_centroid=size,
    )
    clustering.train(survivors.vectors(rows_M))
    return np.ascontiguousarray(clustering.centroids, np.float32)


def _assigned(survivors: Survivors, centroids_LD: np.ndarray, first: int) -> np.ndarray:
    """The list of each survivor from position `first`, int64."""
    quantizer = faiss.IndexFlatIP(centroids_LD.shape[1])
    quantizer.add(centroids_LD)
    lists = [np.empty(0, np.int64)]
    for start in range(first, len(survivors), BLOCK_ROWS):
        block_MD = survivors.vectors(np.arange(start, min(start + BLOCK_ROWS, len(survivors))))
        lists.append(quantizer.search(block_MD, 1)[1][:, 0])
    return np.concatenate(lists)


def _write_lists(path: Path, survivors: Survivors, order_N: np.ndarray, sizes_L: np.ndarray) -> None:
    """List after list: its half-precision vectors, then its row numbers as int64, as faiss maps them."""
    ends_L = np.cumsum(sizes_L)
    number = 0
    with path.open("wb") as file:
        while number < len(sizes_L):
            start = int(ends_L[number] - sizes_L[number])
            until = max(int(np.searchsorted(ends_L, start + BLOCK_ROWS, side="right")), number + 1)
            block_MD = survivors.vectors(order_N[start : int(ends_L[until - 1])]).astype(np.float16)
            for chosen in range(number, until):
                first, last = int(ends_L[chosen] - sizes_L[chosen]), int(ends_L[chosen])
                file.write(block_MD[first - start : last - start].tobytes())
                file.write(np.arange(first, last, dtype=np.int64).tobytes())
            number = until
