"""Silhouettes of shirts with a collar and buttons."""

from dataclasses import replace

import numpy as np
from numpy.random import Generator

from data.world.curves import ellipse, mirrored, outline
from data.world.garments.sleeves import sleeves
from data.world.garments.torso import armholes, draw_fit, draw_torso, front, hanger, hem
from data.world.parts import Part, Shape, pair

__all__ = ["shirt"]


def shirt(rng: Generator) -> Shape:
    fit, sleeve = draw_fit(rng), str(rng.choice(["long", "long", "short"]))
    torso = replace(draw_torso(rng, fit, "v"), neck=float(rng.uniform(0.13, 0.16)), depth=float(rng.uniform(0.1, 0.24)))
    trim = "trim" if rng.random() < 0.15 else "main"
    n, d = torso.neck, torso.depth
    collar = outline(
        [
            (n * 0.95, -0.07),
            (n + 0.045, 0.02),
            (n * 0.95, d + 0.09, 1),
            (0.0 + n * 0.1, d + 0.01, 1),
            (n * 0.55, d * 0.45),
        ]
    )
    stand = mirrored([(0, -0.06), (n * 0.95, -0.07), (n, 0.03), (0, 0.05)])
    placket = np.array([(-0.035, d), (0.035, d), (0.035, torso.length + 0.01), (-0.035, torso.length + 0.01)])
    buttons = [ellipse(0, y, 0.017, 0.017) for y in np.arange(d + 0.1, torso.length - 0.05, rng.uniform(0.13, 0.18))]
    parts = [
        Part((torso.back(),), colour="lining", bevel=0.2),
        Part((stand,), colour=trim, tone=0.8, bevel=0.3, shadow=0.1),
        *sleeves(torso, rng, sleeve, 0.08 if sleeve == "long" else 0.05, trim),
        front(torso),
        armholes(torso),
        hem(torso),
        Part((placket,), colour=trim, patterned=trim == "main", tone=1.03, bevel=0.25, radius=0.02, shadow=0.25),
        *pair(Part((collar,), colour=trim, patterned=trim == "main", tone=1.05, bevel=0.3, radius=0.03, shadow=0.45)),
        Part(
            tuple(buttons),
            colour="trim" if rng.random() < 0.7 else "dark",
            material="plastic",
            radius=0.015,
            shadow=0.4,
        ),
    ]
    if rng.random() < 0.5:
        pocket = np.add(mirrored([(0, 0.4), (0.1, 0.4, 1), (0.1, 0.55, 1), (0, 0.59, 1)]), (0.2, 0))
        parts.append(Part((pocket,), patterned=True, tone=0.97, bevel=0.2, radius=0.02, shadow=0.4))
    return Shape(tuple(parts), {"sleeve": sleeve, "neckline": "collar", "fit": fit}, hanger(torso.tip, rng))
