"""The rail that clothes hang from."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from data.world.palettes import oklch

__all__ = ["draw_rail"]


def draw_rail(canvas: NDArray[np.float32], line: float, rng: Generator) -> None:
    """Paint a bar across the canvas, (H, W, 3), in place, at the height `line` (a share)."""
    size = canvas.shape[0]
    thick = max(round(size * 0.018), 2)
    top = round(line * size)
    colour = oklch(0.75, 0.01, 250) if rng.random() < 0.5 else oklch(0.5, 0.07, 60)
    canvas[top + thick : top + 2 * thick] *= np.float32(0.82)
    across = np.linspace(1.15, 0.65, thick, dtype=np.float32)[:, None, None]
    canvas[top : top + thick] = np.clip(colour * across, 0, 1)
