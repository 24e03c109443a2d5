"""Crop, mirror image, turn, shear and shift of a picture as one resampling.

Legend: S side of the source, T side of the result in pixels, 3 colour channels.
"""

import math

import cv2
import numpy as np

__all__ = ["cropped", "warped"]

SHEAR, SHIFT, TURN_DEGREES = 0.99, 0.3, 135.0  # at full strength; the shift as a share of the side
LEAST_BLUR = 0.02  # weight of a neighbour below which smoothing cannot be seen


def cropped(picture_SS3: np.ndarray, crop: np.ndarray, mirrored: bool, side_px: int) -> np.ndarray:
    """The box `crop` (shares: left, top, width, height) scaled to `side_px`: `picture_TT3`."""
    left, top, width, height = _pixels(crop, len(picture_SS3))
    part = _smoothed(picture_SS3[top : top + height, left : left + width], width / side_px, height / side_px)
    picture_TT3 = cv2.resize(part, (side_px, side_px), interpolation=cv2.INTER_LINEAR)
    return cv2.flip(picture_TT3, 1) if mirrored else picture_TT3


def warped(
    picture_SS3: np.ndarray, crop: np.ndarray, mirrored: bool, change: str, strength: float, side_px: int
) -> np.ndarray:
    """As `cropped`, then turned, sheared or shifted: `picture_TT3`.

    What comes into view is what lies beyond the crop, black beyond the picture.
    """
    left, top, width, height = _pixels(crop, len(picture_SS3))
    source = _smoothed(picture_SS3, width / side_px, height / side_px)
    # from the result's pixels to shares about its centre, through change and mirror, to the source's pixels
    centred = _affine([[1 / side_px, 0, 0.5 / side_px - 0.5], [0, 1 / side_px, 0.5 / side_px - 0.5]])
    mirror = _affine([[-1 if mirrored else 1, 0, 0], [0, 1, 0]])
    placed = _affine([[width, 0, left + width / 2 - 0.5], [0, height, top + height / 2 - 0.5]])
    matrix = placed @ mirror @ _affine(_inverse(change, strength)) @ centred
    return cv2.warpAffine(
        source, matrix[:2], (side_px, side_px), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderValue=(0, 0, 0)
    )


def _inverse(change: str, strength: float) -> list[list[float]]:
    """Where a place of the changed picture came from, about the centre; turns are counter-clockwise."""
    turn, shear, shift = math.radians(TURN_DEGREES * strength), -SHEAR * strength, -SHIFT * strength
    ways: dict[str, list[list[float]]] = {
        "rotate": [[math.cos(turn), -math.sin(turn), 0], [math.sin(turn), math.cos(turn), 0]],
        "shear_x": [[1, shear, 0], [0, 1, 0]],
        "shear_y": [[1, 0, 0], [shear, 1, 0]],
        "translate_x": [[1, 0, shift], [0, 1, 0]],
        "translate_y": [[1, 0, 0], [0, 1, shift]],
    }
    return ways[change]


def _affine(rows: list[list[float]]) -> np.ndarray:
    return np.array([*rows, [0, 0, 1]])


def _pixels(crop: np.ndarray, side_px: int) -> tuple[int, int, int, int]:
    left, top, right, bottom = np.rint(np.array([*crop[:2], *(crop[:2] + crop[2:])]) * side_px).astype(int).tolist()
    return left, top, right - left, bottom - top


def _smoothed(picture: np.ndarray, shrink_x: float, shrink_y: float) -> np.ndarray:
    """`picture` without the detail that shrinking it bilinearly would alias.

    Three taps, whose variance is what a triangle of the shrunken pixel's width has beyond the interpolation's own.
    """
    weight_x, weight_y = _neighbour(shrink_x), _neighbour(shrink_y)
    if max(weight_x, weight_y) < LEAST_BLUR:
        return picture
    taps_x, taps_y = (np.array([weight, 1 - 2 * weight, weight], np.float32) for weight in (weight_x, weight_y))
    border = cv2.BORDER_REPLICATE | cv2.BORDER_ISOLATED
    return cv2.sepFilter2D(picture, -1, taps_x, taps_y, borderType=border)


def _neighbour(shrink: float) -> float:
    return min(max(shrink * shrink - 1, 0) / 12, 1 / 3)
