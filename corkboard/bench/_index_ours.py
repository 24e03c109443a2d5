"""The live index in a process of its own: `python -m corkboard.bench._index_ours FOLDER [prepare]`.

With `prepare` it makes the index of the gallery, as a first start does; without, it opens it, as later starts do.
"""

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import psutil

from components.index import VectorIndex
from components.index.live import Change, LiveIndex
from corkboard.bench._index_gallery import K, gallery, obey, queries, recall, timed_ms

__all__ = ["main"]

SELECTED = 100  # one row in so many passes the filter
DELETED_SHARE, NEWER_ROWS, COMPACTED_ROWS, WRITES = 0.02, 20_000, 100_000, 200


def main(folder: Path, prepare: bool) -> None:
    faiss.omp_set_num_threads(1)
    if prepare:
        done = LiveIndex(folder / "live", _base(folder)).compact()
        assert done is not None
        obey({"seconds": done.seconds}, {})
        return
    index = LiveIndex(folder / "live", lambda: _base(folder))
    search = lambda query_1D: index.search(query_1D, K)[0]  # noqa: E731
    recalled = recall(folder, lambda query_1D: [int(hit.item_id) for hit in search(query_1D)])
    query_QD = queries(folder)
    change = _Changes(index, query_QD)
    passes = {"shelf": "shelf-0"}
    commands: dict[str, Callable[[], Any]] = {
        "round": lambda: timed_ms(search, query_QD),
        "filtered": lambda: timed_ms(lambda query_1D: index.search(query_1D, K, passes), query_QD[:20]),
        "change": change.many,
        "write": change.timed,
        "compact": lambda: _compacted(index, change, search, query_QD),
    }
    obey({"recall": recalled}, commands)


def _base(folder: Path) -> VectorIndex:
    vectors_ND = gallery(folder)
    rows = range(len(vectors_ND))
    shelves = [f"shelf-{row % SELECTED}" for row in rows]
    return VectorIndex.build(
        vectors_ND, [str(row) for row in rows], {"shelf": shelves}, {"title": [f"Title {row}" for row in rows]}
    )


class _Changes:
    """Numbered changes of the gallery: items near the queries, which are the ones that get in the way."""

    def __init__(self, index: LiveIndex, query_QD: np.ndarray) -> None:
        self._index, self._query_QD = index, query_QD
        self._generator = np.random.default_rng(1)
        self._seq = index.seq

    def many(self) -> None:
        """Delete a share of the gallery, and add as many rows as are compared before a compaction is due."""
        rows = self._generator.choice(len(self._index), int(DELETED_SHARE * len(self._index)), replace=False)
        self._index.apply([self._change(str(row), None) for row in rows])
        self.add(NEWER_ROWS - WRITES)

    def add(self, rows: int) -> None:
        self._index.apply([self._change(f"new-{self._seq}", self._vector()) for _ in range(rows)])

    def timed(self) -> list[tuple[float, float]]:
        """Milliseconds from a change to an answer that holds it, as `timed_ms` gives them."""
        taken_ms = []
        for number in range(WRITES):
            change = self._change(f"written-{number}", self._vector())
            assert change.vector_D is not None
            started, worked = time.perf_counter(), time.thread_time()
            self._index.apply([change])
            (hits,) = self._index.search(change.vector_D[None], K)
            taken_ms.append((1e3 * (time.perf_counter() - started), 1e3 * (time.thread_time() - worked)))
            assert change.item_id in {hit.item_id for hit in hits}
        return taken_ms

    def _change(self, item_id: str, vector_D: np.ndarray | None) -> Change:
        self._seq += 1
        return Change(self._seq, item_id, vector_D, {"shelf": "shelf-1"}, {"title": "New"})

    def _vector(self) -> np.ndarray:
        near_D = self._query_QD[self._generator.integers(len(self._query_QD))]
        vector_D = near_D + 0.05 * self._generator.standard_normal(len(near_D), dtype=np.float32)
        unit_D: np.ndarray = vector_D / np.linalg.norm(vector_D)
        return unit_D


def _compacted(
    index: LiveIndex, change: _Changes, search: Callable[[np.ndarray], Any], query_QD: np.ndarray
) -> dict[str, Any]:
    """Seconds and memory of merging `COMPACTED_ROWS` newer rows, and what searches take meanwhile."""
    change.add(COMPACTED_ROWS - index.pending)
    process, done = psutil.Process(), []
    before_mb = peak_mb = process.memory_info().rss / 2**20
    thread = threading.Thread(target=lambda: done.append(index.compact()))
    thread.start()
    taken_ms: list[tuple[float, float]] = []
    while thread.is_alive():
        at = len(taken_ms) % len(query_QD)
        taken_ms += timed_ms(search, query_QD[at : at + 1])
        peak_mb = max(peak_mb, process.memory_info().rss / 2**20)
        time.sleep(0.01)
    thread.join()
    assert done[0] is not None
    after_mb = process.memory_info().rss / 2**20
    memory = {"before_mb": before_mb, "peak_mb": peak_mb, "after_mb": after_mb}
    return {"seconds": done[0].seconds, "taken_ms": taken_ms, **memory}


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:] == ["prepare"])
