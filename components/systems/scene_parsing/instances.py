"""Regions of a map of labels: its connected parts, or the pixels that point to the same centre.

Legend: H height, W width in pixels, P parts.
"""

from dataclasses import dataclass

import numpy as np

from components.systems.scene_parsing.centres import pointing_parts
from components.systems.scene_parsing.parser import Parsed
from data.images.parts import connected_parts

__all__ = ["Instance", "instances"]

MOST = 255  # numbers of an 8-bit map, 0 is nothing


@dataclass(frozen=True)
class Instance:
    """A region: the number of its label, its score, box (x0, y0, x1, y1, half open) and pixels in the map."""

    label: int
    score: float
    box: tuple[int, int, int, int]
    pixels: int


def instances(parsed: Parsed, least_share: float) -> tuple[list[Instance], np.ndarray]:
    """Regions by falling score, at most 255, and a map uint8 (H, W) with 1 for the first of them, 2 for the next.

    A region's score is the mean probability of its label. least_share: of the map's pixels; smaller parts join the
    nearest of their label, and are nothing where it has no larger one.
    """
    least_px = max(round(least_share * parsed.label_HW.size), 1)
    things_HW = parsed.label_HW.astype(np.int32) - 1
    if parsed.centre_3hw is None:
        found = connected_parts(things_HW, least_px)
    else:
        found = pointing_parts(things_HW, parsed.centre_3hw, least_px)
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
