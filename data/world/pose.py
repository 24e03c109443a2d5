"""Pose: where an object lies in a picture, how large, turned, mirrored and seen askew."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from data.world.parts import bounds
from data.world.render import Place, Thing

__all__ = ["draw_place", "place"]

_TURN_DEG = {"flat": 16.0, "hung": 3.0, "wall": 2.0, "stand": 1.2}  # standard deviation


def place(
    thing: Thing,
    centre_px: tuple[float, float],
    longest_px: float,
    turn: float = 0.0,
    mirror: bool = False,
    skew: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> Place:
    """Put the middle of the object's bounds at `centre_px` and make its longest side `longest_px`.

    `turn` is in radians; `skew` is a shear and the two perspective terms, in units of the object's half side.
    """
    low, high = bounds(thing.shape.parts)
    extent = float((high - low).max())
    scale = float(longest_px) / extent
    shear, tilt_x, tilt_y = skew
    centred: NDArray[np.float64] = np.eye(3)
    centred[:2, 2] = -(low + high) / 2
    askew = np.array([[-1.0 if mirror else 1.0, shear, 0], [0, 1, 0], [tilt_x * 2 / extent, tilt_y * 2 / extent, 1]])
    cos, sin = np.cos(turn) * scale, np.sin(turn) * scale
    turned = np.array([[cos, -sin, centre_px[0]], [sin, cos, centre_px[1]], [0, 0, 1]])
    return Place(turned @ askew @ centred, scale)


def draw_place(thing: Thing, size_px: int, horizon: float, rng: Generator) -> Place:
    """A natural pose of the only object of a picture, filling about half to nine tenths of it."""
    low, high = bounds(thing.shape.parts)
    span = (high - low) / (high - low).max()
    share = float(rng.uniform(0.6, 0.94))
    turn = float(np.deg2rad(rng.normal(0, _TURN_DEG[thing.stance])))
    if thing.stance == "flat" and rng.random() < 0.12:
        turn += float(rng.choice([-1, 1])) * rng.uniform(0.6, 1.6)
    reach = abs(np.sin(turn)) * 0.25
    share = min(share, 0.94 - reach)
    half = span * share / 2
    top = 0.17 if thing.shape.props else 0.02
    x = rng.uniform(half[0] + 0.02, max(1 - half[0] - 0.02, half[0] + 0.03)) * 0.7 + 0.15
    if thing.stance == "stand":
        base = rng.uniform(max(horizon + 0.14, 0.74), 0.95)
        if 2 * half[1] > base - 0.03:
            shrink = (base - 0.03) / (2 * half[1])
            share, half = share * shrink, half * shrink
        y = base - half[1]
    else:
        y = rng.uniform(half[1] + top, max(1 - half[1] - 0.02, half[1] + top + 0.01))
        y = min(y, 1 - half[1] * 0.97)
    mirror = bool(rng.random() < 0.5)
    skew = (float(rng.normal(0, 0.04)), float(rng.normal(0, 0.035)), float(rng.normal(0, 0.035)))
    return place(thing, (float(x) * size_px, float(y) * size_px), share * size_px, turn, mirror, skew)
