"""Silhouettes of armchairs and sofas."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.random import Generator

from data.world.home.solids import Block, blocks, draw_view, two_legs
from data.world.parts import Shape

__all__ = ["armchair", "sofa"]


def sofa(rng: Generator) -> Shape:
    return _couch(rng, int(rng.choice([2, 3])))


def armchair(rng: Generator) -> Shape:
    return _couch(rng, 1)


def _couch(rng: Generator, seats: int) -> Shape:
    view = draw_view(rng, 0.6)
    wide = {1: 0.36, 2: 0.68, 3: 0.98}[seats] * float(rng.uniform(0.94, 1.08))
    deep, foot = float(rng.uniform(0.42, 0.5)), float(rng.uniform(0.06, 0.2))
    seat, top = foot + float(rng.uniform(0.3, 0.38)), foot + float(rng.uniform(0.72, 1.0))
    arm, high = float(rng.uniform(0.13, 0.24)), seat + float(rng.uniform(0.12, 0.28))
    soft = float(rng.choice([0.06, 0.12, 0.2]))
    material = str(rng.choice(["fabric", "fabric", "satin", "leather"]))
    cloth = Block((0, 0, 0), (0, 0, 0), material=material, patterned=True, soft=soft)
    base = replace(cloth, low=(-wide, foot, -deep), high=(wide, seat - 0.12, deep), soft=0.05, tone=0.92)
    rest = replace(cloth, low=(-wide, foot, -deep - 0.16), high=(wide, top, -deep + 0.08), soft=soft)
    left = replace(cloth, low=(-wide - arm, foot, -deep - 0.1), high=(-wide, high, deep + 0.02), soft=soft)
    right = replace(cloth, low=(wide, foot, -deep - 0.1), high=(wide + arm, high, deep + 0.02), soft=soft)
    edges = np.linspace(-wide, wide, seats + 1)
    cushions = [
        replace(
            cloth,
            low=(a + 0.005, seat - 0.13, -deep + 0.05),
            high=(b - 0.005, seat + 0.02, deep + 0.04),
            soft=0.1,
            tone=1.04,
        )
        for a, b in pairwise(edges)
    ]
    backs = [
        replace(
            cloth,
            low=(a + 0.02, seat - 0.02, -deep + 0.02),
            high=(b - 0.02, top - 0.04, -deep + 0.22),
            soft=0.16,
            tone=1.02,
        )
        for a, b in pairwise(edges)
    ]
    far, near = (right, left) if view.yaw > 0 else (left, right)
    if view.yaw > 0:
        cushions, backs = cushions[::-1], backs[::-1]
    rows = [rest, far, base, *backs, *cushions]
    colour = str(rng.choice(["wood", "dark", "metal"]))
    legs = [two_legs(view, wide * 0.95, deep * 0.9, foot + 0.05, 0.05, 0.08, colour, front) for front in (False, True)]
    parts = [*legs, *blocks(view, [*rows, near])]
    thrown = rng.random() < 0.4
    if thrown:
        x = float(rng.uniform(-0.6, 0.6)) * wide
        pad = Block(
            (x - 0.18, seat, -deep + 0.2), (x + 0.18, seat + 0.32, -deep + 0.32), "second", "fabric", False, 0.14
        )
        at = len(parts) - len(blocks(view, [near]))
        parts[at:at] = blocks(view, [pad])
    attributes = {"seats": str(seats), "arms": "round" if soft > 0.1 else "square", "cloth": material}
    return Shape(tuple(parts), attributes)
