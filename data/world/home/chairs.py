"""Silhouettes of chairs."""

import numpy as np
from numpy.random import Generator

from data.world.curves import ellipse
from data.world.home.solids import Block, View, blocks, draw_view, rod, two_legs
from data.world.parts import Part, Shape

__all__ = ["chair"]


def chair(rng: Generator) -> Shape:
    view = draw_view(rng)
    back = str(rng.choice(["slats", "panel", "spindles", "ladder"]))
    base = str(rng.choice(["legs", "legs", "legs", "swivel"]))
    half, deep = float(rng.uniform(0.4, 0.5)), float(rng.uniform(0.38, 0.46))
    seat, top = float(rng.uniform(0.82, 0.96)), float(rng.uniform(1.65, 2.05))
    arms = rng.random() < 0.3
    frame = "main" if rng.random() < 0.45 else str(rng.choice(["wood", "dark"]))
    padded = rng.random() < 0.6
    cushion, material = ("main", "fabric") if padded else (frame if frame != "main" else "main", "wood")
    width = float(rng.uniform(0.07, 0.11))
    parts: list[Part] = []
    if base == "legs":
        splay = float(rng.uniform(0, 0.25))
        parts += [two_legs(view, half * 0.88, deep * 0.88, seat, splay, width, frame, False)]
        front = [two_legs(view, half * 0.88, deep * 0.88, seat, splay, width, frame, True)]
    else:
        parts += _swivel(view, seat)
        front = []
    plate = Block(
        (-half, seat - 0.07, -deep), (half, seat + 0.07, deep), cushion, material, padded, 0.12 if padded else 0.04
    )
    seat_parts = blocks(view, [plate])
    back_parts = _chair_back(view, back, half, deep, seat, top, frame, (cushion, material, padded), width)
    # From the front the back rest stands behind the seat.
    parts += [*front, *back_parts, *seat_parts]
    if arms:
        for x in (half, -half) if view.yaw > 0 else (-half, half):
            post = rod(view, (x, seat, deep * 0.6), (x, seat + 0.34, deep * 0.6), width * 0.8)
            rail = rod(view, (x, seat + 0.36, -deep), (x, seat + 0.36, deep * 0.8), width)
            parts.append(Part((post, rail), colour=frame, material="wood", radius=0.03, shadow=0.25))
    attributes = {"back": back, "base": base, "arms": "yes" if arms else "no", "seat": "padded" if padded else "hard"}
    return Shape(tuple(parts), attributes)


def _swivel(view: View, seat: float) -> list[Part]:
    pole = rod(view, (0, seat, 0), (0, 0.16, 0), 0.1)
    angles = np.linspace(0, 2 * np.pi, 5, endpoint=False) + 0.3
    feet = [rod(view, (0, 0.18, 0), (0.44 * np.cos(a), 0.08, 0.44 * np.sin(a)), 0.08, 0.05) for a in angles]
    ends = view.project(np.array([(0.44 * np.cos(a), 0.05, 0.44 * np.sin(a)) for a in angles]))
    wheels = tuple(ellipse(x, y, 0.055, 0.06) for x, y in ends)
    return [
        Part(wheels, colour="dark", material="plastic", radius=0.03),
        Part((*feet, pole), colour="metal", material="metal", radius=0.03),
    ]


def _chair_back(
    view: View,
    back: str,
    half: float,
    deep: float,
    seat: float,
    top: float,
    frame: str,
    upholstery: tuple[str, str, bool],
    width: float,
) -> list[Part]:
    z, lean = -deep * 0.9, -deep * 1.15
    material = "metal" if frame == "metal" else "wood"

    def at(x: float, share: float) -> tuple[float, float, float]:
        return x, seat + (top - seat) * share, z + (lean - z) * share

    posts = [rod(view, at(x, 0), at(x, 1), width) for x in (-half * 0.9, half * 0.9)]
    rail = [rod(view, at(-half * 0.9, 1), at(half * 0.9, 1), width * 1.5)]
    if back == "panel":
        colour, cloth, padded = upholstery
        panel = Block(
            (-half * 0.92, seat + (top - seat) * 0.22, z - 0.08),
            (half * 0.92, top, z + 0.03),
            colour,
            cloth,
            padded,
            0.14,
        )
        return [Part(tuple(posts), colour=frame, material=material, radius=0.03, shadow=0.15), *blocks(view, [panel])]
    if back == "ladder":
        bars = [rod(view, at(-half * 0.9, s), at(half * 0.9, s), width * 1.25) for s in (0.35, 0.62, 0.88)]
    else:
        count, thin = (4, width * 1.1) if back == "slats" else (7, width * 0.42)
        bars = [rod(view, at(x, 0.02), at(x, 1), thin) for x in np.linspace(-half * 0.62, half * 0.62, count)]
    return [Part((*posts, *bars, *rail), colour=frame, material=material, bevel=0.6, radius=0.03, shadow=0.25)]
