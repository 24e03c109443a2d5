"""Silhouettes of what one sits or lies on: chairs, sofas, beds."""

import numpy as np
from numpy.random import Generator

from data.sources.world.curves import ellipse
from data.sources.world.parts import Part, Shape
from data.sources.world.solids import Block, View, blocks, draw_view, rod

__all__ = ["armchair", "bed", "chair", "sofa"]


def _legs(view: View, half: float, deep: float, top: float, splay: float, width: float, colour: str, front: bool) -> Part:
    """The two back or the two front legs."""
    z = deep if front else -deep
    legs = tuple(
        rod(view, (x, top, z), (x * (1 + splay), 0, z * (1 + splay)), width, width * 0.7) for x in (-half, half)
    )
    return Part(legs, colour=colour, material="metal" if colour in ("metal", "dark") else "wood", bevel=0.6, radius=0.02, shadow=0.15)


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
        parts += [_legs(view, half * 0.88, deep * 0.88, seat, splay, width, frame, False)]
        front = [_legs(view, half * 0.88, deep * 0.88, seat, splay, width, frame, True)]
    else:
        parts += _swivel(view, seat)
        front = []
    plate = Block((-half, seat - 0.07, -deep), (half, seat + 0.07, deep), cushion, material, padded, 0.12 if padded else 0.04)
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
    return [Part(wheels, colour="dark", material="plastic", radius=0.03), Part((*feet, pole), colour="metal", material="metal", radius=0.03)]


def _chair_back(
    view: View, back: str, half: float, deep: float, seat: float, top: float, frame: str, upholstery: tuple[str, str, bool], width: float
) -> list[Part]:
    z, lean = -deep * 0.9, -deep * 1.15
    material = "metal" if frame == "metal" else "wood"

    def at(x: float, share: float) -> tuple[float, float, float]:
        return x, seat + (top - seat) * share, z + (lean - z) * share

    posts = [rod(view, at(x, 0), at(x, 1), width) for x in (-half * 0.9, half * 0.9)]
    rail = [rod(view, at(-half * 0.9, 1), at(half * 0.9, 1), width * 1.5)]
    if back == "panel":
        colour, cloth, padded = upholstery
        panel = Block((-half * 0.92, seat + (top - seat) * 0.22, z - 0.08), (half * 0.92, top, z + 0.03), colour, cloth, padded, 0.14)
        return [Part(tuple(posts), colour=frame, material=material, radius=0.03, shadow=0.15), *blocks(view, [panel])]
    if back == "ladder":
        bars = [rod(view, at(-half * 0.9, s), at(half * 0.9, s), width * 1.25) for s in (0.35, 0.62, 0.88)]
    else:
        count, thin = (4, width * 1.1) if back == "slats" else (7, width * 0.42)
        bars = [rod(view, at(x, 0.02), at(x, 1), thin) for x in np.linspace(-half * 0.62, half * 0.62, count)]
    return [Part((*posts, *bars, *rail), colour=frame, material=material, bevel=0.6, radius=0.03, shadow=0.25)]


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
    cloth = {"colour": "main", "material": material, "patterned": True}
    base = Block((-wide, foot, -deep), (wide, seat - 0.12, deep), soft=0.05, tone=0.92, **cloth)
    rest = Block((-wide, foot, -deep - 0.16), (wide, top, -deep + 0.08), soft=soft, **cloth)
    left = Block((-wide - arm, foot, -deep - 0.1), (-wide, high, deep + 0.02), soft=soft, **cloth)
    right = Block((wide, foot, -deep - 0.1), (wide + arm, high, deep + 0.02), soft=soft, **cloth)
    edges = np.linspace(-wide, wide, seats + 1)
    cushions = [Block((a + 0.005, seat - 0.13, -deep + 0.05), (b - 0.005, seat + 0.02, deep + 0.04), soft=0.1, tone=1.04, **cloth) for a, b in zip(edges, edges[1:], strict=False)]
    backs = [Block((a + 0.02, seat - 0.02, -deep + 0.02), (b - 0.02, top - 0.04, -deep + 0.22), soft=0.16, tone=1.02, **cloth) for a, b in zip(edges, edges[1:], strict=False)]
    far, near = (right, left) if view.yaw > 0 else (left, right)
    if view.yaw > 0:
        cushions, backs = cushions[::-1], backs[::-1]
    rows = [rest, far, base, *backs, *cushions]
    colour = str(rng.choice(["wood", "dark", "metal"]))
    legs = [_legs(view, wide * 0.95, deep * 0.9, foot + 0.05, 0.05, 0.08, colour, front) for front in (False, True)]
    parts = [*legs, *blocks(view, [*rows, near])]
    thrown = rng.random() < 0.4
    if thrown:
        x = float(rng.uniform(-0.6, 0.6)) * wide
        pad = Block((x - 0.18, seat, -deep + 0.2), (x + 0.18, seat + 0.32, -deep + 0.32), "second", "fabric", False, 0.14)
        at = len(parts) - len(blocks(view, [near]))
        parts[at:at] = blocks(view, [pad])
    attributes = {"seats": str(seats), "arms": "round" if soft > 0.1 else "square", "cloth": material}
    return Shape(tuple(parts), attributes)


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
        Block((-wide - 0.04, foot, -long - 0.12), (wide + 0.04, head, -long), board, "fabric" if padded else "wood", False, 0.1 if padded else 0.03),
        Block((-wide, foot, -long), (wide, frame, long), "wood" if not padded else board, "wood" if not padded else "fabric", False, 0.03),
        Block((-wide * 0.97, frame, -long), (wide * 0.97, top, long * 0.98), "trim", "fabric", False, 0.07),
    ]
    count = 1 if wide < 0.6 else 2
    edges = np.linspace(-wide * 0.9, wide * 0.9, count + 1)
    pads = [Block((a + 0.05, top, -long + 0.06), (b - 0.05, top + 0.14, -long + 0.42), "trim" if i % 2 else "second", "fabric", False, 0.16) for i, (a, b) in enumerate(zip(edges, edges[1:], strict=False))]
    cover = Block((-wide * 1.03, frame - 0.06, quilt), (wide * 1.03, top + 0.05, long * 1.02), "main", "fabric", True, 0.08)
    fold = Block((-wide * 1.035, top + 0.02, quilt - 0.06), (wide * 1.035, top + 0.07, quilt + 0.16), "second", "fabric", False, 0.04)
    legs = [_legs(view, wide * 0.92, long * 0.95, foot + 0.04, 0, 0.1, "wood" if board == "wood" else "dark", front) for front in (False, True)]
    parts = [*legs, *blocks(view, [*rows, *(pads if view.yaw < 0 else pads[::-1]), cover, fold])]
    return Shape(tuple(parts), {"size": "single" if count == 1 else "double", "headboard": "padded" if padded else "wood"})
