"""Silhouettes of beds."""

from itertools import pairwise

import numpy as np
from numpy.random import Generator

from data.world.home.solids import Block, blocks, draw_view, two_legs
from data.world.parts import Shape

__all__ = ["bed"]


def bed(rng: Generator) -> Shape:
    view = draw_view(rng, 0.7)
    wide = float(rng.choice([0.5, 0.78])) * float(rng.uniform(0.95, 1.05))
    long, foot, frame = float(rng.uniform(0.9, 1.05)), 0.1, 0.3
    top = frame + 0.2
    head = top + float(rng.uniform(0.3, 0.62))
    board = str(rng.choice(["wood", "main", "second"]))
    padded = board != "wood"
    quilt = float(rng.uniform(-0.35, -0.1)) * long
    rows = [
        Block(
            (-wide - 0.04, foot, -long - 0.12),
            (wide + 0.04, head, -long),
            board,
            "fabric" if padded else "wood",
            False,
            0.1 if padded else 0.03,
        ),
        Block(
            (-wide, foot, -long),
            (wide, frame, long),
            "wood" if not padded else board,
            "wood" if not padded else "fabric",
            False,
            0.03,
        ),
        Block((-wide * 0.97, frame, -long), (wide * 0.97, top, long * 0.98), "trim", "fabric", False, 0.07),
    ]
    count = 1 if wide < 0.6 else 2
    edges = np.linspace(-wide * 0.9, wide * 0.9, count + 1)
    pads = [
        Block(
            (a + 0.05, top, -long + 0.06),
            (b - 0.05, top + 0.14, -long + 0.42),
            "trim" if i % 2 else "second",
            "fabric",
            False,
            0.16,
        )
        for i, (a, b) in enumerate(pairwise(edges))
    ]
    cover = Block(
        (-wide * 1.03, frame - 0.06, quilt), (wide * 1.03, top + 0.05, long * 1.02), "main", "fabric", True, 0.08
    )
    fold = Block(
        (-wide * 1.035, top + 0.02, quilt - 0.06),
        (wide * 1.035, top + 0.07, quilt + 0.16),
        "second",
        "fabric",
        False,
        0.04,
    )
    legs = [
        two_legs(view, wide * 0.92, long * 0.95, foot + 0.04, 0, 0.1, "wood" if board == "wood" else "dark", front)
        for front in (False, True)
    ]
    parts = [*legs, *blocks(view, [*rows, *(pads if view.yaw < 0 else pads[::-1]), cover, fold])]
    return Shape(
        tuple(parts), {"size": "single" if count == 1 else "double", "headboard": "padded" if padded else "wood"}
    )
