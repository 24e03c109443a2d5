"""Connected parts of a map of labels, without specks.

Legend: H, W pixels; P parts of one label; S specks, B parts that are large enough.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["Part", "Parts", "connected_parts"]

NEIGHBOURS = 8


@dataclass(frozen=True)
class Part:
    """A part: the place of its label, its half-open box in pixels, and its area."""

    group: int
    box: tuple[float, float, float, float]
    area_px: int


@dataclass(frozen=True)
class Parts:
    """Parts in the order of their labels, and the number of each pixel's part, (H, W), from 1; 0: none."""

    parts: list[Part]
    numbers_HW: NDArray[np.uint16]


def connected_parts(groups_HW: NDArray[np.int32], smallest_px: int) -> Parts:
    """The connected parts of each label in a map of labels, where -1 is nothing.

    Parts below `smallest_px` join the part of their label that is nearest, from box to box, so that every pixel keeps
    its label; if no part of a label is larger, they join the largest.
    """
    numbers_HW = np.zeros(groups_HW.shape, np.uint16)
    parts: list[Part] = []
    for group in np.unique(groups_HW[groups_HW >= 0]).tolist():
        of_label = (groups_HW == group).astype(np.uint8)
        x, y, width, height = cv2.boundingRect(of_label)
        crop = of_label[y : y + height, x : x + width]
        count, found, stats, _ = cv2.connectedComponentsWithStats(crop, connectivity=NEIGHBOURS)
        areas_P = stats[1:, cv2.CC_STAT_AREA]
        corners = stats[1:, [cv2.CC_STAT_LEFT, cv2.CC_STAT_TOP]] + (x, y)
        boxes_P4 = np.concatenate([corners, corners + stats[1:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]]], axis=1)
        hosts_P = _hosts(areas_P, boxes_P4, smallest_px)
        kept, joined_P = np.unique(hosts_P, return_inverse=True)
        lookup = np.zeros(count, np.uint16)
        lookup[1:] = joined_P + 1 + len(parts)
        numbers_HW[y : y + height, x : x + width] += lookup[found]
        for host in kept.tolist():
            members = hosts_P == host
            low, high = boxes_P4[members, :2].min(axis=0), boxes_P4[members, 2:].max(axis=0)
            box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
            parts.append(Part(group, box, int(areas_P[members].sum())))
    return Parts(parts, numbers_HW)


def _hosts(areas_P: NDArray[np.integer], boxes_P4: NDArray[np.integer], smallest_px: int) -> NDArray[np.int64]:
    """The part that each part joins: itself where it is large enough."""
    hosts_P = np.arange(len(areas_P))
    large = areas_P >= smallest_px
    if not large.any():
        large = hosts_P == areas_P.argmax()
    specks, bodies = np.flatnonzero(~large), np.flatnonzero(large)
    if len(specks):
        low, high = boxes_P4[specks, None, :2], boxes_P4[specks, None, 2:]
        gaps_SB2 = np.maximum(np.maximum(boxes_P4[None, bodies, :2] - high, low - boxes_P4[None, bodies, 2:]), 0)
        hosts_P[specks] = bodies[np.square(gaps_SB2).sum(axis=2).argmin(axis=1)]
    return hosts_P
