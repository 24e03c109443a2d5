"""Silhouettes of backpacks."""

import numpy as np
from numpy.random import Generator

from data.world.curves import box, curve, mirrored, ribbon
from data.world.parts import Part, Shape, pair

__all__ = ["backpack"]


def backpack(rng: Generator) -> Shape:
    wide, tall = float(rng.uniform(0.56, 0.68)), float(rng.uniform(0.75, 0.95))
    body = mirrored(
        [
            (0, -tall),
            (wide * 0.6, -tall * 0.97),
            (wide * 0.95, -tall * 0.6),
            (wide, 0.2),
            (wide * 0.96, 0.68),
            (wide * 0.7, 0.78),
            (0, 0.8),
        ]
    )
    pocket = mirrored(
        [(0, 0.08), (wide * 0.62, 0.1), (wide * 0.72, 0.2), (wide * 0.7, 0.6), (wide * 0.5, 0.68), (0, 0.7)]
    )
    strap = ribbon(
        curve([(wide * 0.5, -tall * 0.7), (wide * 1.1, -tall * 0.35), (wide * 1.13, 0.3), (wide * 0.9, 0.66)]), 0.12
    )
    loop = ribbon(curve([(-0.14, -tall + 0.03), (-0.1, -tall - 0.16), (0.1, -tall - 0.16), (0.14, -tall + 0.03)]), 0.06)
    zipper = ribbon(
        curve(
            [
                (-wide * 0.86, -tall * 0.1),
                (-wide * 0.72, -tall * 0.6),
                (0, -tall * 0.78),
                (wide * 0.72, -tall * 0.6),
                (wide * 0.86, -tall * 0.1),
            ]
        ),
        0.03,
    )
    flapped = rng.random() < 0.45
    colour = "second" if rng.random() < 0.4 else "main"
    parts = [
        *pair(Part((strap,), tone=0.8, bevel=0.5, radius=0.05)),
        Part((loop,), colour="dark", radius=0.03),
        Part((body,), patterned=True, bevel=0.8, radius=0.14),
    ]
    if flapped:
        flap = mirrored(
            [
                (0, -tall - 0.02),
                (wide * 0.62, -tall * 0.98),
                (wide * 0.99, -tall * 0.55),
                (wide * 0.98, -0.12),
                (wide * 0.7, 0.02),
                (0, 0.04),
            ]
        )
        belts = [ribbon(np.array([(x, -0.3), (x, 0.2)]), 0.07, cap=False) for x in (-wide * 0.45, wide * 0.45)]
        parts += [Part((flap,), patterned=True, tone=1.04, bevel=0.6, radius=0.08, shadow=0.45)]
    parts.append(
        Part((pocket,), colour=colour, patterned=colour == "main", tone=1.02, bevel=0.6, radius=0.08, shadow=0.45)
    )
    if flapped:
        parts += [
            Part(tuple(belts), colour="wood", material="leather", bevel=0.5, radius=0.03),
            Part(
                tuple(box(x - 0.06, 0.02, x + 0.06, 0.12, 0.02) for x in (-wide * 0.45, wide * 0.45)),
                colour="gold",
                material="metal",
                radius=0.03,
            ),
        ]
    else:
        parts += [
            Part((zipper,), colour="dark", bevel=0.3, radius=0.02, shadow=0.2),
            Part(
                (ribbon(np.array([(-wide * 0.55, 0.2), (wide * 0.55, 0.2)]), 0.028),),
                colour="dark",
                bevel=0.2,
                shadow=0.1,
            ),
            Part((box(wide * 0.5, 0.2, wide * 0.57, 0.32, 0.02),), colour="metal", material="metal", radius=0.02),
        ]
    return Shape(tuple(parts), {"style": "flap" if flapped else "zip"})
