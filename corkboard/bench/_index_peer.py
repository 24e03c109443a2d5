"""A bare peer of the live index in a process of its own: `python -m corkboard.bench._index_peer KIND FOLDER`.

`ivf` is faiss.IndexIVFFlat over our centroids, with the fewest probes that reach the recall; `flat` is
faiss.IndexFlatIP; `usearch` is its HNSW in half precision.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from corkboard.bench._index_gallery import K, gallery, obey, queries, recall, timed_ms

__all__ = ["main"]

RECALL = 0.95
FLAT_QUERIES = 20
BLOCK_ROWS = 50_000
SELECTED = 100  # one row in so many passes the filter
Search = Callable[[np.ndarray], Any]


def main(kind: str, folder: Path) -> None:
    faiss.omp_set_num_threads(1)
    search, filtered, most = {"ivf": _ivf, "flat": _flat, "usearch": _usearch}[kind](folder)
    query_QD = queries(folder)[:most]
    commands = {"round": lambda: timed_ms(search, query_QD), "filtered": lambda: timed_ms(filtered, query_QD[:20])}
    obey({"recall": recall(folder, lambda query_1D: search(query_1D).tolist(), most)}, commands)


def _ivf(folder: Path) -> tuple[Search, Search, int]:
    centroids_LD = np.load(next((folder / "live").glob("*/centroids.npz")))["centroids"]
    wrapped: Any = faiss
    quantizer = wrapped.IndexFlatIP(centroids_LD.shape[1])
    quantizer.add(centroids_LD)
    index = wrapped.IndexIVFFlat(quantizer, centroids_LD.shape[1], len(centroids_LD), wrapped.METRIC_INNER_PRODUCT)
    index.is_trained = True
    _add(index, folder)

    def search(query_1D: np.ndarray) -> Any:
        return (quantizer and index.search(query_1D, K))[1][0]  # the index does not keep its quantizer alive

    while index.nprobe < len(centroids_LD) and recall(folder, lambda query: search(query).tolist()) < RECALL:
        index.nprobe *= 2
    parameters = wrapped.SearchParametersIVF(sel=_selector(len(gallery(folder))), nprobe=len(centroids_LD))
    return search, lambda query_1D: index.search(query_1D, K, params=parameters), len(queries(folder))


def _flat(folder: Path) -> tuple[Search, Search, int]:
    wrapped: Any = faiss
    index = wrapped.IndexFlatIP(gallery(folder).shape[1])
    _add(index, folder)
    parameters = wrapped.SearchParameters(sel=_selector(index.ntotal))
    return (
        lambda query_1D: index.search(query_1D, K)[1][0],
        lambda query_1D: index.search(query_1D, K, params=parameters),
        FLAT_QUERIES,
    )


def _usearch(folder: Path) -> tuple[Search, Search, int]:
    from usearch.index import Index

    vectors_ND = gallery(folder)
    index = Index(ndim=vectors_ND.shape[1], metric="ip", dtype="f16")
    for start in range(0, len(vectors_ND), BLOCK_ROWS):
        block_ND = np.array(vectors_ND[start : start + BLOCK_ROWS])
        index.add(np.arange(start, start + len(block_ND)), block_ND)

    def search(query_1D: np.ndarray) -> Any:
        return index.search(query_1D[0], K, threads=1).keys

    return search, search, len(queries(folder))


def _add(index: Any, folder: Path) -> None:
    vectors_ND = gallery(folder)
    for start in range(0, len(vectors_ND), BLOCK_ROWS):
        index.add(np.array(vectors_ND[start : start + BLOCK_ROWS]))


def _selector(rows: int) -> Any:
    mask_N = np.arange(rows) % SELECTED == 0
    wrapped: Any = faiss
    return wrapped.IDSelectorBitmap(np.packbits(mask_N, bitorder="little"))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
