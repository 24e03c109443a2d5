"""Silhouettes of tables and of what things are kept in: shelves, dressers."""

import numpy as np
from numpy.random import Generator

from data.sources.world.curves import ellipse, ribbon
from data.sources.world.parts import Part, Shape
from data.sources.world.solids import Block, View, blocks, draw_view, rod

__all__ = ["dresser", "shelf", "table"]


def table(rng: Generator) -> Shape:
    view = draw_view(rng)
    view = View(view.yaw, view.pitch + 0.08)
    form = str(rng.choice(["square", "square", "round"]))
    high = float(rng.choice([0.62, 1.0, 1.15]))
    half, deep = float(rng.uniform(0.6, 1.0)), float(rng.uniform(0.42, 0.6))
    thick = float(rng.uniform(0.06, 0.12))
    legs = str(rng.choice(["four", "three", "pedestal", "hairpin"])) if form == "round" else str(rng.choice(["four", "four", "trestle", "hairpin"]))
    leg_colour = str(rng.choice(["wood", "dark", "main", "metal"])) if legs != "hairpin" else "dark"
    if form == "round":
        deep = half = float(rng.uniform(0.6, 0.85))
    parts = _table_legs(view, legs, half, deep, high - thick, leg_colour, form)
    if form == "round":
        centre = view.project(np.array([(0.0, high, 0.0)]))[0]
        rx, ry = half, half * np.sin(view.pitch)
        low = ellipse(centre[0], centre[1] + thick, rx, ry)
        parts += [Part((low, np.array([(-rx, centre[1]), (rx, centre[1]), (rx, centre[1] + thick), (-rx, centre[1] + thick)])), material="wood", tone=0.8, bevel=0.3, radius=0.05),
                  Part((ellipse(centre[0], centre[1], rx, ry),), material="wood", patterned=True, tone=1.06, bevel=0.1, shadow=0)]
    else:
        parts += blocks(view, [Block((-half, high - thick, -deep), (half, high, deep), "main", "wood", True, 0.02)])
    if form == "square" and legs == "four" and rng.random() < 0.35:
        apron = Block((-half * 0.8, high - thick - 0.16, deep * 0.85), (half * 0.8, high - thick, deep * 0.87), "main", "wood", False, 0, 0.85)
        at = len(parts) - len(blocks(view, [Block((-half, high - thick, -deep), (half, high, deep), "main", "wood", True, 0.02)]))
        parts[at:at] = blocks(view, [apron])
    height = "low" if high < 0.8 else "high"
    return Shape(tuple(parts), {"top": form, "legs": legs, "height": height})


def _table_legs(view: View, legs: str, half: float, deep: float, top: float, colour: str, form: str) -> list[Part]:
    material = "metal" if colour in ("metal", "dark") else "wood"
    x, z = (half * 0.62, deep * 0.62) if form == "round" else (half * 0.9, deep * 0.88)
    if legs == "pedestal":
        foot = view.project(np.array([(0.0, 0.0, 0.0)]))[0]
        base = ellipse(foot[0], foot[1], half * 0.5, half * 0.5 * np.sin(view.pitch) + 0.03)
        return [Part((base,), colour=colour, material=material, bevel=0.4), Part((rod(view, (0, top, 0), (0, 0.02, 0), 0.16, 0.2),), colour=colour, material=material, radius=0.05)]
    if legs == "three":
        spots = [(x * np.cos(a), z * np.sin(a)) for a in (0.5, 2.6, 4.7)]
    else:
        spots = [(-x, -z), (x, -z), (-x, z), (x, z)]
    spots.sort(key=lambda spot: view.depth((spot[0], 0, spot[1])))
    outlines = []
    for sx, sz in spots:
        if legs == "hairpin":
            outlines += [rod(view, (sx * 0.88, top, sz), (sx * 1.02, 0, sz * 1.04), 0.03), rod(view, (sx, top, sz * 0.8), (sx * 1.02, 0, sz * 1.04), 0.03)]
        elif legs == "trestle":
            outlines += [rod(view, (sx * 0.78, top, 0), (sx, 0, sz * 1.05), 0.09)]
        else:
            outlines += [rod(view, (sx, top, sz), (sx * 1.04, 0, sz * 1.04), 0.1, 0.07)]
    if legs == "trestle":
        outlines.append(rod(view, (-x * 0.85, top * 0.5, 0), (x * 0.85, top * 0.5, 0), 0.07))
    half_way = len(outlines) // 2
    return [Part(tuple(outlines[:half_way]), colour=colour, material=material, tone=0.82, radius=0.025, shadow=0.1),
            Part(tuple(outlines[half_way:]), colour=colour, material=material, radius=0.025, shadow=0.15)]


