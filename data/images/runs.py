"""Masks as run lengths: of pixels outside, then inside, and so on, down the columns from the left.

They are COCO's uncompressed run-length encoding. Legend: H height, W width in pixels.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from data.errors import UserError

__all__ = ["inside_of", "runs_of"]

MOST_CELLS = 2**24  # of a mask that comes from outside


def runs_of(inside_HW: NDArray[np.bool_], before: int = 0, after: int = 0) -> list[int]:
    """The run lengths of a mask. before, after: pixels outside in columns to the left and right that are left out.

    Source: maskApi.c of the COCO API.
    """
    flat = inside_HW.T.ravel()
    bounds = np.flatnonzero(np.diff(flat.astype(np.int8), prepend=0, append=0)) + before
    counts = np.diff(np.concatenate([[0], bounds, [before + flat.size + after]])).tolist()
    return counts if counts[-1] else counts[:-1]


def inside_of(counts: Sequence[int], height: int, width: int) -> NDArray[np.bool_]:
    """The mask of run lengths, bool (H, W).

    Raises:
        UserError: the lengths do not fill it, or it is too large.
    """
    if not 0 < height * width <= MOST_CELLS or min(counts, default=0) < 0 or sum(counts) != height * width:
        raise UserError(f"a mask of {height} x {width} has runs of {sum(counts)} pixels; they have to fill it")
    inside = np.repeat(np.arange(len(counts)) % 2 == 1, counts)
    return inside.reshape(width, height).T
