"""Sizes that pictures are scaled to: an area, at their own aspect.

Legend: H height, W width, C channels.
"""

import cv2
import numpy as np

from data.images import decode, picture_size

__all__ = ["CELL_PX", "WAY_PX", "padded", "scaled_picture", "scaled_size", "working_size"]

CELL_PX = 4  # side of what one value of the network's maps stands for
WAY_PX = 32.0  # the unit of ways from pixels to centres
LEAST_PX = 8


def scaled_size(width_px: int, height_px: int, area_px: float) -> tuple[float, float]:
    """Width and height of about `area_px` together at the same aspect."""
    scale = (area_px / (width_px * height_px)) ** 0.5
    return width_px * scale, height_px * scale


def working_size(width_px: int, height_px: int, side_px: int) -> tuple[int, int]:
    """Width and height at which the network sees a picture: whole cells, of the area of a square of `side_px`.

    The short side of an extreme panorama is at least 8 px and the long one then at most what the area allows.
    """
    width, height = (max(side, LEAST_PX) for side in scaled_size(width_px, height_px, side_px**2))
    most = side_px**2 / LEAST_PX
    return tuple(max(round(min(side, most) / CELL_PX), 1) * CELL_PX for side in (width, height))  # type: ignore[return-value]


def scaled_picture(data: bytes, side_px: int) -> tuple[np.ndarray, tuple[int, int]]:
    """The picture's pixels at its working size, uint8 (H, W, 3), and its own width and height.

    Raises:
        PictureError: it cannot be used.
    """
    width_px, height_px = picture_size(data)
    size = working_size(width_px, height_px, side_px)
    return resized(decode(data, min(size)), size), (width_px, height_px)


def resized(pixels_HW3: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Pixels at another width and height, averaged where that is smaller."""
    shrinks = size[0] <= pixels_HW3.shape[1] and size[1] <= pixels_HW3.shape[0]
    return cv2.resize(pixels_HW3, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)


def padded(map_HWC: np.ndarray, height: int, width: int, value: int) -> np.ndarray:
    """The same with `value` to the right and below, up to `height` and `width`."""
    below, right = height - map_HWC.shape[0], width - map_HWC.shape[1]
    return cv2.copyMakeBorder(map_HWC, 0, below, 0, right, cv2.BORDER_CONSTANT, value=(value,) * 4)
