"""Light: where it comes from, what it does to materials, and what the camera makes of it.

Legend: H, W pixels.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

__all__ = ["MATERIALS", "Light", "Material", "draw_light", "expose"]


@dataclass(frozen=True)
class Material:
    """How strongly a material wrinkles, how grainy it is, and how much it shines."""

    wrinkle: float
    grain: float
    gloss: float


MATERIALS = {
    "fabric": Material(0.17, 0.012, 0.0),
    "knit": Material(0.11, 0.035, 0.0),
    "denim": Material(0.18, 0.03, 0.0),
    "satin": Material(0.26, 0.01, 0.1),
    "leather": Material(0.07, 0.015, 0.28),
    "wood": Material(0.05, 0.012, 0.05),
    "metal": Material(0.0, 0.01, 0.5),
    "ceramic": Material(0.0, 0.004, 0.42),
    "plastic": Material(0.0, 0.008, 0.25),
    "rubber": Material(0.0, 0.01, 0.04),
    "paper": Material(0.02, 0.008, 0.0),
    "leaf": Material(0.10, 0.02, 0.12),
    "glass": Material(0.0, 0.0, 0.7),
}


@dataclass(frozen=True)
class Light:
    """The light of one picture: `x`, `y` point to its source (unit vector, y down)."""

    x: float
    y: float
    strength: float  # of shading, 1 is plain daylight
    softness: float  # of shadows, 0 hard to 1 soft
    falloff: float  # how much darker the far side of the picture is
    warmth: float  # below 0 cool, above warm
    exposure: float  # factor
    vignette: float
    noise: float  # standard deviation, 0..1

    @property
    def name(self) -> str:
        return "warm" if self.warmth > 0.035 else "cool" if self.warmth < -0.035 else "neutral"


def draw_light(rng: Generator) -> Light:
    """Light from somewhere above."""
    angle = rng.uniform(np.deg2rad(-165), np.deg2rad(-15))
    return Light(
        x=float(np.cos(angle)),
        y=float(np.sin(angle)),
        strength=float(rng.uniform(0.7, 1.3)),
        softness=float(rng.uniform(0.2, 1)),
        falloff=float(rng.uniform(0.0, 0.24)),
        warmth=float(rng.normal(0, 0.05)),
        exposure=float(rng.uniform(0.9, 1.12)),
        vignette=float(rng.uniform(0, 0.12)),
        noise=float(rng.uniform(0.0, 0.011)),
    )


def expose(canvas: NDArray[np.float32], light: Light, rng: Generator) -> NDArray[np.uint8]:
    """The finished picture, (H, W, 3): falloff, warmth, exposure, vignette and sensor noise."""
    height, width = canvas.shape[:2]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    gain = (
        light.exposure
        * (1 + light.falloff * 0.5 * (x * light.x + y * light.y))
        * (1 - light.vignette * (x * x + y * y) / 2)
    )
    tint = np.array([1 + light.warmth, 1 + light.warmth * 0.15, 1 - light.warmth], dtype=np.float32) * np.float32(255)
    picture = canvas * gain.astype(np.float32)[..., None]
    picture *= tint
    grain = rng.standard_normal((height, width), dtype=np.float32)
    grain *= np.float32(light.noise * 255)
    grain += np.float32(0.5)
    picture += grain[..., None]
    return np.clip(picture, 0, 255, out=picture).astype(np.uint8)
