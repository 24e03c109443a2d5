"""Silhouettes of shelves with books."""

import numpy as np
from numpy.random import Generator

from data.world.home.solids import Block, View, blocks, draw_view, rod
from data.world.parts import Part, Shape

__all__ = ["shelf"]


def shelf(rng: Generator) -> Shape:
    view = draw_view(rng, 0.55)
    half, deep, high = float(rng.uniform(0.42, 0.62)), 0.18, float(rng.uniform(1.5, 2.0))
    rows, wall = int(rng.integers(3, 6)), 0.05
    closed = rng.random() < 0.6
    floors = np.linspace(0.06, high - wall, rows + 1)
    parts: list[Part] = []
    if closed:
        parts += blocks(view, [Block((-half, 0, -deep), (half, high, -deep + 0.02), "main", "wood", False, 0, 0.6)])
    far, near = (
        ((half - wall, half), (-half, -half + wall)) if view.yaw > 0 else ((-half, -half + wall), (half - wall, half))
    )
    if closed:
        parts += blocks(view, [Block((far[0], 0, -deep), (far[1], high, deep), "main", "wood")])
    else:
        posts = [rod(view, (x, high, z), (x, 0, z), 0.05) for x in (-half, half) for z in (-deep, deep)]
        parts.append(Part(tuple(posts), colour="dark", material="metal", radius=0.02))
    for level, floor in enumerate(floors):
        parts += blocks(view, [Block((-half, floor, -deep), (half, floor + wall, deep), "main", "wood", level == rows)])
        if level < rows:
            parts += _contents(view, half, floor + wall, floors[level + 1] - floor - wall, deep, rng)
    if closed:
        parts += blocks(view, [Block((near[0], 0, -deep), (near[1], high, deep), "main", "wood")])
    return Shape(tuple(parts), {"rows": str(rows), "frame": "closed" if closed else "open"})


def _contents(view: View, half: float, floor: float, room: float, deep: float, rng: Generator) -> list[Part]:
    """Books, and here and there a bowl, on one board."""
    x = -half + 0.08
    by_colour: dict[str, list[np.ndarray]] = {}
    while x < half - 0.14:
        if rng.random() < 0.12:
            x += rng.uniform(0.08, 0.2)
            continue
        thick, tall = rng.uniform(0.04, 0.085), room * rng.uniform(0.55, 0.88)
        spine = view.project(
            np.array(
                [
                    (x, floor, deep * 0.5),
                    (x + thick, floor, deep * 0.5),
                    (x + thick, floor + tall, deep * 0.5),
                    (x, floor + tall, deep * 0.5),
                ]
            )
        )
        by_colour.setdefault(str(rng.choice(["second", "accent", "trim", "dark", "leaf", "gold", "seam"])), []).append(
            spine
        )
        x += thick + 0.006
    return [
        Part(tuple(spines), colour=colour, material="paper", bevel=0.4, radius=0.02, shadow=0.2)
        for colour, spines in by_colour.items()
    ]
