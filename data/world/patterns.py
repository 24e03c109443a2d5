"""Patterns: textures computed from the coordinates of the cloth, so that they turn and shrink with the object.

Legend: H, W pixels of the patch; `s`, `t` pattern coordinates, (H, W), in the units of the object, where an object
is about 2 across; `px` the length of a pixel in those units, over which edges are softened.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from data.world.palettes import Colour, Colours

__all__ = ["PATTERNS", "Pattern", "draw_pattern", "texture"]

Plane = NDArray[np.floating]
Cloth = NDArray[np.floating]  # (H, W, 3)


@dataclass(frozen=True)
class Pattern:
    """A named pattern with its period (units), angle (radians), inks (the first is the ground) and random table."""

    name: str
    period: float
    angle: float
    inks: tuple[Colour, ...]
    table: NDArray[np.float32]  # (64,) uniform numbers that cells look up


def _edge(distance: Plane, px: float) -> Plane:
    """1 inside (negative distance), 0 outside, one pixel soft."""
    return np.asarray(np.clip(0.5 - distance / px, 0, 1))


def _mix(ground: Cloth, ink: Colour, amount: Plane) -> Cloth:
    return ground + (ink - ground) * amount[..., None]


def _wave(x: Plane, period: float) -> Plane:
    """Distance to the nearest multiple of the period."""
    return np.abs(x - np.round(x / period) * period)


def _ground(s: Plane, pattern: Pattern) -> Cloth:
    return np.broadcast_to(pattern.inks[0], (*s.shape, 3))


def _lookup(pattern: Pattern, i: Plane, j: Plane, salt: int) -> Plane:
    index = (i.astype(np.int32) * 7 + j.astype(np.int32) * 13 + salt * 29 + (i * j).astype(np.int32) * 3) % 64
    return pattern.table[index]


def _solid(s: Plane, _t: Plane, _px: float, pattern: Pattern) -> Cloth:
    return _ground(s, pattern)


def _stripes(s: Plane, t: Plane, px: float, pattern: Pattern) -> Cloth:
    share = 0.15 + 0.2 * float(pattern.table[0])
    image = _mix(_ground(s, pattern), pattern.inks[1], _edge(_wave(t, pattern.period) - share * pattern.period, px))
    if pattern.table[1] > 0.6:  # a thin third stripe between
        thin = _wave(t + pattern.period / 2, pattern.period) - 0.06 * pattern.period
        image = _mix(image, pattern.inks[2], _edge(thin, px))
    return image


def _dots(s: Plane, t: Plane, px: float, pattern: Pattern) -> Cloth:
    row = np.round(t / (pattern.period * 0.87))
    shifted = s + (row % 2) * pattern.period / 2
    radius = np.hypot(_wave(shifted, pattern.period), t - row * pattern.period * 0.87)
    return _mix(
        _ground(s, pattern),
        pattern.inks[1],
        _edge(radius - (0.2 + 0.12 * float(pattern.table[0])) * pattern.period, px),
    )


def _checks(s: Plane, t: Plane, px: float, pattern: Pattern) -> Cloth:
    across = _edge(_wave(s, pattern.period) - pattern.period / 4, px)
    along = _edge(_wave(t, pattern.period) - pattern.period / 4, px)
    return _mix(_ground(s, pattern), pattern.inks[1], (across + along) / 2)


def _plaid(s: Plane, t: Plane, px: float, pattern: Pattern) -> Cloth:
    period = pattern.period * 1.6
    image = _ground(s, pattern)
    for ink, offset, share, amount in ((1, 0.0, 0.2, 0.6), (2, 0.5, 0.06, 0.8), (1, 0.36, 0.035, 0.7)):
        for x in (s, t):
            image = _mix(
                image, pattern.inks[ink], amount * _edge(_wave(x + offset * period, period) - share * period, px)
            )
    return image


def _floral(s: Plane, t: Plane, px: float, pattern: Pattern) -> Cloth:
    period = pattern.period * 1.25
    row = np.round(t / period)
    s = s + (row % 2) * period / 2
    column = np.round(s / period)
    x = s - (column + 0.36 * (_lookup(pattern, column, row, 1) - 0.5)) * period
    y = t - (row + 0.36 * (_lookup(pattern, column, row, 2) - 0.5)) * period
    radius = np.hypot(x, y)
    turn = np.arctan2(y, x) + 6.3 * _lookup(pattern, column, row, 3)
    size = period * (0.27 + 0.1 * _lookup(pattern, column, row, 4))
    leaf_x, leaf_y = x * np.cos(turn * 0) - size * 0.95, y + size * 0.75
    leaves = np.hypot(leaf_x * 0.9 + leaf_y * 0.5, (leaf_y - leaf_x * 0.5) * 2.2) - size * 0.55
    image = _mix(_ground(s, pattern), pattern.inks[3], _edge(leaves, px))
    petals = radius - size * (0.62 + 0.38 * np.abs(np.cos(2.5 * turn)))
    image = _mix(image, pattern.inks[1], _edge(petals, px))
    return _mix(image, pattern.inks[2], _edge(radius - size * 0.3, px))


def _chevron(s: Plane, t: Plane, px: float, pattern: Pattern) -> Cloth:
    bent = t + (0.6 + 0.5 * pattern.table[0]) * _wave(s, pattern.period * 1.3)
    return _mix(_ground(s, pattern), pattern.inks[1], _edge(_wave(bent, pattern.period) - pattern.period / 4, px))


def _gradient(s: Plane, t: Plane, _px: float, pattern: Pattern) -> Cloth:
    amount = np.clip(0.5 + (t - 0.6 * pattern.table[1]) * (0.75 + 0.5 * pattern.table[0]), 0, 1)
    return _mix(_ground(s, pattern), pattern.inks[1], amount * amount * (3 - 2 * amount))


def _terrazzo(s: Plane, t: Plane, px: float, pattern: Pattern) -> Cloth:
    image = _ground(s, pattern)
    for layer, ink in ((5, 1), (9, 2)):
        period = pattern.period * (0.9 + 0.3 * pattern.table[layer])
        u, v = s * 0.8 - t * 0.6 + layer, s * 0.6 + t * 0.8
        column, row = np.round(u / period), np.round(v / period)
        x = u - (column + 0.4 * (_lookup(pattern, column, row, layer) - 0.5)) * period
        y = v - (row + 0.4 * (_lookup(pattern, column, row, layer + 1) - 0.5)) * period
        turn = 6.3 * _lookup(pattern, column, row, layer + 2)
        x, y = x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)
        chip = np.abs(x) * (0.8 + 0.9 * _lookup(pattern, column, row, layer + 3)) + np.abs(y) - 0.26 * period
        image = _mix(image, pattern.inks[ink], _edge(chip, px))
    return image


def _leopard(s: Plane, t: Plane, px: float, pattern: Pattern) -> Cloth:
    period = pattern.period * 0.8
    row = np.round(t / period)
    s = s + (row % 2) * period / 2
    column = np.round(s / period)
    x = s - (column + 0.4 * (_lookup(pattern, column, row, 1) - 0.5)) * period
    y = t - (row + 0.4 * (_lookup(pattern, column, row, 2) - 0.5)) * period
    turn = np.arctan2(y, x)
    radius = np.hypot(x, y * 1.2) + 0.06 * period * np.sin(3 * turn + 6.3 * _lookup(pattern, column, row, 3))
    image = _mix(_ground(s, pattern), pattern.inks[2], 0.6 * _edge(radius - 0.26 * period, px))
    ring = np.abs(radius - 0.28 * period) - 0.085 * period * (
        1 + np.sin(2 * turn + 6.3 * _lookup(pattern, column, row, 4))
    )
    return _mix(image, pattern.inks[1], _edge(ring, px))


PATTERNS: dict[str, Callable[[Plane, Plane, float, Pattern], Cloth]] = {
    "solid": _solid,
    "stripes": _stripes,
    "dots": _dots,
    "checks": _checks,
    "plaid": _plaid,
    "floral": _floral,
    "chevron": _chevron,
    "gradient": _gradient,
    "terrazzo": _terrazzo,
    "leopard": _leopard,
}


def draw_pattern(name: str, colours: Colours, rng: Generator) -> Pattern:
    """A pattern of that name in the object's colours."""
    angle = 0.0
    if name == "stripes":
        angle = float(rng.choice([0.0, 0.0, np.pi / 2, np.pi / 4]))
    elif name in ("checks", "plaid") and rng.random() < 0.2:
        angle = np.pi / 4
    return Pattern(
        name=name,
        period=float(rng.uniform(0.15, 0.34)),
        angle=angle,
        inks=(colours["main"], colours["second"], colours["accent"], colours["leaf"]),
        table=rng.random(64, dtype=np.float32),
    )


def texture(pattern: Pattern, s: Plane, t: Plane, px: float) -> Cloth:
    """The colours of the cloth, (H, W, 3), sRGB in 0..1."""
    if pattern.angle:
        cos, sin = np.float32(np.cos(pattern.angle)), np.float32(np.sin(pattern.angle))
        s, t = s * cos + t * sin, t * cos - s * sin
    return PATTERNS[pattern.name](s, t, px, pattern)
