"""Silhouettes of sneakers."""

import numpy as np
from numpy.random import Generator

from data.world.curves import curve, ellipse, outline, ribbon
from data.world.garments.shoes import one_or_both
from data.world.parts import Part, Shape, seam

__all__ = ["sneaker"]


def sneaker(rng: Generator) -> Shape:
    high = rng.random() < 0.35
    top = -0.86 if high else -0.55
    top *= float(rng.uniform(0.92, 1.08))
    sole = float(rng.uniform(0.13, 0.22))
    throat = float(rng.uniform(-0.16, -0.04))
    upper = outline(
        [
            (-0.88, -sole * 0.8, 1),
            (-0.93, -0.32),
            (-0.84, top, 1),
            (-0.62, top + 0.07),
            (throat - 0.22, top + 0.03, 1),
            (throat + 0.12, -0.5),
            (0.42, -0.36),
            (0.78, -0.27),
            (0.93, -0.14),
            (0.9, -sole * 0.6, 1),
        ]
    )
    bottom = outline(
        [
            (-0.93, -sole, 1),
            (-0.3, -sole * 0.88),
            (0.4, -sole * 0.8),
            (0.97, -sole * 1.05, 1),
            (1.0, -sole * 0.5),
            (0.86, 0, 1),
            (-0.86, 0, 1),
            (-0.97, -sole * 0.5),
        ]
    )
    toe = outline(
        [(0.52, -0.33, 1), (0.8, -0.26), (0.93, -0.14), (0.92, -sole * 0.7, 1), (0.5, -sole * 0.7, 1), (0.45, -0.2)]
    )
    counter = outline(
        [
            (-0.88, -sole * 0.8, 1),
            (-0.93, -0.32),
            (-0.87, top * 0.85, 1),
            (-0.66, top * 0.7, 1),
            (-0.58, -sole * 0.8, 1),
        ]
    )
    tongue = outline(
        [
            (throat - 0.2, top - 0.02),
            (throat - 0.1, top - 0.12),
            (throat + 0.06, top - 0.04),
            (0.36, -0.4),
            (0.2, -0.34),
        ]
    )
    opening = outline([(-0.84, top, 1), (-0.62, top + 0.07), (throat - 0.22, top + 0.03, 1), (-0.5, top - 0.02)])
    laces = []
    for step in np.linspace(0, 1, 6 if high else 4):
        x, y = throat - 0.13 + step * (0.4 - throat), top + 0.1 + step * (-0.44 - top)
        laces.append(ribbon(np.array([(x - 0.08, y + 0.1), (x + 0.09, y - 0.015)]), 0.04))
    parts = [
        Part((tongue,), colour="second", tone=0.92, bevel=0.5, radius=0.05),
        Part((opening,), colour="lining", bevel=0.1),
        Part((upper,), patterned=True, material=str(rng.choice(["leather", "fabric"])), bevel=0.7, radius=0.1),
        Part(
            (toe,),
            colour="trim" if rng.random() < 0.4 else "main",
            tone=0.97,
            material="leather",
            bevel=0.5,
            radius=0.06,
            shadow=0.3,
        ),
        Part((counter,), colour="second", material="leather", bevel=0.45, radius=0.05, shadow=0.3),
        Part(tuple(laces), colour="trim" if rng.random() < 0.75 else "dark", bevel=0.6, radius=0.02, shadow=0.4),
        _mark(sole, rng),
        Part(
            (bottom,),
            colour="trim" if rng.random() < 0.75 else str(rng.choice(["second", "dark"])),
            material="rubber",
            bevel=0.55,
            radius=0.06,
        ),
        seam(
            ribbon(curve([(-0.95, -sole * 0.42), (0, -sole * 0.4), (0.97, -sole * 0.5)]), 0.02),
            colour="second" if rng.random() < 0.5 else "dark",
            opacity=0.7,
        ),
    ]
    parts, count = one_or_both(parts, rng)
    return Shape(tuple(parts), {"height": "high-top" if high else "low-top", "count": count})


def _mark(sole: float, rng: Generator) -> Part:
    """The side's ornament: a wave, two bars or a disc."""
    style = int(rng.integers(3))
    if style == 0:
        shapes = [ribbon(curve([(-0.5, -0.34), (-0.25, -sole - 0.06), (0.1, -0.3), (0.3, -0.4)]), 0.05, 0.02)]
    elif style == 1:
        shapes = [
            ribbon(np.array([(-0.36 + i * 0.14, -sole), (-0.2 + i * 0.14, -0.43)]), 0.06, cap=False)
            for i in range(int(rng.integers(2, 4)))
        ]
    else:
        shapes = [ellipse(-0.3, -0.33, 0.1, 0.1)]
    return Part(
        tuple(shapes),
        colour=str(rng.choice(["second", "accent", "trim"])),
        material="leather",
        bevel=0.3,
        radius=0.03,
        shadow=0.2,
    )
