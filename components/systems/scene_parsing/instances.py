"""Regions of a map of labels: its connected parts, or the pixels that point to the same centre.

Legend: H height, W width in pixels, h and w in the network's cells, N pixels of a label, K centres, P parts.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from components.systems.scene_parsing.parser import Parsed
from components.systems.scene_parsing.sizes import CELL_PX, WAY_PX
from data.images.parts import Part, Parts, connected_parts

__all__ = ["Instance", "instances"]

MOST = 255  # numbers of an 8-bit map, 0 is nothing
PEAK = 0.1  # least height of a centre
PEAK_CELLS = 7  # side of the square in which a centre is the highest


@dataclass(frozen=True)
class Instance:
    """A region: the number of its label, its score, box (x0, y0, x1, y1, half open) and pixels in the map."""

    label: int
    score: float
    box: tuple[int, int, int, int]
    pixels: int


def instances(parsed: Parsed, least_share: float) -> tuple[list[Instance], np.ndarray]:
    """Regions by falling score, at most 255, and a map uint8 (H, W) with 1 for the first of them, 2 for the next.

    A region's score is the mean probability of its label. least_share: of the map's pixels; smaller parts are nothing.
    """
    least_px = max(round(least_share * parsed.label_HW.size), 1)
    things_HW = parsed.label_HW.astype(np.int32) - 1
    if parsed.centre_3hw is None:
        found = connected_parts(things_HW, 1)
    else:
        found = _pointing_parts(things_HW, parsed.centre_3hw)
    sum_P = np.bincount(found.numbers_HW.ravel(), parsed.probability_HW.ravel(), minlength=len(found.parts) + 1)[1:]
    score_P = [float(total) / part.area_px for total, part in zip(sum_P, found.parts, strict=True)]
    rows = [row for row, part in enumerate(found.parts) if part.area_px >= least_px]
    rows = sorted(rows, key=lambda row: (-score_P[row], row))[:MOST]
    value_P = np.zeros(len(found.parts) + 1, np.uint8)
    value_P[[row + 1 for row in rows]] = np.arange(1, len(rows) + 1)
    kept = [(found.parts[row], score_P[row]) for row in rows]
    regions = [
        Instance(part.group + 1, score, tuple(int(edge) for edge in part.box), part.area_px)  # type: ignore[arg-type]
        for part, score in kept
    ]
    return regions, value_P[found.numbers_HW]


def _pointing_parts(things_HW: np.ndarray, centre_3hw: np.ndarray) -> Parts:
    """The parts of each label (-1: nothing) whose pixels have the same nearest centre.

    Source: Panoptic-DeepLab (Cheng et al. 2020, arXiv 1911.10194), section 3.2, but labels are kept, not voted on.
    """
    nearest_HW = cv2.resize(_nearest(centre_3hw), things_HW.shape[::-1], interpolation=cv2.INTER_NEAREST_EXACT)
    numbers_HW = np.zeros(things_HW.shape, np.uint16)
    parts: list[Part] = []
    for label in np.unique(things_HW[things_HW >= 0]).tolist():
        y_N, x_N = np.nonzero(things_HW == label)
        _, piece_N, area_P = np.unique(nearest_HW[y_N, x_N], return_inverse=True, return_counts=True)
        numbers_HW[y_N, x_N] = piece_N + 1 + len(parts)
        for piece, area_px in enumerate(area_P.tolist()):
            own_N = piece_N == piece
            x_own, y_own = x_N[own_N], y_N[own_N]
            box = (int(x_own.min()), int(y_own.min()), int(x_own.max()) + 1, int(y_own.max()) + 1)
            parts.append(Part(label, box, area_px))
    return Parts(parts, numbers_HW)


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
