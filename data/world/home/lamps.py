"""Silhouettes of lamps that stand, on a table or the floor, or hang."""

import numpy as np
from numpy.random import Generator

from data.world.curves import ellipse, mirrored, ribbon
from data.world.parts import Part, Shape

__all__ = ["lamp"]


def lamp(rng: Generator) -> Shape:
    style = str(rng.choice(["table", "floor", "pendant"]))
    form = str(rng.choice(["cone", "drum", "dome"]))
    top, low = {"cone": (0.22, 0.5), "drum": (0.44, 0.48), "dome": (0.12, 0.52)}[form]
    low, tall = low * float(rng.uniform(0.9, 1.1)), float(rng.uniform(0.46, 0.64))
    lit = rng.random() < 0.7
    if form == "dome":
        shade = mirrored([(0, -tall), (top, -tall * 0.98), (low * 0.8, -tall * 0.6), (low, 0, 1), (0, 0.06)])
    else:
        shade = mirrored([(0, -tall - 0.03), (top, -tall, 1), (low, 0, 1), (0, 0.07)])
    rim = ellipse(0, 0, low * 0.985, 0.065)
    shade_parts = [
        Part((shade,), patterned=True, tone=1.06 if lit else 1.0, bevel=0.65, radius=0.12),
        Part((rim,), colour="glow" if lit else "lining", bevel=0, shadow=0),
    ]
    if lit:
        shade_parts.insert(
            1,
            Part(
                (ellipse(0, -tall * 0.3, low * 0.55, tall * 0.42),),
                colour="glow",
                bevel=0,
                shadow=0,
                opacity=0.4,
                feather=0.09,
            ),
        )
    attributes = {"style": style, "shade": form, "light": "on" if lit else "off"}
    if style == "pendant":
        cord = ribbon(np.array([(0, -tall - rng.uniform(0.6, 1.1)), (0, -tall)]), 0.025)
        cap = mirrored([(0, -tall - 0.12), (0.08, -tall - 0.1), (0.1, -tall + 0.02, 1), (0, -tall + 0.02)])
        return Shape(
            (Part((cord,), colour="dark"), Part((cap,), colour="metal", material="metal"), *shade_parts), attributes
        )
    colour, material = [("metal", "metal"), ("wood", "wood"), ("second", "ceramic"), ("dark", "metal")][
        int(rng.integers(4))
    ]
    length = float(rng.uniform(0.55, 0.85)) if style == "table" else float(rng.uniform(1.6, 2.1))
    if style == "table":
        profile = str(rng.choice(["pear", "pillar", "ball"]))
        widths = {"pear": (0.05, 0.08, 0.3, 0.2), "pillar": (0.05, 0.07, 0.07, 0.24), "ball": (0.04, 0.3, 0.26, 0.18)}[
            profile
        ]
        foot = mirrored(
            [
                (0, -0.05),
                (widths[0], -0.05, 1),
                (widths[1], length * 0.35),
                (widths[2], length * 0.7),
                (widths[3], length, 1),
                (0, length + 0.04),
            ]
        )
        base = [Part((foot,), colour=colour, material=material, bevel=0.8, radius=0.1)]
    else:
        base = _stand(length, colour, material, rng.random() < 0.4)
    return Shape((*base, *shade_parts), attributes)


def _stand(length: float, colour: str, material: str, tripod: bool) -> list[Part]:
    if tripod:
        legs = tuple(
            ribbon(np.linspace((0, 0), (x, length + y), 4), 0.055, 0.045)
            for x, y in ((-0.42, 0), (0.1, -0.08), (0.42, 0.02))
        )
        return [Part(legs, colour=colour, material=material, radius=0.03)]
    pole = ribbon(np.array([(0, -0.05), (0, length)]), 0.05, cap=False)
    foot = ellipse(0, length, 0.32, 0.07)
    return [
        Part((foot,), colour=colour, material=material, bevel=0.6, radius=0.05),
        Part((pole,), colour=colour, material=material, radius=0.03),
    ]
