"""Contact sheets: many pictures side by side, to be looked at.

`python -m data.world.sheet world.png` renders one of the world.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from data.files import atomic

__all__ = ["contact_sheet", "main"]


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


def main(arguments: Sequence[str] | None = None) -> None:
    """Render a contact sheet of the world into a PNG."""
    from data.world.rendering import draw, jobs

    parser = argparse.ArgumentParser(prog="python -m data.world.sheet", description=main.__doc__)
    parser.add_argument("path", type=Path, help="the PNG to write")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--objects", type=int, default=93)
    parser.add_argument("--scenes", type=int, default=12)
    parser.add_argument("--size-px", type=int, default=224)
    parser.add_argument("--columns", type=int, default=12)
    given = parser.parse_args(arguments)
    pictures = [draw(job).pixels for job in jobs(given.seed, given.objects, given.scenes, given.size_px)]
    with atomic(given.path) as file:
        contact_sheet(pictures, given.columns).save(file, "PNG")


if __name__ == "__main__":
    main()
