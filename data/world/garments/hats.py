"""Silhouettes of brimmed hats, caps and beanies."""

import numpy as np
from numpy.random import Generator

from data.world.curves import curve, ellipse, mirrored, outline, ribbon
from data.world.parts import Part, Shape, seam

__all__ = ["hat"]


def hat(rng: Generator) -> Shape:
    style = str(rng.choice(["brim", "cap", "beanie"]))
    return {"brim": _brimmed, "cap": _cap, "beanie": _beanie}[style](rng)


def _brimmed(rng: Generator) -> Shape:
    wide, thick = float(rng.uniform(0.8, 1.05)), float(rng.uniform(0.16, 0.3))
    crown, height, dip = float(rng.uniform(0.42, 0.52)), float(rng.uniform(0.5, 0.68)), float(rng.uniform(0, 0.1))
    brim = outline(
        [
            (-wide, -0.02),
            (-crown, -thick * 0.75),
            (0, -thick),
            (crown, -thick * 0.75),
            (wide, -0.02),
            (crown * 1.1, thick * 0.8),
            (0, thick),
            (-crown * 1.1, thick * 0.8),
        ]
    )
    top = mirrored(
        [
            (0, -height + dip),
            (crown * 0.5, -height - 0.02),
            (crown * 0.86, -height * 0.8),
            (crown, -0.04, 1),
            (crown * 0.5, 0.09),
            (0, 0.12),
        ]
    )
    band = mirrored(
        [
            (0, -0.05),
            (crown * 0.5, -0.075),
            (crown * 0.985, -0.19, 1),
            (crown, -0.04, 1),
            (crown * 0.5, 0.09),
            (0, 0.12),
        ]
    )
    material = str(rng.choice(["fabric", "knit"]))
    parts = (
        Part((brim,), material=material, patterned=True, bevel=0.5, radius=0.06),
        Part((top,), material=material, patterned=True, bevel=0.8, radius=0.14, shadow=0.4),
        Part((band,), colour=str(rng.choice(["second", "dark", "accent"])), material="satin", bevel=0.5, radius=0.06),
    )
    return Shape(parts, {"style": "brim"})


def _cap(rng: Generator) -> Shape:
    height, long = float(rng.uniform(0.62, 0.74)), float(rng.uniform(0.5, 0.68))
    dome = outline(
        [
            (-0.62, 0, 1),
            (-0.6, -height * 0.6),
            (-0.32, -height * 0.97),
            (0.05, -height),
            (0.42, -height * 0.72),
            (0.58, -height * 0.2),
            (0.56, 0.02, 1),
            (0, 0.1),
        ]
    )
    visor = outline(
        [
            (0.3, -0.06),
            (0.55, -0.13, 1),
            (0.8, -0.06),
            (0.55 + long, 0.16),
            (0.5 + long * 0.8, 0.22),
            (0.5, 0.14),
            (0.2, 0.1),
        ]
    )
    lines = [ribbon(curve([(0.02, -height), (x, -height * 0.55), (x * 1.25, 0.04)]), 0.012) for x in (-0.3, 0.22)]
    button = ellipse(0.02, -height - 0.005, 0.05, 0.032)
    parts = (
        Part((visor,), colour="second" if rng.random() < 0.4 else "main", tone=0.92, bevel=0.6, radius=0.06),
        Part((dome,), patterned=True, bevel=0.85, radius=0.16, shadow=0.35),
        seam(*lines, opacity=0.8),
        Part((button,), radius=0.03),
        Part((ellipse(0.34, -height * 0.45, 0.1, 0.11),), colour="accent", bevel=0.3, radius=0.03)
        if rng.random() < 0.5
        else seam(lines[0], opacity=0.1),
    )
    return Shape(parts, {"style": "cap"})


def _beanie(rng: Generator) -> Shape:
    height = float(rng.uniform(0.8, 1.05))
    dome = mirrored([(0, -height), (0.3, -height * 0.93), (0.52, -height * 0.5), (0.56, 0.05, 1), (0, 0.09)])
    cuff = mirrored([(0, -0.14), (0.58, -0.2, 1), (0.6, 0.1), (0.56, 0.16, 1), (0, 0.22)])
    ribs = [
        ribbon(curve([(x * 0.55, -0.15 - 0.02 * (1 - x * x)), (x * 0.57, 0.17)]), 0.014)
        for x in np.linspace(-0.92, 0.92, 15)
    ]
    rows = [
        ribbon(curve([(0, -height), (x * 0.42, -height * 0.6), (x * 0.53, -0.12)]), 0.012)
        for x in np.linspace(-0.85, 0.85, 8)
    ]
    parts = [Part((dome,), material="knit", patterned=True, bevel=0.85, radius=0.16), seam(*rows, opacity=0.4)]
    pompom = rng.random() < 0.5
    if pompom:
        angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
        fluff = 0.19 + 0.025 * rng.standard_normal(48)
        ball = np.stack([fluff * np.cos(angle), -height - 0.1 + fluff * np.sin(angle)], axis=1)
        parts.append(Part((ball,), colour=str(rng.choice(["second", "trim"])), material="knit", bevel=0.9, radius=0.1))
    parts += [
        Part(
            (cuff,),
            colour="second" if rng.random() < 0.3 else "main",
            material="knit",
            tone=1.04,
            bevel=0.6,
            radius=0.06,
            shadow=0.4,
        ),
        seam(*ribs, opacity=0.45),
    ]
    return Shape(tuple(parts), {"style": "beanie", "pompom": "yes" if pompom else "no"})
