"""Why an item is recommended, and which boards are alike.

Legend: B boards, L items of a board, R recommended items.
"""

import numpy as np
from numba import njit

from components.walks.csr import CSR

__all__ = ["alike_boards", "together"]

MOST_ASKED = 100  # items of a board that are looked at for a reason, the latest


def together(boards_of: CSR, item_R: np.ndarray, row_L: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each item the place in `row_L` of the one it shares most boards with, and how many these are; int64 (R,).

    The rarer of two that share as many. Rows that the edges do not have share none.
    """
    known = len(boards_of.start) - 1
    row_L = np.where(row_L < known, row_L, -1)[-MOST_ASKED:]
    place_R, count_R = _together(boards_of.start, boards_of.index_E, np.where(item_R < known, item_R, -1), row_L)
    return place_R, count_R


@njit(nogil=True)
def _together(
    start: np.ndarray, index: np.ndarray, item_R: np.ndarray, row_L: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    place_R, count_R = np.zeros(len(item_R), np.int64), np.zeros(len(item_R), np.int64)
    for r in range(len(item_R)):
        if item_R[r] < 0:
            continue
        for place in range(len(row_L)):
            if row_L[place] < 0:
                continue
            left, left_end = start[item_R[r]], start[item_R[r] + 1]
            right, right_end = start[row_L[place]], start[row_L[place] + 1]
            shared = 0
            while left < left_end and right < right_end:
                if index[left] == index[right]:
                    shared += 1
                    left += 1
                    right += 1
                elif index[left] < index[right]:
                    left += 1
                else:
                    right += 1
            if shared > count_R[r]:
                place_R[r], count_R[r] = place, shared
    return place_R, count_R


def alike_boards(boards_of: CSR, items_of: CSR, row_L: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each board the cosine with the items `row_L`, and how many are on both; float32 and int32 (B,).

    An item weighs 1 / log(2 + its boards).
    """
    boards = len(items_of.start) - 1
    score_B, shared_B = np.zeros(boards, np.float32), np.zeros(boards, np.int32)
    total = 0.0
    for row in row_L[row_L < len(boards_of.start) - 1].tolist():
        held = boards_of[row]
        weight = 1 / np.log(2.0 + len(held))
        score_B[held] += weight
        shared_B[held] += 1
        total += weight
    if total:
        score_B /= np.sqrt(total * np.maximum(items_of.degrees(), 1) / np.log(3.0)).astype(np.float32)
    return score_B, shared_B
