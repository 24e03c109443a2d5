"""Regions as numbers in a map, and a region's pixels as runs.

Legend: H height, W width in pixels.
"""

import io

import numpy as np
from PIL import Image

from components.message import Part

__all__ = ["MASK", "mask_part", "runs"]

MASK = "mask"  # the part's name


def runs(value_HW: np.ndarray, value: int, left: int, right: int) -> list[int]:
    """Lengths of runs of other pixels and of pixels that are `value`, in turn, down the columns of the map.

    left, right: the columns that hold all of `value`. Source: COCO's uncompressed run-length encoding (maskApi.c).
    """
    height, width = value_HW.shape
    inside = np.ascontiguousarray((value_HW[:, left:right] == value).T).ravel()
    change = np.flatnonzero(inside[1:] != inside[:-1]) + 1
    bounds = np.concatenate([[0] if inside[0] else [], change, [inside.size] if inside[-1] else []]) + left * height
    counts = np.diff(np.concatenate([[0], bounds, [height * width]])).astype(int).tolist()
    return counts if counts[-1] else counts[:-1]


def mask_part(value_HW: np.ndarray) -> Part:
    """The map, uint8, as a PNG."""
    file = io.BytesIO()
    Image.fromarray(value_HW).save(file, "PNG", compress_level=1)
    return Part(file.getvalue(), "image/png")
