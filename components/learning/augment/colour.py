"""Changes of a picture's colours: those of TrivialAugment, as tables, matrices and one kernel.

Legend: T side in pixels, 3 colour channels (RGB).
"""

import cv2
import numpy as np

__all__ = ["recoloured"]

RANGE = 0.99  # largest change of the factor of brightness, saturation, contrast and sharpness
FEWEST_BITS = 2
LEVELS = np.arange(256, dtype=np.float32)
GREY = np.array([0.2989, 0.587, 0.114], np.float32)
SOFT = np.array([[1, 1, 1], [1, 5, 1], [1, 1, 1]], np.float32) / 13


def recoloured(picture_TT3: np.ndarray, change: str, strength: float) -> np.ndarray:
    """`picture_TT3` (uint8) with the colours that `change` of a strength in -1 to 1 gives it.

    Factors are 1 + 0.99 * strength; what has no sign takes the strength's size. Each as in torchvision's
    TrivialAugmentWide, which blends with black, grey, the mean grey or the softened picture.
    """
    factor, size = 1 + RANGE * strength, abs(strength)
    match change:
        case "brightness":
            return _looked_up(picture_TT3, LEVELS * factor)
        case "contrast":
            mean = float(GREY @ np.array(cv2.mean(picture_TT3)[:3], np.float32))
            return _looked_up(picture_TT3, LEVELS * factor + mean * (1 - factor))
        case "saturation":
            return cv2.transform(picture_TT3, np.eye(3, dtype=np.float32) * factor + GREY * (1 - factor))
        case "sharpness":
            kernel = SOFT * (1 - factor)
            kernel[1, 1] += factor
            return cv2.filter2D(picture_TT3, -1, kernel, borderType=cv2.BORDER_REPLICATE)
        case "posterize":
            step = 2 ** round((8 - FEWEST_BITS) * size)
            return _looked_up(picture_TT3, LEVELS // step * step)
        case "solarize":
            return _looked_up(picture_TT3, np.where(255 * (1 - size) <= LEVELS, 255 - LEVELS, LEVELS))
        case "autocontrast" | "equalize":
            table = _stretched if change == "autocontrast" else _equalised
            return _looked_up(picture_TT3, np.stack([table(_counts(picture_TT3, channel)) for channel in range(3)], 1))
        case _:
            assert change == "identity"
            return picture_TT3


def _looked_up(picture_TT3: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Each value replaced by its level: 256 of them, or 256 for each channel where the channels differ."""
    table = np.clip(levels, 0, 255).astype(np.uint8)
    return cv2.LUT(picture_TT3, table.reshape(1, 256, -1))


def _counts(picture_TT3: np.ndarray, channel: int) -> np.ndarray:
    return cv2.calcHist([picture_TT3], [channel], None, [256], [0, 256]).ravel()


def _stretched(counts: np.ndarray) -> np.ndarray:
    """Levels from the least to the largest value, stretched to all."""
    present = np.flatnonzero(counts)
    least, most = present[0], present[-1]
    return LEVELS if least == most else (LEVELS - least) * (255 / (most - least))


def _equalised(counts: np.ndarray) -> np.ndarray:
    """Levels that are about equally frequent."""
    step = (counts.sum() - counts[np.flatnonzero(counts)[-1]]) // 255
    if step == 0:
        return LEVELS
    below = np.concatenate([[0], np.cumsum(counts)[:-1]])
    return (below + step // 2) // step
