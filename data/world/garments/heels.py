"""Silhouettes of shoes with heels."""

from numpy.random import Generator

from data.world.curves import curve, outline, ribbon
from data.world.garments.shoes import one_or_both
from data.world.parts import Part, Shape

__all__ = ["heels"]


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
    parts, count = one_or_both(parts, rng)
    return Shape(tuple(parts), {"style": style, "heel": "block" if block else "stiletto", "count": count})
