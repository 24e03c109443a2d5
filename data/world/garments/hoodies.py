"""Silhouettes of hooded sweaters."""

from dataclasses import replace

import numpy as np
from numpy.random import Generator

from data.world.curves import curve, mirrored, outline, ribbon
from data.world.garments.sleeves import sleeves
from data.world.garments.torso import armholes, draw_torso, front, hanger
from data.world.parts import Part, Shape

__all__ = ["hoodie"]


def hoodie(rng: Generator) -> Shape:
    fit = str(rng.choice(["regular", "loose"]))
    torso = replace(draw_torso(rng, fit, "crew"), depth=float(rng.uniform(0.12, 0.18)), neck=0.17)
    length, hem = torso.length, torso.hem
    zipped = rng.random() < 0.35
    up = rng.uniform(0.2, 0.36)
    hood = mirrored(
        [(0, -up), (0.18, -up * 0.86), (0.27, -0.08), (0.2, 0.07), (0.06, torso.depth + 0.06), (0, torso.depth + 0.07)]
    )
    inside = mirrored(
        [(0, -up * 0.72), (0.14, -up * 0.58), (0.17, -0.02), (0.09, torso.depth * 0.75), (0, torso.depth + 0.02)]
    )
    pocket = mirrored(
        [
            (0, length - 0.42),
            (0.15, length - 0.42, 1),
            (0.27, length - 0.24, 1),
            (0.27, length - 0.12, 1),
            (0, length - 0.12, 1),
        ]
    )
    band = outline(
        [
            (-hem, length - 0.1, 1),
            (0, length - 0.085),
            (hem, length - 0.1, 1),
            (hem * 0.94, length + 0.02, 1),
            (0, length + 0.035),
            (-hem * 0.94, length + 0.02, 1),
        ]
    )
    cords = [
        ribbon(
            curve(
                [
                    (side * 0.07, torso.depth + 0.02),
                    (side * 0.085, 0.26),
                    (side * rng.uniform(0.06, 0.1), rng.uniform(0.36, 0.48)),
                ]
            ),
            0.02,
        )
        for side in (-1, 1)
    ]
    parts = [
        *sleeves(torso, rng, "long", 0.1),
        front(torso, "knit"),
        armholes(torso),
        Part((pocket,), patterned=True, tone=0.98, bevel=0.35, radius=0.04, shadow=0.4),
        Part((band,), material="knit", tone=0.9, bevel=0.4, radius=0.04, shadow=0.2),
        Part((hood,), patterned=True, material="knit", bevel=0.8, radius=0.1, shadow=0.4),
        Part((inside,), colour="lining", material="knit", bevel=0.1, shadow=0),
        Part(tuple(cords), colour="trim" if rng.random() < 0.6 else "dark", radius=0.02, shadow=0.4),
    ]
    if zipped:
        line = np.array([(0, torso.depth + 0.06), (0, length + 0.02)])
        parts.insert(-1, Part((ribbon(line, 0.035),), colour="metal", material="metal", radius=0.02, shadow=0.3))
    return Shape(
        tuple(parts), {"sleeve": "long", "fit": fit, "closure": "zip" if zipped else "pullover"}, hanger(torso.tip, rng)
    )
