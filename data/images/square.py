"""The square that a network sees: the same in the training cache, in evaluation and in serving.

Legend: H height, W width, S side of the square, C colour channels (red, green, blue).
"""

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from PIL import Image

from data.images.decode import decode, picture_size
from data.images.errors import PictureError

__all__ = ["LEAST_BOX_PX", "Framing", "check_box", "square", "to_square"]

LEAST_BOX_PX = 8

Box = Sequence[float]  # x0, y0, x1, y1 in pixels, half open, origin at the top left
Framing = Literal["squash", "crop"]


def square(data: bytes, size_px: int, box: Box | None = None, framing: Framing = "squash") -> np.ndarray:
    """Decode a picture, or the part in `box`, to uint8 (S, S, C).

    box: in pixels of the original picture after EXIF rotation. framing: `squash` gives up the aspect; `crop` keeps it
    and takes the square in the middle of the picture, or the one around the box that holds it as far as the picture
    is large enough.

    Raises:
        PictureError: the picture cannot be used, or the box lies outside it or is under 8 px.
    """
    if box is None and framing == "squash":
        return to_square(decode(data, size_px), size_px)
    width_px, height_px = picture_size(data)
    x0, y0, x1, y1 = check_box(box, width_px, height_px) if box else (0.0, 0.0, float(width_px), float(height_px))
    if framing == "crop":
        x0, y0, x1, y1 = _around_centre(x0, y0, x1, y1, width_px, height_px)
    # Scaled only as far as the box keeps `size_px` on both sides.
    scale = max(size_px / (x1 - x0), size_px / (y1 - y0))
    image_HWC = decode(data, math.ceil(min(width_px, height_px) * scale) if scale < 1 else None)
    x_scale, y_scale = image_HWC.shape[1] / width_px, image_HWC.shape[0] / height_px
    return to_square(image_HWC, size_px, (x0 * x_scale, y0 * y_scale, x1 * x_scale, y1 * y_scale))


def to_square(image_HWC: np.ndarray, size_px: int, box: Box | None = None) -> np.ndarray:
    """Squash a uint8 image, or the part in `box` (in pixels of `image_HWC`), to (S, S, C), antialiased.

    Bilinear with the support widened by the scale, as Pillow resizes.
    """
    if box is not None:
        image_HWC, box = _around(image_HWC, size_px, box)
    return np.array(Image.fromarray(image_HWC).resize((size_px, size_px), Image.Resampling.BILINEAR, box=box))


def check_box(box: Box, width_px: int, height_px: int) -> tuple[float, float, float, float]:
    """The box as floats; raises `PictureError` if it is not inside the picture or under 8 px on a side."""
    x0, y0, x1, y1 = (float(edge) for edge in box)
    if not (0 <= x0 < x1 <= width_px and 0 <= y0 < y1 <= height_px):
        raise PictureError(
            f"the box {x0:g}, {y0:g}, {x1:g}, {y1:g} is not inside the picture of {width_px} x {height_px} px; "
            "give x0, y0, x1, y1 in its pixels"
        )
    if x1 - x0 < LEAST_BOX_PX or y1 - y0 < LEAST_BOX_PX:
        raise PictureError(
            f"the box is {x1 - x0:g} x {y1 - y0:g} px; give one of at least {LEAST_BOX_PX} px on both sides"
        )
    return x0, y0, x1, y1


def _around_centre(
    x0: float, y0: float, x1: float, y1: float, width_px: int, height_px: int
) -> tuple[float, float, float, float]:
    """The square about the box's centre that holds it, no larger than the picture and moved into it."""
    side = min(max(x1 - x0, y1 - y0), width_px, height_px)
    left = min(max((x0 + x1 - side) / 2, 0.0), width_px - side)
    top = min(max((y0 + y1 - side) / 2, 0.0), height_px - side)
    return left, top, left + side, top + side


def _around(image_HWC: np.ndarray, size_px: int, box: Box) -> tuple[np.ndarray, tuple[float, float, float, float]]:
    """The part of a large image that the filter reaches from `box`, and `box` in that part."""
    x0, y0, x1, y1 = box
    x_reach, y_reach = (math.ceil(max(1, side / size_px)) + 1 for side in (x1 - x0, y1 - y0))
    left, top = max(0, math.floor(x0) - x_reach), max(0, math.floor(y0) - y_reach)
    part_HWC = image_HWC[top : math.ceil(y1) + y_reach, left : math.ceil(x1) + x_reach]
    return np.ascontiguousarray(part_HWC), (x0 - left, y0 - top, x1 - left, y1 - top)
