"""Palettes: named families of colour, drawn in OKLCH so that equal steps look equal.

Source of the conversion: B. Ottosson, "A perceptual color space for image processing" (2020).
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

__all__ = ["PALETTES", "PARTNERS", "Colour", "Palette", "colours", "distance", "oklch", "to_oklab"]

Colour = NDArray[np.float32]  # (3,), sRGB in 0..1
Colours = dict[str, Colour]

_TO_LMS = np.array(
    [[1, 0.3963377774, 0.2158037573], [1, -0.1055613458, -0.0638541728], [1, -0.0894841775, -1.2914855480]]
)
_TO_RGB = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)


@dataclass(frozen=True)
class Palette:
    """Ranges of OKLCH lightness, chroma and hue (degrees)."""

    lightness: tuple[float, float]
    chroma: tuple[float, float]
    hue: tuple[float, float]

    def draw(self, rng: Generator) -> Colour:
        return oklch(rng.uniform(*self.lightness), rng.uniform(*self.chroma), rng.uniform(*self.hue))


PALETTES: dict[str, Palette] = {
    "red": Palette((0.48, 0.59), (0.16, 0.21), (20, 30)),
    "orange": Palette((0.68, 0.76), (0.14, 0.18), (48, 62)),
    "yellow": Palette((0.82, 0.90), (0.13, 0.17), (86, 98)),
    "green": Palette((0.46, 0.70), (0.08, 0.14), (132, 156)),
    "teal": Palette((0.50, 0.68), (0.07, 0.11), (186, 208)),
    "blue": Palette((0.50, 0.68), (0.10, 0.16), (240, 262)),
    "navy": Palette((0.27, 0.36), (0.06, 0.10), (256, 274)),
    "purple": Palette((0.44, 0.64), (0.10, 0.16), (296, 316)),
    "pink": Palette((0.72, 0.84), (0.08, 0.14), (348, 368)),
    "brown": Palette((0.38, 0.52), (0.06, 0.09), (46, 62)),
    "beige": Palette((0.80, 0.88), (0.03, 0.06), (72, 88)),
    "grey": Palette((0.54, 0.74), (0.0, 0.012), (240, 260)),
    "black": Palette((0.20, 0.28), (0.0, 0.015), (250, 290)),
    "white": Palette((0.94, 0.98), (0.0, 0.012), (80, 110)),
}

PARTNERS = {  # second colours that go well with a family, for patterns, trims and what stands beside it
    "red": ("white", "navy", "pink", "beige", "black"),
    "orange": ("white", "brown", "beige", "navy", "teal"),
    "yellow": ("white", "grey", "navy", "brown", "green"),
    "green": ("white", "beige", "yellow", "brown", "navy", "pink"),
    "teal": ("white", "orange", "beige", "navy", "yellow"),
    "blue": ("white", "yellow", "navy", "beige", "orange"),
    "navy": ("white", "red", "beige", "pink", "yellow", "grey"),
    "purple": ("white", "pink", "yellow", "beige", "navy"),
    "pink": ("white", "red", "navy", "green", "brown", "purple"),
    "brown": ("beige", "white", "orange", "teal", "pink"),
    "beige": ("brown", "navy", "red", "green", "black", "white"),
    "grey": ("white", "black", "yellow", "pink", "navy"),
    "black": ("white", "beige", "grey", "red", "yellow", "pink"),
    "white": ("navy", "black", "red", "blue", "green", "pink", "brown"),
}


def oklch(lightness: float, chroma: float, hue: float) -> Colour:
    """sRGB in 0..1 of an OKLCH colour (hue in degrees), clipped to the gamut."""
    angle = np.deg2rad(hue)
    lms = (_TO_LMS @ np.array([lightness, chroma * np.cos(angle), chroma * np.sin(angle)])) ** 3
    linear = np.clip(_TO_RGB @ lms, 0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055).astype(np.float32)


def to_oklab(colour: Colour) -> NDArray[np.float64]:
    """OKLab of an sRGB colour in 0..1."""
    rgb = np.asarray(colour, dtype=np.float64)
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return np.linalg.solve(_TO_LMS, np.cbrt(np.linalg.solve(_TO_RGB, linear)))


def distance(left: Colour, right: Colour) -> float:
    """How different two colours look: Euclidean in OKLab, 0.02 just visible, 1 black to white."""
    return float(np.linalg.norm(to_oklab(left) - to_oklab(right)))


def colours(palette: str, rng: Generator) -> Colours:
    """A colour for each role, around a main colour of the family `palette`."""
    main = PALETTES[palette].draw(rng)
    partners = list(PARTNERS[palette])
    rng.shuffle(partners)
    second = PALETTES[partners[0]].draw(rng)
    light = to_oklab(main)[0]
    wood = oklch(rng.uniform(0.42, 0.76), rng.uniform(0.05, 0.085), rng.uniform(52, 74))
    grey = rng.uniform(0.55, 0.8)
    return {
        "main": main,
        "second": second,
        "accent": PALETTES[partners[1]].draw(rng),
        "seam": (main * 0.62 if light > 0.42 else main + 0.16).astype(np.float32),
        "lining": (main * 0.55 if light > 0.42 else main * 0.5).astype(np.float32),
        "trim": oklch(rng.uniform(0.93, 0.98), 0.012, 85),
        "dark": oklch(rng.uniform(0.2, 0.3), 0.012, 60),
        "wood": wood,
        "metal": oklch(grey, 0.008, 250) if rng.random() < 0.6 else oklch(0.7, 0.09, 82),
        "gold": oklch(0.76, 0.1, 84),
        "leaf": oklch(rng.uniform(0.45, 0.64), rng.uniform(0.09, 0.14), rng.uniform(128, 152)),
        "soil": oklch(0.32, 0.03, 55),
        "glow": oklch(0.95, 0.06, 88),
        "glass": oklch(0.9, 0.02, 220),
        "paper": oklch(0.97, 0.01, 90),
    }
