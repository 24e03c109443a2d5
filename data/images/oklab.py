"""Colours as OKLab has them, in which equal distances look equally different.

Source: B. Ottosson, "A perceptual color space for image processing" (2020).
"""

import numpy as np

__all__ = ["oklab"]

TO_LMS_33 = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
TO_LAB_33 = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def oklab(pixels_N3: np.ndarray) -> np.ndarray:
    """Lightness from 0 to 1, green to red and blue to yellow, float64 (N, 3), of uint8 sRGB (N, 3)."""
    linear_N3 = LINEAR[pixels_N3]
    return np.asarray(np.cbrt(linear_N3 @ TO_LMS_33.T) @ TO_LAB_33.T)


SHARES = np.arange(256) / 255
LINEAR = np.where(SHARES <= 0.04045, SHARES / 12.92, ((SHARES + 0.055) / 1.055) ** 2.4)
