"""Silhouettes of pants and shorts."""

import numpy as np
from numpy.random import Generator

from data.world.curves import Points, curve, ellipse, outline, ribbon
from data.world.garments.waist import inside_back, waistband
from data.world.parts import Part, Shape, flipped, pair, seam

__all__ = ["pants", "shorts"]


def pants(rng: Generator) -> Shape:
    cut = str(rng.choice(["skinny", "straight", "wide", "flared", "jogger"]))
    waist, crotch = float(rng.uniform(0.27, 0.32)), float(rng.uniform(0.48, 0.58))
    bottom = float(rng.uniform(1.75, 2.0))
    width = {"skinny": 0.15, "straight": 0.22, "wide": 0.33, "flared": 0.32, "jogger": 0.16}[cut] * float(
        rng.uniform(0.92, 1.1)
    )
    spread = float(rng.uniform(0.05, 0.13))
    material = (
        "knit"
        if cut == "jogger"
        else str(rng.choice(["denim", "denim", "fabric", "satin" if cut == "wide" else "fabric"]))
    )
    outer = spread + width
    parts = [inside_back(waist), *_trouser_legs(waist, crotch, outer, spread, bottom, material, rng)]
    if cut == "jogger":
        band = np.array(
            [
                (spread, bottom - 0.09),
                (outer, bottom - 0.1),
                (outer * 0.98, bottom + 0.03),
                (spread * 1.05, bottom + 0.04),
            ]
        )
        parts += pair(Part((band,), material="knit", tone=0.9, bevel=0.4, radius=0.03))
    elif material == "fabric" and rng.random() < 0.6:
        crease = ribbon(
            curve([(waist * 0.55, 0.2), (spread + width * 0.5, bottom * 0.6), (spread + width * 0.5, bottom - 0.03)]),
            0.012,
        )
        parts += pair(seam(crease, opacity=0.5))
    elif material == "denim" and rng.random() < 0.4:
        rip = ribbon(np.array([(spread + 0.06, bottom * 0.57), (spread + width * 0.7, bottom * 0.58)]), 0.035)
        parts.append(Part((rip,), colour="trim", tone=0.9, bevel=0.2, shadow=0.2, opacity=0.8))
    parts += _front(waist, crotch, "drawstring" if cut == "jogger" else "button")
    return Shape(tuple(parts), {"cut": cut, "length": "long", "cloth": material})


def shorts(rng: Generator) -> Shape:
    cut = str(rng.choice(["tailored", "denim", "sport", "bermuda"]))
    waist, crotch = float(rng.uniform(0.3, 0.36)), float(rng.uniform(0.46, 0.54))
    bottom = crotch + {"tailored": 0.28, "denim": 0.13, "sport": 0.2, "bermuda": 0.46}[cut] * float(
        rng.uniform(0.85, 1.15)
    )
    spread = float(rng.uniform(0.04, 0.09))
    outer = spread + float(rng.uniform(0.33, 0.42))
    material = {"denim": "denim", "sport": "satin"}.get(cut, "fabric")
    parts = [inside_back(waist), *_trouser_legs(waist, crotch, outer, spread, bottom, material, rng)]
    if cut == "sport":
        stripe = np.array([(waist, 0.1), (waist + 0.05, 0.1), (outer + 0.02, bottom), (outer - 0.04, bottom)])
        parts += pair(Part((stripe,), colour="second", bevel=0.2, shadow=0))
    elif cut == "bermuda" or rng.random() < 0.4:
        cuff = np.array(
            [
                (spread, bottom - 0.07),
                (outer, bottom - 0.09),
                (outer + 0.012, bottom + 0.02),
                (spread - 0.008, bottom + 0.03),
            ]
        )
        parts += pair(Part((cuff,), patterned=True, tone=0.96, bevel=0.4, radius=0.03, shadow=0.35))
    parts += _front(waist, crotch, "drawstring" if cut == "sport" else "button")
    return Shape(tuple(parts), {"cut": cut, "length": "short", "cloth": material})


def _leg(waist: float, crotch: float, outer: float, inner: float, bottom: float, hip: float) -> Points:
    """The right leg from the waist to the hem, `outer` and `inner` being the hem's corners."""
    knee = crotch + (bottom - crotch) * 0.5
    knee_outer = hip + (outer - hip) * 0.62
    knee_inner = 0.03 + (inner - 0.03) * 0.62
    return outline(
        [
            (-0.01, 0.03, 1),
            (waist, 0.03, 1),
            (hip, crotch * 0.62),
            (knee_outer, knee),
            (outer, bottom, 1),
            (inner, bottom + 0.012, 1),
            (knee_inner, knee),
            (0.02, crotch, 1),
            (-0.01, crotch - 0.02, 1),
        ]
    )


def _trouser_legs(
    waist: float, crotch: float, outer: float, inner: float, bottom: float, material: str, rng: Generator
) -> list[Part]:
    hip = waist + float(rng.uniform(0.05, 0.1))
    parts: list[Part] = []
    for mirror in (True, False):
        shift = float(rng.normal(0, 0.015))
        leg = Part(
            (_leg(waist, crotch, outer + shift, inner + shift, bottom, hip),),
            material=material,
            patterned=True,
            bevel=0.6,
            radius=0.08,
            shadow=0.25,
        )
        hem = seam(ribbon(np.array([(outer + shift, bottom - 0.05), (inner + shift, bottom - 0.04)]), 0.01))
        parts += [flipped(leg), flipped(hem)] if mirror else [leg, hem]
    return parts


def _front(waist: float, crotch: float, closure: str) -> list[Part]:
    """Pockets, fly and waistband."""
    pocket = ribbon(curve([(waist * 0.55, 0.1), (waist * 0.72, 0.2), (waist + 0.035, 0.25)]), 0.014)
    parts = [*pair(seam(pocket, opacity=0.9))]
    if closure == "drawstring":
        cords = [ribbon(curve([(s * 0.02, 0.06), (s * 0.05, 0.18), (s * 0.04, 0.3)]), 0.018) for s in (-1, 1)]
        return [*parts, waistband(waist, 0.1), Part(tuple(cords), colour="trim", radius=0.02)]
    fly = ribbon(curve([(0.06, 0.09), (0.06, crotch * 0.6), (0.0, crotch * 0.85)]), 0.012)
    loops = [ribbon(np.array([(x * waist, -0.005), (x * waist, 0.105)]), 0.03, cap=False) for x in (-0.62, 0.62)]
    return [
        *parts,
        seam(fly),
        waistband(waist, 0.09),
        Part(tuple(loops), bevel=0.3, radius=0.015, shadow=0.3),
        Part((ellipse(0.0, 0.05, 0.024, 0.024),), colour="gold", material="metal", radius=0.02),
    ]
