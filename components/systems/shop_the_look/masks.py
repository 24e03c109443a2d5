"""Masks as COCO's uncompressed run-length encoding, and the pixels of a picture that they cover.

Legend: H height, W width of a mask; P pixels, C colour channels.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from data.errors import UserError

__all__ = ["covered", "decoded", "encoded"]

MOST_PX = 2000  # of a region that are looked at, evenly spaced
MOST_CELLS = 2**24  # of a mask


def encoded(inside_HW: np.ndarray) -> dict[str, Any]:
    """`size`, height and width, and `counts`: pixels outside, then inside, and so on, down the columns."""
    bounds = np.flatnonzero(np.diff(inside_HW.T.ravel().astype(np.int8), prepend=0))
    counts = np.diff(np.concatenate([[0], bounds, [inside_HW.size]])).tolist()
    return {"size": list(inside_HW.shape), "counts": counts}


def decoded(size: Sequence[int], counts: Sequence[int]) -> np.ndarray:
    """The mask, bool (H, W); raises `UserError` if the counts do not fill it."""
    height, width = size
    if height * width > MOST_CELLS or sum(counts) != height * width:
        raise UserError(f"a mask of {height} x {width} has runs of {sum(counts)} pixels; they have to fill it")
    values = np.arange(len(counts)) % 2 == 1
    return np.repeat(values, counts).reshape(width, height).T


def covered(image_HWC: np.ndarray, inside_HW: np.ndarray | None, box: Sequence[float]) -> np.ndarray:
    """Pixels uint8 (P, C) of a picture under a mask of any size, or without one under a box, in shares of its sides."""
    if inside_HW is not None and inside_HW.any():
        down_P, across_P = np.nonzero(inside_HW)
        shares_P2 = np.stack([(down_P + 0.5) / inside_HW.shape[0], (across_P + 0.5) / inside_HW.shape[1]], axis=1)
    else:
        side = np.linspace(0, 1, round(MOST_PX**0.5))
        grid_P2 = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
        x0, y0, x1, y1 = box
        shares_P2 = (y0, x0) + grid_P2 * (y1 - y0, x1 - x0)
    shares_P2 = shares_P2[:: -(-len(shares_P2) // MOST_PX)]
    rows, columns = image_HWC.shape[:2]
    at_P2 = np.minimum((shares_P2 * (rows, columns)).astype(int), (rows - 1, columns - 1))
    return np.asarray(image_HWC[at_P2[:, 0], at_P2[:, 1]])
