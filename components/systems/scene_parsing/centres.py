"""Pixels grouped by the centre that they point to, for things of one label that touch.

Legend: H height, W width in pixels, h and w in the network's cells, K centres, P parts.
"""

import cv2
import numpy as np

from components.systems.scene_parsing.sizes import CELL_PX, WAY_PX
from data.images.parts import Part, Parts, hosts

__all__ = ["pointing_parts"]

PEAK = 0.1  # least height of a centre
PEAK_CELLS = 7  # side of the square in which a centre is the highest


def pointing_parts(things_HW: np.ndarray, centre_3hw: np.ndarray, least_px: int) -> Parts:
    """The parts of each label (-1: nothing) whose pixels have the same nearest centre.

    Parts smaller than `least_px` join the nearest of their label.
    Source: Panoptic-DeepLab (Cheng et al. 2020, arXiv 1911.10194), section 3.2, but labels are kept, not voted on.
    """
    nearest_hw = _nearest(centre_3hw)
    nearest_HW = cv2.resize(nearest_hw, things_HW.shape[::-1], interpolation=cv2.INTER_NEAREST_EXACT)
    numbers_HW = np.zeros(things_HW.shape, np.uint16)
    parts: list[Part] = []
    for label in np.unique(things_HW[things_HW >= 0]).tolist():
        y_N, x_N = np.nonzero(things_HW == label)
        seen, piece_N = np.unique(nearest_HW[y_N, x_N], return_inverse=True)
        areas_P = np.bincount(piece_N)
        boxes_P4 = _boxes(x_N, y_N, piece_N, len(seen))
        kept, joined_P = np.unique(hosts(areas_P, boxes_P4, least_px), return_inverse=True)
        numbers_HW[y_N, x_N] = joined_P[piece_N] + 1 + len(parts)
        for number in range(len(kept)):
            members = joined_P == number
            low, high = boxes_P4[members, :2].min(axis=0).tolist(), boxes_P4[members, 2:].max(axis=0).tolist()
            parts.append(Part(label, (*low, *high), int(areas_P[members].sum())))
    return Parts(parts, numbers_HW)


def _boxes(x_N: np.ndarray, y_N: np.ndarray, piece_N: np.ndarray, pieces: int) -> np.ndarray:
    boxes_P4 = np.zeros((pieces, 4), np.int64)
    boxes_P4[:, :2] = np.iinfo(np.int64).max
    for column, of_N in enumerate((x_N, y_N)):
        np.minimum.at(boxes_P4[:, column], piece_N, of_N)
        np.maximum.at(boxes_P4[:, column + 2], piece_N, of_N + 1)
    return boxes_P4


def _nearest(centre_3hw: np.ndarray) -> np.ndarray:
    """The nearest centre to where each cell points, int16 (h, w)."""
    peak_hw = centre_3hw[0]
    around_hw = cv2.dilate(peak_hw, np.ones((PEAK_CELLS, PEAK_CELLS), np.uint8))
    y_K, x_K = np.nonzero((peak_hw == around_hw) & (peak_hw > PEAK))
    if not len(y_K):
        return np.zeros(peak_hw.shape, np.int16)
    y_hw, x_hw = np.mgrid[: peak_hw.shape[0], : peak_hw.shape[1]] + centre_3hw[1:] * (WAY_PX / CELL_PX)
    far_Khw = (y_hw - y_K[:, None, None]) ** 2 + (x_hw - x_K[:, None, None]) ** 2
    return far_Khw.argmin(axis=0).astype(np.int16)
