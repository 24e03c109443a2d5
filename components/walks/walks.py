"""Walks from the items of a board: item to board to item, sixteen at a time, with counts of visits.

As Pixie (Eksombatchai et al. 2018, arXiv 1711.07601): steps by degree, restarts, a boost for what several items reach,
early stopping, pruned edges. Sixteen walkers take each step together, so that the memory that one waits for is
fetched while the others ask for theirs. Legend: N items, L items of the board, S boards or items of a row.
"""

from dataclasses import dataclass, field

import numpy as np
from numba import njit

from components.walks.csr import CSR
from components.walks.settings import WalksConfig

__all__ = ["Walks", "visit"]

WALKERS = 16
LOW = np.uint64(32)
UNIT = float(2**32)


@njit(inline="always")
def _random(state: np.uint64) -> np.uint64:
    """The next state of xorshift64 (Marsaglia 2003)."""
    state ^= state << np.uint64(13)
    state ^= state >> np.uint64(7)
    state ^= state << np.uint64(17)
    return state


@njit(inline="always")
def _below(state: np.uint64, count: np.uint64) -> np.uint64:
    """A number below `count`, from the upper half of the state."""
    return ((state >> LOW) * count) >> LOW


@njit(nogil=True)
def visit(  # noqa: C901 - one loop for speed
    item_start: np.ndarray,
    item_index: np.ndarray,
    board_start: np.ndarray,
    board_index: np.ndarray,
    new_item_start: np.ndarray,
    new_item_index: np.ndarray,
    new_board_start: np.ndarray,
    new_board_index: np.ndarray,
    source: int,
    visits: int,
    restart: np.uint64,
    most: np.uint64,
    enough: int,
    visited: int,
    seed: np.uint64,
    count_N: np.ndarray,
    touched: np.ndarray,
) -> int:
    """Walk from `source`; adds to `count_N` and lists in `touched` what was visited, of which the number is returned.

    item_*: boards of items; board_*: items of boards; new_*: edges since, of rows that may go beyond the others', or
    of no rows at all. restart: of 2^32, that the walk begins anew.
    """
    today = len(new_item_start) > 1
    items, boards = len(item_start) - 1, len(board_start) - 1
    at = np.full(WALKERS, np.uint32(source))
    board = np.empty(WALKERS, np.uint32)
    low = np.zeros(WALKERS, np.uint32)
    old = np.zeros(WALKERS, np.uint64)
    young = np.zeros(WALKERS, np.uint32)
    count = np.zeros(WALKERS, np.uint64)
    state = np.empty(WALKERS, np.uint64)
    for w in range(WALKERS):
        state[w] = _random(_random(seed * np.uint64(0x9E3779B97F4A7C15) + np.uint64(w * 7919 + 1)))
    reached, satisfied = 0, 0
    for _ in range((visits + WALKERS - 1) // WALKERS):
        for w in range(WALKERS):
            state[w] = _random(state[w])
            if (state[w] & np.uint64(0xFFFFFFFF)) < restart:
                at[w] = source
            row = at[w]
            old[w] = np.uint64(0)
            if row < items:
                low[w] = item_start[row]
                old[w] = min(np.uint64(item_start[row + np.uint32(1)] - low[w]), most)
            count[w] = old[w]
            if today:
                young[w] = new_item_start[row]
                count[w] += np.uint64(new_item_start[row + np.uint32(1)] - young[w])
        for w in range(WALKERS):
            if count[w] == 0:  # only the source can have no board
                return reached
            place = _below(state[w], count[w])
            if place < old[w]:
                board[w] = item_index[low[w] + np.uint32(place)]
            else:
                board[w] = new_item_index[young[w] + np.uint32(place - old[w])]
        for w in range(WALKERS):
            state[w] = _random(state[w])
            row = board[w]
            old[w] = np.uint64(0)
            if row < boards:
                low[w] = board_start[row]
                old[w] = np.uint64(board_start[row + np.uint32(1)] - low[w])
            count[w] = old[w]
            if today:
                young[w] = new_board_start[row]
                count[w] += np.uint64(new_board_start[row + np.uint32(1)] - young[w])
        for w in range(WALKERS):
            place = _below(state[w], count[w])
            if place < old[w]:
                at[w] = board_index[low[w] + np.uint32(place)]
            else:
                at[w] = new_board_index[young[w] + np.uint32(place - old[w])]
        for w in range(WALKERS):
            item = at[w]
            seen = count_N[item] + np.uint16(1)
            if seen == 1:
                touched[reached] = item
                reached += 1
            if seen < 65535:
                count_N[item] = seen
            if seen == visited:
                satisfied += 1
        if satisfied >= enough:
            break
    return reached


@njit(nogil=True)
def _gather(count_N: np.ndarray, touched: np.ndarray, reached: int, boost: float, score_N: np.ndarray) -> None:
    """Add the boosted visits to `score_N`, and take the counts back to 0."""
    for place in range(reached):
        item = touched[place]
        visits = np.float32(count_N[item])
        score_N[item] += visits if boost == 1.0 else visits**boost
        count_N[item] = 0


NOTHING = CSR(np.zeros(1, np.uint32), np.zeros(0, np.uint32))


@dataclass(frozen=True)
class Walks:
    """Walks on a graph. `today`, `today_boards`: boards of items, and items of boards, since it was built."""

    boards_of: CSR
    items_of: CSR
    config: WalksConfig
    today: CSR = field(default=NOTHING)
    today_boards: CSR = field(default=NOTHING)

    @property
    def items(self) -> int:
        return max(len(self.boards_of.start), len(self.today.start)) - 1

    def degrees(self) -> np.ndarray:
        """Boards of each item, int64 (N,)."""
        degree_N = np.zeros(self.items, np.int64)
        degree_N[: len(self.boards_of.start) - 1] = self.boards_of.degrees()
        if len(self.today.start) > 1:
            degree_N += self.today.degrees()
        return degree_N

    def scores(self, source_L: np.ndarray, divisor_N: np.ndarray, seed: int = 0) -> np.ndarray:
        """Visits of each item from `source_L`, boosted and divided by its popularity; float32 (N,).

        divisor_N: degree^popularity. The same board and seed give the same walks.
        """
        score_N = np.zeros(self.items, np.float32)
        if not len(source_L):
            return score_N
        count_N = np.zeros(self.items, np.uint16)
        degree_L = np.maximum(self._degree(source_L), 0)
        share_L = np.where(degree_L > 0, 1.0 + np.log1p(degree_L), 0.0)  # many boards need more visits to be told apart
        if not share_L.sum():
            return score_N
        visits_L = np.ceil(self.config.visits * share_L / share_L.sum()).astype(np.int64)
        touched = np.empty(min(self.items, int(visits_L.max()) + WALKERS) + 1, np.uint32)
        for source, visits in zip(source_L.tolist(), visits_L.tolist(), strict=True):
            if visits:
                reached = self.visit(source, visits, seed, count_N, touched)
                _gather(count_N, touched, reached, self.config.boost, score_N)
        return np.asarray(score_N / divisor_N)

    def _degree(self, row_L: np.ndarray) -> np.ndarray:
        degree_L = np.zeros(len(row_L), np.int64)
        for csr in (self.boards_of, self.today):
            held = row_L < len(csr.start) - 1
            low = row_L[held]
            degree_L[held] += csr.start[low + 1].astype(np.int64) - csr.start[low].astype(np.int64)
        return degree_L

    def visit(self, source: int, visits: int, seed: int, count_N: np.ndarray, touched: np.ndarray) -> int:
        """Walk from one item; see the function `visit`, of which `count_N` and `touched` are the last arguments."""
        config = self.config
        return int(
            visit(
                self.boards_of.start,
                self.boards_of.index_E,
                self.items_of.start,
                self.items_of.index_E,
                self.today.start,
                self.today.index_E,
                self.today_boards.start,
                self.today_boards.index_E,
                source,
                visits,
                np.uint64(min(config.restart, 1.0) * (UNIT - 1)),
                np.uint64(config.most_boards),
                config.enough,
                config.visited,
                np.uint64(seed * 1_000_003 + source + 1),
                count_N,
                touched,
            )
        )
