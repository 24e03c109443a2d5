"""Silhouettes of dresses."""

from dataclasses import replace

import numpy as np
from numpy.random import Generator

from data.world.curves import Vertex, curve, mirrored, outline, ribbon
from data.world.garments.sleeves import sleeves
from data.world.garments.torso import draw_torso, hanger
from data.world.parts import Part, Shape, pair, seam

__all__ = ["dress"]


def dress(rng: Generator) -> Shape:
    sleeve = str(rng.choice(["straps", "none", "short", "long"]))
    neckline = str(rng.choice(["v", "scoop", "crew"])) if sleeve != "straps" else "scoop"
    length = str(rng.choice(["mini", "knee", "maxi"]))
    low = {"mini": (1.25, 1.4), "knee": (1.55, 1.75), "maxi": (1.95, 2.25)}[length]
    torso = replace(
        draw_torso(rng, "slim", neckline), chest=float(rng.uniform(0.32, 0.36)), shoulder=float(rng.uniform(0.29, 0.34))
    )
    bottom, waist_y = float(rng.uniform(*low)), float(rng.uniform(0.62, 0.78))
    waist, flare = float(rng.uniform(0.24, 0.29)), float(rng.choice([0.36, 0.52, 0.7]) * rng.uniform(0.9, 1.15))
    inset = torso.chest - 0.04
    top: list[Vertex]
    if sleeve == "straps":
        top = [(0, 0.3), (0.14, 0.24), (0.2, 0.2, 1), (inset, 0.3), (*torso.armpit, 1)]
    else:
        top = [*torso.front_edge(), (*torso.tip, 1), (inset, 0.22), (*torso.armpit, 1)]
    bodice = mirrored([*top, (waist, waist_y, 1), (0, waist_y + 0.015)])
    skirt = mirrored(
        [
            (0, waist_y - 0.01),
            (waist, waist_y - 0.01, 1),
            (waist + (flare - waist) * 0.55, waist_y + (bottom - waist_y) * 0.45),
            (flare, bottom - 0.02, 1),
            (flare * 0.5, bottom + 0.03),
            (0, bottom + 0.045),
        ]
    )
    folds = [
        ribbon(
            curve(
                [
                    (x * waist * 0.8, waist_y + 0.04),
                    (x * (waist + flare) * 0.42, (waist_y + bottom) / 2),
                    (x * flare * 0.86, bottom - 0.06),
                ]
            ),
            0.008,
            0.028,
        )
        for x in np.linspace(-0.8, 0.8, int(rng.integers(4, 8)))
    ]
    parts = [] if sleeve == "straps" else [Part((torso.back(),), colour="lining", bevel=0.2)]
    if sleeve == "straps":
        strap = ribbon(curve([(0.17, 0.0), (0.185, 0.1), (0.19, 0.24)]), 0.035)
        parts += pair(Part((strap,), radius=0.02))
    else:
        parts += sleeves(torso, rng, sleeve)
    parts += [
        Part((skirt,), material="satin" if rng.random() < 0.3 else "fabric", patterned=True, bevel=0.65, radius=0.12),
        seam(*folds, opacity=0.35),
        Part((bodice,), patterned=True, bevel=0.65, radius=0.1, shadow=0.25),
    ]
    if rng.random() < 0.5:
        belt = outline(
            [
                (-waist * 1.02, waist_y - 0.035, 1),
                (0, waist_y - 0.02),
                (waist * 1.02, waist_y - 0.035, 1),
                (waist * 1.02, waist_y + 0.04, 1),
                (0, waist_y + 0.055),
                (-waist * 1.02, waist_y + 0.04, 1),
            ]
        )
        parts.append(
            Part(
                (belt,),
                colour=str(rng.choice(["second", "dark", "accent"])),
                material="leather",
                bevel=0.4,
                radius=0.03,
            )
        )
    tip = torso.tip if sleeve != "straps" else (0.26, 0.02)
    return Shape(
        tuple(parts),
        {"sleeve": sleeve, "neckline": neckline, "length": length, "flare": "flared" if flare > 0.45 else "straight"},
        hanger(tip, rng),
    )
