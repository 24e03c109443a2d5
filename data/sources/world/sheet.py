"""Contact sheets: many pictures side by side, to be looked at."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = ["contact_sheet"]


def contact_sheet(pictures: Sequence[NDArray[np.uint8]], columns: int, gap_px: int = 4) -> Image.Image:
    """The pictures, each (H, W, 3) of one size, row by row on white.

    Raises:
        ValueError: there are no pictures, or fewer than one column.
    """
    if not pictures or columns < 1:
        raise ValueError(f"a contact sheet needs pictures and columns, given {len(pictures)} and {columns}")
    height, width = pictures[0].shape[:2]
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * (width + gap_px) + gap_px, rows * (height + gap_px) + gap_px), "white")
    for i, pixels in enumerate(pictures):
        row, column = divmod(i, columns)
        sheet.paste(Image.fromarray(pixels), (gap_px + column * (width + gap_px), gap_px + row * (height + gap_px)))
    return sheet
