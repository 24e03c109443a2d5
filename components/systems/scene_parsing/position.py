"""The baseline that sees no picture: the commonest label at each position, learned from the training split.

Legend: N pictures, G side of the grid, L labels.
"""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from components.systems.scene_parsing.truths import UNKNOWN, Truth

__all__ = ["commonest_labels"]

GRID = 96


def commonest_labels(truths: Sequence[Truth], labels: int, progress: Callable[[int, int], None]) -> np.ndarray:
    """`label_GG` uint8: the commonest of `labels` at each place of a square to which all pictures are stretched."""
    count_GGL = np.zeros((GRID, GRID, labels), np.int32)
    place_GG = np.mgrid[:GRID, :GRID]
    for number, truth in enumerate(truths):
        label_HW = truth.labels(truth.places()).astype(np.int16)
        label_GG = cv2.resize(label_HW, (GRID, GRID), interpolation=cv2.INTER_NEAREST_EXACT)
        known_GG = label_GG != UNKNOWN
        count_GGL[place_GG[0][known_GG], place_GG[1][known_GG], label_GG[known_GG]] += 1
        progress(number + 1, len(truths))
    return count_GGL.argmax(axis=2).astype(np.uint8)
