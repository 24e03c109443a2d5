"""Exact search through our index beside a bare FAISS call, and filtered search beside brute force.

100,000 unit vectors of 256 dimensions, k = 10, one query at a time as a service asks, on one thread each.
"""

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from corkboard.bench._row import Row

__all__ = ["run"]

ITEMS, DIM, K = 100_000, 256, 10
TURNS, WARM_UP = 400, 10
FILTERED_QUERIES = 200


def run(turns: int = TURNS) -> list[Row]:
    """Speed of exact search, and whether filtered search is right."""
    from components.index import VectorIndex

    generator = np.random.default_rng(0)
    vectors_ND = _unit(generator.standard_normal((ITEMS, DIM), dtype=np.float32))
    columns = {
        "category": [f"category-{code}" for code in generator.integers(0, 20, ITEMS)],
        "colour": [f"colour-{code}" for code in generator.zipf(1.6, ITEMS).clip(1, 40)],
    }
    index = VectorIndex.build(vectors_ND, [f"item-{row}" for row in range(ITEMS)], columns)
    queries_QD = _unit(vectors_ND[:FILTERED_QUERIES] + 0.05 * generator.standard_normal((FILTERED_QUERIES, DIM)))
    return [_speed(index, queries_QD, turns), _correctness(index, vectors_ND, columns, queries_QD)]


def _speed(index: Any, queries_QD: np.ndarray, turns: int) -> Row:
    import faiss

    bare = index.index  # the same vectors at the same place in memory, or placement would be measured too
    assert isinstance(bare, faiss.IndexFlatIP)
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        sides: tuple[Callable[[np.ndarray], Any], ...] = (
            lambda query_1D: index.search(query_1D, K),
            lambda query_1D: bare.search(query_1D, K),
        )
        seconds: tuple[list[float], list[float]] = ([], [])
        for turn in range(-WARM_UP, turns):
            query_1D = queries_QD[turn % len(queries_QD)][None]
            # Query by query, and who goes first alternates, so that neither gains by the caches or by a quiet moment.
            for side in (0, 1) if turn % 2 else (1, 0):
                started = time.perf_counter()
                sides[side](query_1D)
                if turn >= 0:
                    seconds[side].append(time.perf_counter() - started)
    finally:
        faiss.omp_set_num_threads(threads)
    ours, peer = (1 / statistics.median(side) for side in seconds)
    return Row("exact_qps", ours, peer, "queries/s", "faiss.IndexFlatIP.search")


def _correctness(index: Any, vectors_ND: np.ndarray, columns: dict[str, list[str]], queries_QD: np.ndarray) -> Row:
    """The share of filtered queries whose scores are those of brute force and whose rows all match."""
    generator = np.random.default_rng(1)
    values = {name: np.array(column) for name, column in columns.items()}
    right = 0
    for query_D in queries_QD:
        where = {
            "category": generator.choice(
                np.unique(values["category"]), generator.integers(1, 4), replace=False
            ).tolist(),
            "colour": str(generator.choice(np.unique(values["colour"]))),
        }
        scores_QK, rows_QK = index.search(query_D[None], K, where)
        allowed = np.flatnonzero(np.isin(values["category"], where["category"]) & (values["colour"] == where["colour"]))
        expected = np.sort(vectors_ND[allowed] @ query_D)[::-1][:K]
        same = scores_QK[0].shape == expected.shape and np.allclose(scores_QK[0], expected, atol=1e-5)
        right += bool(same and set(rows_QK[0]) <= set(allowed) and len(set(rows_QK[0])) == len(expected))
    share = right / len(queries_QD)
    return Row("filtered_correct", share, 1.0, "share of queries", "brute force in numpy")


def _unit(vectors_ND: np.ndarray) -> np.ndarray:
    return (vectors_ND / np.linalg.norm(vectors_ND, axis=1, keepdims=True)).astype(np.float32)
