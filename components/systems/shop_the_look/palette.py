"""The colours of a thing as shares of a few words of colour.

Legend: H height, W width, C channels, P pixels, K words of colour.
"""

from collections.abc import Sequence

import numpy as np

from data.images import decode
from data.images.oklab import oklab

__all__ = ["WORDS", "covered", "overlap", "palette", "palette_of"]

MOST_PX = 2000  # of a region that are looked at, evenly spaced
SIDE_PX = 48  # of the pictures that colours are counted in
BORDER_SHARE = 0.06  # of a side: what is there is taken for the backdrop
BACKDROP = 0.06  # distance within which a pixel is of the backdrop; 0.02 is just visible
LEAST_SHARE = 0.05  # of the pixels; of a thing that has fewer, all count
GREYS = (0.1, 0.3, 0.5, 0.7, 0.9)
TINTS = tuple((lightness, hue) for lightness in (0.42, 0.66, 0.85) for hue in range(0, 360, 30))
CHROMA = 0.11


def _words() -> np.ndarray:
    """OKLab of each word (K, 3): greys, and twelve hues of three lightnesses."""
    angle = np.deg2rad([hue for _, hue in TINTS])
    tints = np.stack([[light for light, _ in TINTS], CHROMA * np.cos(angle), CHROMA * np.sin(angle)], axis=1)
    greys = np.stack([GREYS, np.zeros(len(GREYS)), np.zeros(len(GREYS))], axis=1)
    return np.concatenate([greys, tints])


WORDS = _words()


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


def palette_of(pixels_P3: np.ndarray) -> np.ndarray:
    """The share of each word among uint8 pixels (P, 3), of which there has to be one; float32 (K,)."""
    return _shares(oklab(pixels_P3))


def palette(picture: bytes) -> np.ndarray:
    """The share of each word among the pixels of a thing on a plain backdrop, float32 (K,).

    Raises:
        PictureError: it cannot be used.
    """
    image_HWC = decode(picture, SIDE_PX)
    step = max(1, min(image_HWC.shape[:2]) // SIDE_PX)
    image_HWC = image_HWC[::step, ::step]
    height, width = image_HWC.shape[:2]
    lab_HW3 = oklab(image_HWC.reshape(-1, 3)).reshape(height, width, 3)
    rim = max(1, round(BORDER_SHARE * min(height, width)))
    inside = np.zeros((height, width), bool)
    inside[rim:-rim, rim:-rim] = True
    backdrop_3 = np.median(lab_HW3[~inside], axis=0)
    lab_P3 = lab_HW3[np.linalg.norm(lab_HW3 - backdrop_3, axis=2) > BACKDROP]
    return _shares(lab_P3 if len(lab_P3) >= LEAST_SHARE * height * width else lab_HW3.reshape(-1, 3))


def _shares(lab_P3: np.ndarray) -> np.ndarray:
    nearest_P = ((lab_P3[:, None] - WORDS) ** 2).sum(axis=2).argmin(axis=1)
    return (np.bincount(nearest_P, minlength=len(WORDS)) / len(lab_P3)).astype(np.float32)


def overlap(palette_NK: np.ndarray, palette_K: np.ndarray) -> np.ndarray:
    """What each palette has in common with another, from 0 to 1, (N,) (Swain and Ballard 1991)."""
    return np.minimum(palette_NK, palette_K).sum(axis=1)
