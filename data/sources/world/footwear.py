"""Silhouettes of shoes from the side, toe to the right, heel at x = -0.9, ground at y = 0."""

import numpy as np
from numpy.random import Generator

from data.sources.world.curves import curve, ellipse, outline, ribbon
from data.sources.world.parts import Part, Shape, moved, seam

__all__ = ["boot", "heels", "sneaker"]


def _pair(parts: list[Part], rng: Generator) -> tuple[list[Part], str]:
    """Now and then both shoes: the far one behind, higher and a little ahead."""
    if rng.random() < 0.4:
        return parts, "single"
    shift = np.array([[0.97, 0, rng.uniform(0.12, 0.5)], [0, 0.97, rng.uniform(-0.34, -0.16)]])
    return [*(moved(part, shift) for part in parts), *parts], "pair"


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
    parts, count = _pair(parts, rng)
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
    parts, count = _pair(parts, rng)
    return Shape(tuple(parts), {"style": style, "count": count})


def heels(rng: Generator) -> Shape:
    rise = float(rng.uniform(0.42, 0.8))
    style = str(rng.choice(["pump", "ankle-strap", "slingback"]))
    block = rng.random() < 0.4
    toe = float(rng.uniform(0.86, 1.0))
    back = -rise - 0.32
    upper = outline(
        [
            (-0.78, -rise, 1),
            (-0.86, -rise - 0.2),
            (-0.76, back, 1),
            (-0.5, -rise - 0.05),
            (-0.1, -rise * 0.52 - 0.02),
            (0.28, -rise * 0.2 - 0.16),
            (0.44, -0.34, 1),
            (0.7, -0.22),
            (toe, -0.05),
            (toe - 0.02, -0.015, 1),
            (0.4, -0.02),
            (-0.05, -rise * 0.36 + 0.03),
            (-0.45, -rise * 0.86),
        ]
    )
    inside = outline(
        [
            (-0.76, back, 1),
            (-0.45, -rise - 0.16),
            (0.1, -rise * 0.4 - 0.16),
            (0.44, -0.34, 1),
            (0.28, -rise * 0.2 - 0.16),
            (-0.1, -rise * 0.52 - 0.02),
            (-0.5, -rise - 0.05),
        ]
    )
    width = 0.22 if block else 0.07
    heel = outline(
        [
            (-0.84, -rise - 0.02, 1),
            (-0.5, -rise * 0.86, 1),
            (-0.72 + width * 0.7, -rise * 0.45),
            (-0.78 + width, 0, 1),
            (-0.8, 0, 1),
            (-0.8, -rise * 0.5),
        ]
    )
    sole = ribbon(curve([(-0.5, -rise * 0.85), (-0.1, -rise * 0.38), (0.3, -0.02), (toe - 0.06, -0.012)]), 0.035)
    material = str(rng.choice(["leather", "satin", "leather"]))
    parts = [
        Part((inside,), colour="lining", bevel=0.2),
        Part((heel,), material=material, tone=0.9, bevel=0.6, radius=0.06),
        Part((sole,), colour=str(rng.choice(["dark", "second"])), bevel=0.2),
        Part((upper,), material=material, patterned=True, bevel=0.75, radius=0.1),
    ]
    if style != "pump":
        y = back - 0.12 if style == "ankle-strap" else back + 0.02
        strap = ribbon(
            curve(
                [
                    (-0.78, y + 0.06),
                    (-0.6, y - 0.02),
                    (-0.36, y + 0.0),
                    (-0.3, y + 0.09),
                    (-0.5, y + 0.14),
                    (-0.76, y + 0.1),
                ]
            ),
            0.04,
        )
        parts.append(Part((strap,), material=material, bevel=0.5, radius=0.02))
    if rng.random() < 0.25:
        bow = [
            outline([(0.5, -0.32), (0.4, -0.46), (0.34, -0.34)]),
            outline([(0.5, -0.32), (0.64, -0.42), (0.62, -0.28)]),
        ]
        parts.append(Part(tuple(bow), colour="second", material="satin", bevel=0.6, radius=0.04))
    parts, count = _pair(parts, rng)
    return Shape(tuple(parts), {"style": style, "heel": "block" if block else "stiletto", "count": count})
