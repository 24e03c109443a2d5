"""Backdrops: what a picture shows behind its objects, and where its floor begins."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from data.world.palettes import Colour, oklch
from data.world.surfaces import (
    Canvas,
    boards,
    calm,
    clutter,
    floor_in_perspective,
    grid,
    linen,
    marble,
    studio,
    tiles,
    wall,
    woven,
)

__all__ = ["SETTINGS", "Backdrop", "draw_backdrop", "room"]


@dataclass(frozen=True)
class Backdrop:
    """A painted canvas, its name, and where the floor begins (a share of the height; 1 where there is none)."""

    canvas: Canvas
    setting: str
    horizon: float = 1.0


def room(size: int, rng: Generator, subject: Colour, horizon: float | None = None) -> Backdrop:
    """A wall, a skirting board and a floor."""
    horizon = float(rng.uniform(0.55, 0.74)) if horizon is None else horizon
    blurred = rng.random() < 0.2
    canvas = (clutter if blurred else wall)(size, rng, subject)
    floor = floor_in_perspective(size, rng, subject, horizon)
    line = round(horizon * size)
    canvas = np.array(np.broadcast_to(canvas, (size, size, 3)), dtype=np.float32)
    canvas[line:] = floor[line:]
    if not blurred:
        skirting = max(round(size * rng.uniform(0.012, 0.04)), 2)
        canvas[line - skirting : line] = oklch(rng.choice([0.95, 0.9, 0.45]), 0.015, 80)
        canvas[line - skirting : line - skirting + 1] *= np.float32(0.85)
    canvas[line : line + 2] *= np.float32(0.75)
    reach = round(size * 0.1)
    fade = np.linspace(0.86, 1, reach, dtype=np.float32)[: size - line - 2, None, None]
    canvas[line + 2 : line + 2 + reach] *= fade
    return Backdrop(canvas, "clutter" if blurred else "room", horizon)


_FLAT: dict[str, Callable[[int, Generator, Colour], Canvas]] = {
    "boards": boards,
    "linen": linen,
    "studio": studio,
    "marble": marble,
    "woven": woven,
    "tiles": tiles,
}

_UPRIGHT: dict[str, Callable[[int, Generator, Colour], Canvas]] = {
    "wall": wall,
    "studio": studio,
    "clutter": clutter,
    "boards": boards,
}

SETTINGS = tuple(sorted({*_FLAT, *_UPRIGHT, "room", "sweep"}))


def _sweep(size: int, rng: Generator, subject: Colour) -> Backdrop:
    """A photographer's paper sweep: floor and wall of one colour, meeting softly."""
    x, y = grid(size)
    base, horizon = calm(rng, subject), float(rng.uniform(0.5, 0.68))
    bend = 1 / (1 + np.exp(-(y - np.float32(horizon)) * np.float32(rng.uniform(12, 40))))
    tone = 0.88 + 0.14 * bend + 0.08 * (x - 0.5) * np.float32(rng.uniform(-1, 1))
    return Backdrop((base * tone[..., None]).astype(np.float32), "sweep", horizon)


def draw_backdrop(stance: str, size: int, rng: Generator, subject: Colour) -> Backdrop:
    """A background that suits how the object rests and from which its colour stands out."""
    if stance == "stand":
        return room(size, rng, subject) if rng.random() < 0.7 else _sweep(size, rng, subject)
    table = _FLAT if stance == "flat" else _UPRIGHT
    setting = str(rng.choice(list(table)))
    canvas = np.array(np.broadcast_to(table[setting](size, rng, subject), (size, size, 3)), dtype=np.float32)
    return Backdrop(canvas, setting)
