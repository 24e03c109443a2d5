"""Silhouettes of boots."""

import numpy as np
from numpy.random import Generator

from data.world.curves import curve, outline, ribbon
from data.world.garments.shoes import one_or_both
from data.world.parts import Part, Shape, seam

__all__ = ["boot"]


def boot(rng: Generator) -> Shape:
    style = str(rng.choice(["chelsea", "laced", "rain", "tall"]))
    top = {"chelsea": -0.98, "laced": -1.15, "rain": -1.45, "tall": -1.75}[style] * float(rng.uniform(0.93, 1.07))
    heel = float(rng.uniform(0.12, 0.28)) if style != "rain" else 0.12
    wide = float(rng.uniform(0.0, 0.08))
    upper = outline(
        [
            (-0.82, -heel, 1),
            (-0.86, -0.4),
            (-0.8, -0.75),
            (-0.86 - wide, top, 1),
            (-0.5, top - 0.02),
            (-0.1 + wide, top + 0.01, 1),
            (-0.12, -0.8),
            (-0.02, -0.55),
            (0.3, -0.42),
            (0.68, -0.36),
            (0.86, -0.2),
            (0.84, -0.1, 1),
        ]
    )
    lip = outline([(-0.86 - wide, top, 1), (-0.48, top - 0.05), (-0.1 + wide, top + 0.01, 1), (-0.48, top + 0.05)])
    sole = outline(
        [
            (-0.86, -heel - 0.02, 1),
            (-0.2, -heel * 0.75 - 0.03),
            (0.5, -0.1),
            (0.9, -0.14, 1),
            (0.92, -0.03),
            (0.84, 0, 1),
            (0.1, 0, 1),
            (-0.2, -heel * 0.35, 1),
            (-0.32, -heel * 0.5, 1),
            (-0.36, 0, 1),
            (-0.84, 0, 1),
        ]
    )
    material = {"rain": "plastic"}.get(style, str(rng.choice(["leather", "leather", "fabric"])))
    parts = [
        Part((upper,), material=material, patterned=True, bevel=0.75, radius=0.13),
        Part((lip,), colour="lining", bevel=0.1, shadow=0),
        Part((sole,), colour="dark" if rng.random() < 0.7 else "wood", material="rubber", bevel=0.4, radius=0.04),
    ]
    if style == "chelsea":
        elastic = outline(
            [(-0.56, top + 0.05, 1), (-0.28, top + 0.05, 1), (-0.32, -0.55), (-0.4, -0.46), (-0.5, -0.55)]
        )
        parts.append(Part((elastic,), colour="dark", material="knit", bevel=0.2, shadow=0.1))
        parts.append(
            Part(
                (ribbon(curve([(-0.82, top + 0.1), (-0.9, top - 0.08), (-0.74, top + 0.05)]), 0.045),),
                bevel=0.3,
                radius=0.02,
            )
        )
    elif style == "laced":
        steps = np.linspace(top + 0.1, -0.5, 6)
        laces = [
            ribbon(np.array([(-0.28 + 0.24 * i / 6, y + 0.07), (-0.08 + 0.26 * max(i - 3, 0) / 3, y)]), 0.04)
            for i, y in enumerate(steps)
        ]
        parts.append(
            seam(ribbon(curve([(-0.34, top + 0.02), (-0.34, -0.75), (-0.02, -0.38), (0.16, -0.12)]), 0.016), opacity=1)
        )
        parts.append(
            Part(tuple(laces), colour="trim" if rng.random() < 0.4 else "gold", bevel=0.5, radius=0.02, shadow=0.4)
        )
    elif style == "rain":
        band = outline(
            [
                (-0.87 - wide, top + 0.02, 1),
                (-0.1 + wide, top + 0.03, 1),
                (-0.1 + wide, top + 0.15, 1),
                (-0.87 - wide, top + 0.14, 1),
            ]
        )
        parts.append(Part((band,), colour="second", material="plastic", bevel=0.5, radius=0.04))
    else:
        zipper = ribbon(curve([(-0.5, top + 0.06), (-0.46, -0.8), (-0.42, -0.3)]), 0.02)
        parts.append(seam(zipper, opacity=1))
    parts, count = one_or_both(parts, rng)
    return Shape(tuple(parts), {"style": style, "count": count})