def shelf(rng: Generator) -> Shape:
    view = draw_view(rng, 0.55)
    half, deep, high = float(rng.uniform(0.42, 0.62)), 0.18, float(rng.uniform(1.5, 2.0))
    rows, wall = int(rng.integers(3, 6)), 0.05
    closed = rng.random() < 0.6
    floors = np.linspace(0.06, high - wall, rows + 1)
    parts: list[Part] = []
    if closed:
        parts += blocks(view, [Block((-half, 0, -deep), (half, high, -deep + 0.02), "main", "wood", False, 0, 0.6)])
    far, near = ((half - wall, half), (-half, -half + wall)) if view.yaw > 0 else ((-half, -half + wall), (half - wall, half))
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
        spine = view.project(np.array([(x, floor, deep * 0.5), (x + thick, floor, deep * 0.5), (x + thick, floor + tall, deep * 0.5), (x, floor + tall, deep * 0.5)]))
        by_colour.setdefault(str(rng.choice(["second", "accent", "trim", "dark", "leaf", "gold", "seam"])), []).append(spine)
        x += thick + 0.006
    return [Part(tuple(spines), colour=colour, material="paper", bevel=0.4, radius=0.02, shadow=0.2) for colour, spines in by_colour.items()]


def dresser(rng: Generator) -> Shape:
    view = draw_view(rng, 0.55)
    half, deep = float(rng.uniform(0.5, 0.85)), float(rng.uniform(0.28, 0.36))
    foot, high = float(rng.uniform(0.06, 0.24)), float(rng.uniform(0.85, 1.3))
    rows, columns = int(rng.integers(2, 5)), 1 if half < 0.6 else 2
    colour = str(rng.choice(["wood", "dark"]))
    legs = [rod(view, (x, foot + 0.05, z), (x * 1.04, 0, z * 1.04), 0.09, 0.06) for z in (-deep * 0.85, deep * 0.85) for x in (-half * 0.9, half * 0.9)]
    parts = [Part(tuple(legs), colour=colour, material="wood", radius=0.03),
             *blocks(view, [Block((-half, foot, -deep), (half, high, deep), "main", "wood", False, 0.02),
                            Block((-half - 0.03, high, -deep - 0.02), (half + 0.03, high + 0.06, deep + 0.03), "wood" if rng.random() < 0.4 else "main", "wood", False, 0.01, 1.03)])]
    fronts, knobs, pulls = [], [], []
    bar = rng.random() < 0.5
    xs, ys = np.linspace(-half, half, columns + 1), np.linspace(foot, high, rows + 1)
    z = deep + 0.004
    for x0, x1 in zip(xs, xs[1:], strict=False):
        for y0, y1 in zip(ys, ys[1:], strict=False):
            quad = np.array([(x0 + 0.035, y0 + 0.03, z), (x1 - 0.035, y0 + 0.03, z), (x1 - 0.035, y1 - 0.03, z), (x0 + 0.035, y1 - 0.03, z)])
            fronts.append(view.project(quad))
            middle, y = (x0 + x1) / 2, (y0 + y1) / 2
            pulls.append(rod(view, (middle - 0.1, y, z), (middle + 0.1, y, z), 0.035))
            knobs += [ellipse(*view.project(np.array([(middle + dx, y, z)]))[0], 0.034, 0.034) for dx in ((0.0,) if x1 - x0 < 0.8 else (-0.18, 0.18))]
    axes = None
    frame = [ribbon(np.concatenate([quad, quad[:1]]), 0.012, cap=False) for quad in fronts]
    parts += [Part(tuple(fronts), material="wood", patterned=True, tone=1.02, bevel=0.3, radius=0.03, shadow=0.3, axes=axes),
              Part(tuple(frame), colour="seam", bevel=0, shadow=0, opacity=0.6),
              Part(tuple(pulls if bar else knobs), colour="metal", material="metal", bevel=0.7, radius=0.03, shadow=0.5)]
    return Shape(tuple(parts), {"drawers": str(rows * columns), "handles": "bars" if bar else "knobs"})
