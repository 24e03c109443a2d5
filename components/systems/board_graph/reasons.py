"""Why an item is recommended, and which boards are alike.

Legend: B boards, L items of a board, R recommended items.
"""

import numpy as np

from components.walks.csr import CSR

__all__ = ["alike_boards", "together"]

MOST_ASKED = 100  # items of a board that are looked at for a reason, the latest


def together(boards_of: CSR, item_R: np.ndarray, row_L: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each item the place in `row_L` of the one it shares most boards with, and how many these are; int64 (R,).

    The first of several that share as many. Rows that the edges do not have share none.
    """
    known, row_L = len(boards_of.start) - 1, row_L[-MOST_ASKED:]
    held = [boards_of[row] if row < known else boards_of.index_E[:0] for row in row_L.tolist()]
    place_E, board_E = np.repeat(np.arange(len(held)), [len(one) for one in held]), np.concatenate(held)
    place_R, count_R = np.zeros(len(item_R), np.int64), np.zeros(len(item_R), np.int64)
    for place, item in enumerate(item_R.tolist()):
        own = boards_of[item] if item < known else boards_of.index_E[:0]
        shared_L = np.bincount(place_E[np.isin(board_E, own)], minlength=len(held))
        place_R[place], count_R[place] = shared_L.argmax(), shared_L.max()
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
