"""Silhouettes of t-shirts and long-sleeved tops."""

import numpy as np
from numpy.random import Generator

from data.world.curves import mirrored, outline
from data.world.garments.sleeves import sleeves
from data.world.garments.torso import armholes, draw_fit, draw_torso, front, hanger, hem, neckband
from data.world.parts import Part, Shape

__all__ = ["longsleeve", "t_shirt"]


def t_shirt(rng: Generator) -> Shape:
    fit, neckline = draw_fit(rng), str(rng.choice(["crew", "crew", "v", "scoop"]))
    torso = draw_torso(rng, fit, neckline)
    trim = "second" if rng.random() < 0.25 else "main"
    parts = [
        Part((torso.back(),), colour="lining", bevel=0.2),
        *sleeves(torso, rng, "short", 0.05 if trim == "second" else 0, trim),
        front(torso),
        armholes(torso),
        hem(torso),
        neckband(torso, trim),
    ]
    if rng.random() < 0.15:
        pocket = np.add(mirrored([(0, 0.42), (0.09, 0.42, 1), (0.09, 0.55, 1), (0, 0.6, 1)]), (0.19, 0))
        parts.append(Part((pocket,), tone=0.95, bevel=0.2, shadow=0.35))
    return Shape(tuple(parts), {"sleeve": "short", "neckline": neckline, "fit": fit}, hanger(torso.tip, rng))


def longsleeve(rng: Generator) -> Shape:
    fit, neckline = draw_fit(rng), str(rng.choice(["crew", "crew", "v", "boat", "turtleneck"]))
    torso = draw_torso(rng, fit, "crew" if neckline == "turtleneck" else neckline)
    knitted = rng.random() < 0.5
    trim = "second" if rng.random() < 0.2 else "main"
    cloth = front(torso, "knit" if knitted else "fabric")
    cuff = 0.09 if knitted else 0.05
    parts = [
        Part((torso.back(),), colour="lining", bevel=0.2),
        *sleeves(torso, rng, "long", cuff, trim),
        cloth,
        armholes(torso),
    ]
    if knitted:
        band = outline(
            [
                (-torso.hem * 1.0, torso.length - 0.1, 1),
                (0, torso.length - 0.085),
                (torso.hem, torso.length - 0.1, 1),
                (torso.hem * 0.95, torso.length + 0.02, 1),
                (0, torso.length + 0.035),
                (-torso.hem * 0.95, torso.length + 0.02, 1),
            ]
        )
        parts.append(Part((band,), colour=trim, material="knit", tone=0.93, bevel=0.4, radius=0.04, shadow=0.2))
    else:
        parts.append(hem(torso))
    if neckline == "turtleneck":
        n = torso.neck * 0.95
        roll = outline([(-n, -0.1), (0, -0.13), (n, -0.1), (n * 1.12, 0.05), (0, 0.13), (-n * 1.12, 0.05)])
        parts.append(Part((roll,), colour=trim, material="knit", bevel=0.8, radius=0.06, shadow=0.4))
    else:
        parts.append(neckband(torso, trim, 0.06 if knitted else 0.04))
    attributes = {"sleeve": "long", "neckline": neckline, "fit": fit, "cloth": "knit" if knitted else "jersey"}
    return Shape(tuple(parts), attributes, hanger(torso.tip, rng))
