"""Silhouettes of pillows."""

import numpy as np
from numpy.random import Generator

from data.world.curves import ellipse, outline, ribbon
from data.world.parts import Part, Shape, seam

__all__ = ["pillow"]


def pillow(rng: Generator) -> Shape:
    form = str(rng.choice(["square", "square", "oblong", "round"]))
    wide, tall = {"square": (0.8, 0.8), "oblong": (1.0, 0.6), "round": (0.8, 0.8)}[form]
    tall *= float(rng.uniform(0.9, 1.08))
    pinch = float(rng.uniform(0.05, 0.13))
    if form == "round":
        body = ellipse(0, 0, wide, tall)
    else:
        c = 1.02
        body = outline(
            [
                (-wide * c, -tall * c, 1),
                (0, -tall * (1 - pinch)),
                (wide * c, -tall * c, 1),
                (wide * (1 - pinch), 0),
                (wide * c, tall * c, 1),
                (0, tall * (1 - pinch)),
                (-wide * c, tall * c, 1),
                (-wide * (1 - pinch), 0),
            ]
        )
    material = str(rng.choice(["fabric", "knit", "satin"]))
    finish = (
        str(rng.choice(["plain", "piping", "button", "tassels"]))
        if form != "round"
        else str(rng.choice(["piping", "button"]))
    )
    parts = []
    if finish == "tassels" and form != "round":
        tassels = [ellipse(x * wide * 1.06, y * tall * 1.06, 0.09, 0.09) for x in (-1, 1) for y in (-1, 1)]
        parts.append(Part(tuple(tassels), colour="second", material="knit", radius=0.05))
    elif finish == "piping":
        parts.append(
            Part((ribbon(np.concatenate([body, body[:1]]), 0.065, cap=False),), colour="second", bevel=0.6, radius=0.03)
        )
    parts.append(Part((body,), material=material, patterned=True, bevel=0.95, radius=0.2))
    if finish == "button":
        creases = [
            ribbon(np.linspace((0, 0), (0.42 * np.cos(a), 0.42 * np.sin(a)), 3), 0.04, 0.004)
            for a in np.linspace(0.3, 6.2, 7)
        ]
        parts += [
            seam(*creases, opacity=0.35),
            Part((ellipse(0, 0, 0.07, 0.07),), colour="second", bevel=0.8, radius=0.04),
        ]
    return Shape(tuple(parts), {"form": form, "finish": finish, "cloth": material})
