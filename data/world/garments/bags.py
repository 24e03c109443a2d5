"""Silhouettes of handbags, totes and crossbody bags."""

import numpy as np
from numpy.random import Generator

from data.world.curves import box, curve, mirrored, ribbon
from data.world.parts import Part, Shape, seam

__all__ = ["bag"]


def bag(rng: Generator) -> Shape:
    style = str(rng.choice(["tote", "handbag", "crossbody"]))
    top, bottom = float(rng.uniform(0.5, 0.72)), float(rng.uniform(0.55, 0.8))
    tall = {"tote": 1.15, "handbag": 0.85, "crossbody": 0.75}[style] * float(rng.uniform(0.88, 1.12))
    if style == "tote":
        top, bottom = max(top, bottom), min(top, bottom)
    elif style == "crossbody":
        top = bottom * float(rng.uniform(0.9, 1.0))
    body = mirrored(
        [
            (0, 0.0),
            (top, -0.01, 1),
            ((top + bottom) / 2 + 0.02, tall * 0.5),
            (bottom, tall - 0.06),
            (bottom - 0.08, tall),
            (0, tall + 0.02),
        ]
    )
    material = "fabric" if style == "tote" else str(rng.choice(["leather", "leather", "satin"]))
    rise, hold = (
        {"tote": 0.62, "handbag": 0.5, "crossbody": 0.95}[style] * float(rng.uniform(0.85, 1.15)),
        top * {"tote": 0.5, "handbag": 0.55, "crossbody": 0.93}[style],
    )
    thick = {"tote": 0.07, "handbag": 0.075, "crossbody": 0.035}[style]
    strap_colour = "main" if rng.random() < 0.5 else str(rng.choice(["wood", "second", "dark"]))

    def handle(lift: float, shift: float) -> Part:
        path = curve(
            [
                (-hold + shift, 0.1),
                (-hold * 0.92 + shift, -rise * lift * 0.55),
                (shift, -rise * lift),
                (hold * 0.92 + shift, -rise * lift * 0.55),
                (hold + shift, 0.1),
            ]
        )
        return Part(
            (ribbon(path, thick),),
            colour=strap_colour,
            material="leather",
            tone=0.95,
            bevel=0.6,
            radius=0.03,
            shadow=0.35,
        )

    parts = [handle(1.06, 0.04)] if style != "crossbody" else []
    parts += [
        Part((mirrored([(0, -0.03), (top, -0.01, 1), (top * 0.97, 0.05, 1), (0, 0.05)]),), colour="lining", bevel=0),
        Part((body,), material=material, patterned=True, bevel=0.65, radius=0.11),
    ]
    if style != "tote":
        low = tall * float(rng.uniform(0.42, 0.62))
        flap = mirrored([(0, -0.04), (top * 0.98, -0.03, 1), (top * 1.0, low * 0.7), (top * 0.6, low), (0, low * 1.06)])
        parts.append(
            Part(
                (flap,),
                material=material,
                tone=1.05,
                patterned=style == "crossbody",
                bevel=0.5,
                radius=0.06,
                shadow=0.45,
            )
        )
        parts.append(
            Part(
                (box(-0.07, low - 0.06, 0.07, low + 0.07, 0.03),),
                colour="gold",
                material="metal",
                bevel=0.7,
                radius=0.04,
            )
        )
    else:
        parts.append(seam(ribbon(np.array([(-top * 0.97, 0.08), (top * 0.97, 0.08)]), 0.012)))
        if rng.random() < 0.5:
            parts.append(
                Part(
                    (mirrored([(0, tall * 0.35), (0.26, tall * 0.35, 1), (0.24, tall * 0.75, 1), (0, tall * 0.76)]),),
                    tone=0.96,
                    bevel=0.3,
                    radius=0.03,
                    shadow=0.35,
                )
            )
    parts.append(handle(1.0, 0.0))
    return Shape(tuple(parts), {"style": style, "handle": "long" if style == "crossbody" else "short"})
