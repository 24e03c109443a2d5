"""The gallery that indexes are measured on, and how: vectors as embeddings lie, queries that are not in it.

Legend: N rows, D dimensions, Z latent dimensions, Q queries, K results.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import psutil

__all__ = ["K", "gallery", "make", "obey", "queries", "recall", "timed_ms"]

K, QUERIES = 10, 300
LATENT, CLUSTERS, SPREAD, NOISE = 48, 500, 0.5, 0.05
BLOCK_ROWS = 50_000
Answer = Callable[[np.ndarray], list[int]]


def make(folder: Path, rows: int, dim: int) -> None:
    """Write unit vectors (N, D), queries (Q, D), and the rows that are truly nearest (Q, K).

    Clusters overlap in a few latent dimensions, which a random map and noise bring to all D.
    """
    generator = np.random.default_rng(0)
    centres = generator.standard_normal((CLUSTERS, LATENT), dtype=np.float32)
    to_dim_ZD = generator.standard_normal((LATENT, dim), dtype=np.float32) / np.sqrt(LATENT)

    def drawn(count: int) -> np.ndarray:
        latent = centres[generator.integers(0, CLUSTERS, count)]
        latent = latent + SPREAD * generator.standard_normal(latent.shape, dtype=np.float32)
        vectors_ND = latent @ to_dim_ZD + NOISE * generator.standard_normal((count, dim), dtype=np.float32)
        unit_ND: np.ndarray = vectors_ND / np.linalg.norm(vectors_ND, axis=1, keepdims=True)
        return unit_ND

    query_QD = drawn(QUERIES)
    vectors_ND = np.lib.format.open_memmap(folder / "gallery.npy", "w+", np.float32, (rows, dim))
    wrapped: Any = faiss
    truth = wrapped.ResultHeap(QUERIES, K, keep_max=True)
    for start in range(0, rows, BLOCK_ROWS):
        block_ND = drawn(min(BLOCK_ROWS, rows - start))
        vectors_ND[start : start + len(block_ND)] = block_ND
        scores_QK, rows_QK = wrapped.knn(query_QD, block_ND, K, metric=wrapped.METRIC_INNER_PRODUCT)
        truth.add_result(scores_QK, rows_QK + start)
    truth.finalize()
    vectors_ND.flush()
    np.save(folder / "queries.npy", query_QD)
    np.save(folder / "truth.npy", truth.I)


def gallery(folder: Path) -> np.ndarray:
    """The vectors float32 (N, D), mapped from disk."""
    vectors_ND: np.ndarray = np.load(folder / "gallery.npy", mmap_mode="r")
    return vectors_ND


def queries(folder: Path) -> np.ndarray:
    """float32 (Q, D), of length 1."""
    query_QD: np.ndarray = np.load(folder / "queries.npy")
    return query_QD


def recall(folder: Path, answer: Answer, most: int = QUERIES) -> float:
    """recall@10 of the first `most` queries: the share of the truly nearest rows that are found."""
    truth_QK = np.load(folder / "truth.npy")[:most]
    answers = [set(answer(query_D[None])) for query_D in queries(folder)[:most]]
    return float(np.mean([len(set(best) & rows) / K for best, rows in zip(truth_QK.tolist(), answers, strict=True)]))


def timed_ms(search: Callable[[np.ndarray], Any], query_QD: np.ndarray) -> list[tuple[float, float]]:
    """Milliseconds of each query, one at a time: on the clock, and of the processor alone."""
    taken_ms = []
    for query_D in query_QD:
        started, worked = time.perf_counter(), time.thread_time()
        search(query_D[None])
        taken_ms.append((1e3 * (time.perf_counter() - started), 1e3 * (time.thread_time() - worked)))
    return taken_ms


def obey(about: dict[str, Any], commands: dict[str, Callable[[], Any]]) -> None:
    """Print `about` and the memory of this process, then the answer to every command read from stdin, as JSON."""
    about = {**about, "rss_mb": psutil.Process().memory_info().rss / 2**20}
    print(json.dumps(about), flush=True)  # noqa: T201
    for line in sys.stdin:
        print(json.dumps(commands[line.strip()]()), flush=True)  # noqa: T201
