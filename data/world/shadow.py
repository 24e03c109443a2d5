"""The shadow an object casts on what is behind or below it."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from data.world.light import Light

__all__ = ["cast_shadow"]

_DROP = {"flat": 0.022, "hung": 0.05, "wall": 0.03}  # offset, as a share of the canvas


def cast_shadow(
    canvas: NDArray[np.float32], alpha: NDArray[np.float32], stance: str, light: Light, amount: float
) -> None:
    """Darken the canvas, (H, W, 3), in place, where the object of coverage `alpha`, (H, W), hides the light.

    What lies flat or hangs drops its shadow aside; what stands throws it along the floor from its base.
    """
    size = canvas.shape[1]
    sheet = Image.fromarray((alpha * 255).astype(np.uint8))
    if stance == "stand":
        shade = _floor_shadow(sheet, light, size)
    else:
        offset = _DROP[stance] * size
        moved = sheet.transform(
            sheet.size,
            Image.Transform.AFFINE,
            (1, 0, light.x * offset, 0, 1, light.y * offset),
            Image.Resampling.BILINEAR,
        )
        blurred = moved.filter(ImageFilter.GaussianBlur(offset * (0.35 + 0.65 * light.softness)))
        shade = np.asarray(blurred, dtype=np.float32) * np.float32(0.5 / 255)
    canvas *= 1 - shade[..., None] * np.float32(amount * min(light.strength, 1.1) * (1 - 0.25 * light.softness))


def _floor_shadow(sheet: Image.Image, light: Light, size: int) -> NDArray[np.floating]:
    bounds = sheet.point(lambda value: 255 if value > 127 else 0).getbbox()
    if bounds is None:
        return np.zeros((sheet.height, sheet.width), dtype=np.float32)
    base = bounds[3] - 0.03 * (bounds[3] - bounds[1])
    squash, slant = 0.22, -light.x * 0.55
    # Output (x, y) lies `base - y` above the base line: it comes from 1 / squash times higher in the object.
    matrix = (1, slant / squash, -slant / squash * base, 0, 1 / squash, base - base / squash)
    thrown = sheet.transform(sheet.size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)
    thrown = thrown.filter(ImageFilter.GaussianBlur(size * (0.008 + 0.016 * light.softness)))
    x = (np.arange(sheet.width, dtype=np.float32) - (bounds[0] + bounds[2]) / 2) / (0.6 * (bounds[2] - bounds[0]) + 1)
    y = (np.arange(sheet.height, dtype=np.float32) - base) / (0.09 * (bounds[2] - bounds[0]) + 2)
    contact = np.exp(-np.minimum(2 * (x[None, :] ** 2) ** 2 + y[:, None] ** 2, 20))
    return np.asarray(thrown, dtype=np.float32) * np.float32(0.34 / 255) + contact * np.float32(0.34)
