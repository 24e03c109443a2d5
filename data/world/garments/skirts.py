"""Silhouettes of skirts."""

from itertools import pairwise

import numpy as np
from numpy.random import Generator

from data.world.curves import curve, ellipse, mirrored, ribbon
from data.world.garments.waist import inside_back, waistband
from data.world.parts import Part, Shape, seam

__all__ = ["skirt"]


def skirt(rng: Generator) -> Shape:
    length = str(rng.choice(["mini", "knee", "maxi"]))
    cut = str(rng.choice(["pencil", "a-line", "pleated", "tiered"]))
    bottom = {"mini": 0.62, "knee": 0.95, "maxi": 1.45}[length] * float(rng.uniform(0.92, 1.1))
    waist = float(rng.uniform(0.27, 0.33))
    flare = {"pencil": 0.36, "a-line": 0.56, "pleated": 0.58, "tiered": 0.6}[cut] * float(rng.uniform(0.9, 1.15))
    hip = waist + (flare - waist) * 0.5 + (0.05 if cut == "pencil" else 0)
    side = [(waist, 0.05, 1), (hip, 0.05 + (bottom - 0.05) * 0.42), (flare, bottom - 0.03, 1)]
    cloth = mirrored([(0, 0.06), *side, (flare * 0.5, bottom + 0.025), (0, bottom + 0.04)])
    material = str(rng.choice(["fabric", "fabric", "denim", "satin", "leather"]))
    parts = [inside_back(waist), Part((cloth,), material=material, patterned=True, bevel=0.65, radius=0.12)]
    if cut == "pleated":
        edges = np.linspace(-1, 1, int(rng.integers(7, 12)))
        pleats = tuple(
            np.array(
                [
                    (a * waist, 0.08),
                    ((a + b) / 2 * waist, 0.08),
                    ((a + b) / 2 * flare, bottom + 0.03),
                    (a * flare, bottom + 0.02),
                ]
            )
            for a, b in pairwise(edges)
        )
        parts.append(Part(pleats, colour="seam", bevel=0, shadow=0, opacity=0.3))
    elif cut == "tiered":
        for share in (0.36, 0.68):
            y, half = 0.05 + (bottom - 0.05) * share, waist + (flare - waist) * (share + 0.12)
            parts.append(seam(ribbon(curve([(-half, y - 0.02), (0, y + 0.025), (half, y - 0.02)]), 0.03), opacity=0.5))
    else:
        folds = [
            ribbon(
                curve([(x * waist, 0.15), (x * (waist + flare) * 0.55, bottom * 0.55), (x * flare * 0.95, bottom)]),
                0.006,
                0.026,
            )
            for x in np.linspace(-0.7, 0.7, 5 if cut == "a-line" else 2)
        ]
        parts.append(seam(*folds, opacity=0.32))
    if material == "denim" or rng.random() < 0.2:
        buttons = tuple(ellipse(0, y, 0.022, 0.022) for y in np.arange(0.14, bottom - 0.08, 0.13))
        parts.append(Part(buttons, colour="gold", material="metal", radius=0.02))
    parts.append(waistband(waist, 0.08, "main" if rng.random() < 0.7 else "dark"))
    return Shape(tuple(parts), {"length": length, "cut": cut, "cloth": material})
