"""Silhouettes of dressers."""

from itertools import pairwise

import numpy as np
from numpy.random import Generator

from data.world.curves import ellipse, ribbon
from data.world.home.solids import Block, blocks, draw_view, rod
from data.world.parts import Part, Shape

__all__ = ["dresser"]


def dresser(rng: Generator) -> Shape:
    view = draw_view(rng, 0.55)
    half, deep = float(rng.uniform(0.5, 0.85)), float(rng.uniform(0.28, 0.36))
    foot, high = float(rng.uniform(0.06, 0.24)), float(rng.uniform(0.85, 1.3))
    rows, columns = int(rng.integers(2, 5)), 1 if half < 0.6 else 2
    colour = str(rng.choice(["wood", "dark"]))
    legs = [
        rod(view, (x, foot + 0.05, z), (x * 1.04, 0, z * 1.04), 0.09, 0.06)
        for z in (-deep * 0.85, deep * 0.85)
        for x in (-half * 0.9, half * 0.9)
    ]
    parts = [
        Part(tuple(legs), colour=colour, material="wood", radius=0.03),
        *blocks(
            view,
            [
                Block((-half, foot, -deep), (half, high, deep), "main", "wood", False, 0.02),
                Block(
                    (-half - 0.03, high, -deep - 0.02),
                    (half + 0.03, high + 0.06, deep + 0.03),
                    "wood" if rng.random() < 0.4 else "main",
                    "wood",
                    False,
                    0.01,
                    1.03,
                ),
            ],
        ),
    ]
    fronts, knobs, pulls = [], [], []
    bar = rng.random() < 0.5
    xs, ys = np.linspace(-half, half, columns + 1), np.linspace(foot, high, rows + 1)
    z = deep + 0.004
    for x0, x1 in pairwise(xs):
        for y0, y1 in pairwise(ys):
            quad = np.array(
                [
                    (x0 + 0.035, y0 + 0.03, z),
                    (x1 - 0.035, y0 + 0.03, z),
                    (x1 - 0.035, y1 - 0.03, z),
                    (x0 + 0.035, y1 - 0.03, z),
                ]
            )
            fronts.append(view.project(quad))
            middle, y = (x0 + x1) / 2, (y0 + y1) / 2
            pulls.append(rod(view, (middle - 0.1, y, z), (middle + 0.1, y, z), 0.035))
            spots = view.project(np.array([(middle + dx, y, z) for dx in ((0.0,) if x1 - x0 < 0.8 else (-0.18, 0.18))]))
            knobs += [ellipse(knob_x, knob_y, 0.034, 0.034) for knob_x, knob_y in spots]
    frame = [ribbon(np.concatenate([quad, quad[:1]]), 0.012, cap=False) for quad in fronts]
    parts += [
        Part(tuple(fronts), material="wood", patterned=True, tone=1.02, bevel=0.3, radius=0.03, shadow=0.3),
        Part(tuple(frame), colour="seam", bevel=0, shadow=0, opacity=0.6),
        Part(tuple(pulls if bar else knobs), colour="metal", material="metal", bevel=0.7, radius=0.03, shadow=0.5),
    ]
    return Shape(tuple(parts), {"drawers": str(rows * columns), "handles": "bars" if bar else "knobs"})
