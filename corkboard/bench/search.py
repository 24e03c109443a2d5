"""Exact search through our index beside a bare FAISS call, and filtered search beside brute force.

100,000 unit vectors of 256 dimensions, k = 10, one query at a time as a service asks, on one thread each.
"""

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["run"]

ITEMS, DIM, K = 100_000, 256, 10
QUERIES_A_TURN, TURNS = 10, 40
FILTERED_QUERIES = 200


def run(turns: int = TURNS) -> list[dict[str, Any]]:
    """Rows `{bench, metric, ours, peer, peer_name, ratio, unit}`; a ratio above 1 is in our favour."""
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


def _speed(index: Any, queries_QD: np.ndarray, turns: int) -> dict[str, Any]:
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
        for search in sides:
            _queries_a_second(search, queries_QD)
        # Who goes first alternates, so that neither gains by the other's warm or cold caches.
        pairs = []
        for turn in range(turns):
            order = (0, 1) if turn % 2 == 0 else (1, 0)
            found = {side: _queries_a_second(sides[side], queries_QD) for side in order}
            pairs.append((found[0], found[1]))
    finally:
        faiss.omp_set_num_threads(threads)
    return {
        "bench": "search",
        "metric": "exact_qps",
        "ours": statistics.median(ours for ours, _ in pairs),
        "peer": statistics.median(peer for _, peer in pairs),
        "peer_name": "faiss.IndexFlatIP.search",
        "ratio": statistics.median(ours / peer for ours, peer in pairs),
        "unit": "queries/s",
    }


def _queries_a_second(search: Callable[[np.ndarray], Any], queries_QD: np.ndarray) -> float:
    started = time.perf_counter()
    for position in range(QUERIES_A_TURN):
        search(queries_QD[position : position + 1])
    return QUERIES_A_TURN / (time.perf_counter() - started)


def _correctness(
    index: Any, vectors_ND: np.ndarray, columns: dict[str, list[str]], queries_QD: np.ndarray
) -> dict[str, Any]:
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
    return {
        "bench": "search",
        "metric": "filtered_correct",
        "ours": share,
        "peer": 1.0,
        "peer_name": "brute force in numpy",
        "ratio": share,
        "unit": "share of queries",
    }


def _unit(vectors_ND: np.ndarray) -> np.ndarray:
    return (vectors_ND / np.linalg.norm(vectors_ND, axis=1, keepdims=True)).astype(np.float32)
