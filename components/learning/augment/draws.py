"""The random draws for all pictures of a batch.

Legend: N pictures, 4 = left, top, width and height of a box as shares of the picture's side.
"""

from dataclasses import dataclass

import numpy as np

__all__ = ["CHANGES", "GEOMETRIC", "Draws", "draw"]

GEOMETRIC = ("shear_x", "shear_y", "translate_x", "translate_y", "rotate")
CHANGES = (
    *GEOMETRIC,
    "identity",
    "brightness",
    "saturation",
    "contrast",
    "sharpness",
    "posterize",
    "solarize",
    "autocontrast",
    "equalize",
)
SHAPES = CHANGES[: len(GEOMETRIC) + 1]  # those that leave colours as they are
CROP_ASPECT = (3 / 4, 4 / 3)
ERASED_AREA, ERASED_ASPECT = (0.02, 0.33), (0.3, 3.3)


@dataclass(frozen=True)
class Draws:
    """What happens to each of N pictures, in this order.

    crop_N4: the part that is kept and scaled to the output. mirrored_N: left and right swapped.
    change_N: one of CHANGES, and strength_N: how much of it, in -1 to 1.
    erased_N4: the part of the output that turns black; of no width where nothing does.
    """

    crop_N4: np.ndarray
    mirrored_N: np.ndarray
    change_N: np.ndarray
    strength_N: np.ndarray
    erased_N4: np.ndarray


def draw(
    count: int,
    least_area: float,
    strength: float,
    erased: float,
    generator: np.random.Generator,
    recoloured: bool = True,
) -> Draws:
    """Draws for `count` pictures: a crop of `least_area` or more of a picture, a mirror image, a change, an erased box.

    One change a picture, of up to `strength`: at 1 TrivialAugment (arXiv 2103.10158) with its wide ranges; of shape
    alone where not `recoloured`. A share of `erased` loses a box, after arXiv 1708.04896 with the areas and aspects of
    torchvision's RandomErasing.
    """
    crop_N4 = _boxes(count, (least_area, 1.0), CROP_ASPECT, generator)
    mirrored_N = generator.random(count) < 0.5
    change_N = generator.integers(len(CHANGES) if recoloured else len(SHAPES), size=count)
    strength_N = generator.uniform(-strength, strength, count)
    erased_N4 = _boxes(count, ERASED_AREA, ERASED_ASPECT, generator)
    erased_N4[generator.random(count) >= erased, 2] = 0
    return Draws(crop_N4, mirrored_N, change_N, strength_N, erased_N4)


def _boxes(
    count: int, area: tuple[float, float], aspect: tuple[float, float], generator: np.random.Generator
) -> np.ndarray:
    """Boxes inside the picture: area uniform, aspect (width / height) uniform in its logarithm where the box fits."""
    area_N = generator.uniform(*area, count)
    least_N, most_N = np.maximum(aspect[0], area_N), np.minimum(aspect[1], 1 / area_N)
    aspect_N = np.exp(generator.uniform(np.log(least_N), np.log(most_N)))
    size_N2 = np.stack([np.sqrt(area_N * aspect_N), np.sqrt(area_N / aspect_N)], axis=1)
    return np.concatenate([generator.random((count, 2)) * (1 - size_N2), size_N2], axis=1)
