"""Silhouettes of tables."""

import numpy as np
from numpy.random import Generator

from data.world.curves import ellipse
from data.world.home.solids import Block, View, blocks, draw_view, rod
from data.world.parts import Part, Shape

__all__ = ["table"]


def table(rng: Generator) -> Shape:
    view = draw_view(rng)
    view = View(view.yaw, view.pitch + 0.08)
    form = str(rng.choice(["square", "square", "round"]))
    high = float(rng.choice([0.62, 1.0, 1.15]))
    half, deep = float(rng.uniform(0.6, 1.0)), float(rng.uniform(0.42, 0.6))
    thick = float(rng.uniform(0.06, 0.12))
    legs = (
        str(rng.choice(["four", "three", "pedestal", "hairpin"]))
        if form == "round"
        else str(rng.choice(["four", "four", "trestle", "hairpin"]))
    )
    leg_colour = str(rng.choice(["wood", "dark", "main", "metal"])) if legs != "hairpin" else "dark"
    if form == "round":
        deep = half = float(rng.uniform(0.6, 0.85))
    parts = _table_legs(view, legs, half, deep, high - thick, leg_colour, form)
    if form == "round":
        centre = view.project(np.array([(0.0, high, 0.0)]))[0]
        rx, ry = half, half * np.sin(view.pitch)
        low = ellipse(centre[0], centre[1] + thick, rx, ry)
        parts += [
            Part(
                (low, np.array([(-rx, centre[1]), (rx, centre[1]), (rx, centre[1] + thick), (-rx, centre[1] + thick)])),
                material="wood",
                tone=0.8,
                bevel=0.3,
                radius=0.05,
            ),
            Part(
                (ellipse(centre[0], centre[1], rx, ry),),
                material="wood",
                patterned=True,
                tone=1.06,
                bevel=0.1,
                shadow=0,
            ),
        ]
    else:
        parts += blocks(view, [Block((-half, high - thick, -deep), (half, high, deep), "main", "wood", True, 0.02)])
    if form == "square" and legs == "four" and rng.random() < 0.35:
        apron = Block(
            (-half * 0.8, high - thick - 0.16, deep * 0.85),
            (half * 0.8, high - thick, deep * 0.87),
            "main",
            "wood",
            False,
            0,
            0.85,
        )
        at = len(parts) - len(
            blocks(view, [Block((-half, high - thick, -deep), (half, high, deep), "main", "wood", True, 0.02)])
        )
        parts[at:at] = blocks(view, [apron])
    height = "low" if high < 0.8 else "high"
    return Shape(tuple(parts), {"top": form, "legs": legs, "height": height})


def _table_legs(view: View, legs: str, half: float, deep: float, top: float, colour: str, form: str) -> list[Part]:
    material = "metal" if colour in ("metal", "dark") else "wood"
    x, z = (half * 0.62, deep * 0.62) if form == "round" else (half * 0.9, deep * 0.88)
    if legs == "pedestal":
        foot = view.project(np.array([(0.0, 0.0, 0.0)]))[0]
        base = ellipse(foot[0], foot[1], half * 0.5, half * 0.5 * np.sin(view.pitch) + 0.03)
        return [
            Part((base,), colour=colour, material=material, bevel=0.4),
            Part((rod(view, (0, top, 0), (0, 0.02, 0), 0.16, 0.2),), colour=colour, material=material, radius=0.05),
        ]
    if legs == "three":
        spots = [(x * np.cos(a), z * np.sin(a)) for a in (0.5, 2.6, 4.7)]
    else:
        spots = [(-x, -z), (x, -z), (-x, z), (x, z)]
    spots.sort(key=lambda spot: view.depth((spot[0], 0, spot[1])))
    outlines = []
    for sx, sz in spots:
        if legs == "hairpin":
            outlines += [
                rod(view, (sx * 0.88, top, sz), (sx * 1.02, 0, sz * 1.04), 0.03),
                rod(view, (sx, top, sz * 0.8), (sx * 1.02, 0, sz * 1.04), 0.03),
            ]
        elif legs == "trestle":
            outlines += [rod(view, (sx * 0.78, top, 0), (sx, 0, sz * 1.05), 0.09)]
        else:
            outlines += [rod(view, (sx, top, sz), (sx * 1.04, 0, sz * 1.04), 0.1, 0.07)]
    if legs == "trestle":
        outlines.append(rod(view, (-x * 0.85, top * 0.5, 0), (x * 0.85, top * 0.5, 0), 0.07))
    half_way = len(outlines) // 2
    return [
        Part(tuple(outlines[:half_way]), colour=colour, material=material, tone=0.82, radius=0.025, shadow=0.1),
        Part(tuple(outlines[half_way:]), colour=colour, material=material, radius=0.025, shadow=0.15),
    ]
