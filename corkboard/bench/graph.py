"""Walks on a graph of ten million edges, one thread: sixteen walkers at a time beside one after the other."""

import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from corkboard.bench._row import Row

__all__ = ["run"]

ITEMS, BOARDS = 1_000_000, 400_000
VISITS, SOURCES = (10_000, 100_000), 200
PEER = "plain numba"


def run(edges: int = 10_000_000) -> list[Row]:
    """Walks from items of a drawn graph with `edges` edges.

    A step is item to board or board to item, a visit two; the counts of visits are kept. The peer is the plain loop,
    compiled by the same numba. Times are of the thread's processor.
    """
    os.environ |= {"NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    from components.walks.settings import WalksConfig
    from components.walks.walks import Walks

    boards_of, items_of, source = _graph(edges)
    never = 2**31 - 1
    walks = Walks(boards_of, items_of, WalksConfig(restart=0.5, most_boards=never, enough=never))
    count, touched = np.zeros(ITEMS, np.uint16), np.empty(max(VISITS) + 32, np.uint32)
    arrays = (boards_of.start, boards_of.index_E, items_of.start, items_of.index_E)
    plain = _plain()
    rows = []
    for visits in VISITS:
        ours = _taken_s(lambda row: walks.visit(row, visits, 1, count, touched), source, count)  # noqa: B023
        peer = _taken_s(lambda row: plain(*arrays, row, visits, np.uint64(row + 1), count), source, count)  # noqa: B023
        rows.append(Row(f"visits_{visits}_p50", float(np.median(ours)) * 1e3, float(np.median(peer)) * 1e3, "ms", PEER))
        fast, slow = (2 * visits / float(np.mean(taken)) / 1e6 for taken in (ours, peer))
        rows.append(Row(f"visits_{visits}_steps", fast, slow, "million/s", PEER))
    return rows


def _graph(edges: int) -> tuple[Any, Any, np.ndarray]:
    """A few items and boards have most of the edges; and items to walk from, drawn by their edges."""
    from scipy.sparse import csr_array

    from components.walks.csr import CSR

    rng = np.random.default_rng(0)
    item = (ITEMS * rng.random(edges) ** 2.5).astype(np.int32)
    board = (BOARDS * rng.random(edges) ** 1.5).astype(np.int32)
    matrix = csr_array((np.ones(edges, np.int8), (board, item)), shape=(BOARDS, ITEMS))
    matrix.sum_duplicates()
    return CSR.of(csr_array(matrix.T.tocsr())), CSR.of(matrix), rng.choice(item, SOURCES)


def _plain() -> Callable[..., None]:
    """One walker after the other, as a loop says it."""
    from numba import njit

    @njit
    def walk(  # type: ignore[no-untyped-def]
        item_start, item_index, board_start, board_index, source, visits, state, count
    ):
        at = np.uint32(source)
        for _ in range(visits):
            state ^= state << np.uint64(13)
            state ^= state >> np.uint64(7)
            state ^= state << np.uint64(17)
            if state & np.uint64(1) == 0:
                at = np.uint32(source)
            low = item_start[at]
            board = item_index[low + np.uint32((state >> np.uint64(32)) % np.uint64(item_start[at + 1] - low))]
            state ^= state << np.uint64(13)
            state ^= state >> np.uint64(7)
            state ^= state << np.uint64(17)
            low = board_start[board]
            at = board_index[low + np.uint32((state >> np.uint64(32)) % np.uint64(board_start[board + 1] - low))]
            count[at] += np.uint16(1)

    return walk


def _taken_s(walk: Callable[[int], Any], source: np.ndarray, count: np.ndarray) -> list[float]:
    walk(int(source[0]))  # compiled
    taken = []
    for row in source.tolist():
        count[:] = 0
        started = time.thread_time()
        walk(row)
        taken.append(time.thread_time() - started)
    count[:] = 0
    return taken
