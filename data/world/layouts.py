"""Layouts of scenes: which objects go where."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from data.world.backdrops import Backdrop, draw_backdrop, room
from data.world.palettes import oklch
from data.world.parts import bounds
from data.world.rail import draw_rail
from data.world.render import Thing
from data.world.wardrobe import Wardrobe

__all__ = ["LAYOUTS", "Standing"]


@dataclass(frozen=True)
class Standing:
    """An object and where it goes, in shares of the picture: its middle, its foot, its longest side."""

    thing: Thing
    x: float
    foot: float
    longest: float
    turn: float = 0.0
    shadow: float = 0.8

    @property
    def height(self) -> float:
        low, high = bounds(self.thing.shape.parts)
        return float((high[1] - low[1]) / (high - low).max()) * self.longest


def _standing(wardrobe: Wardrobe, category: str, x: float, foot: float, scale: float = 1.0) -> Standing:
    thing = wardrobe.choose(category, "stand")
    if category == "lamp":
        scale *= 1.0 if thing.attributes["style"] == "floor" else 0.55
    return Standing(thing, x, foot, wardrobe.size(category) * scale)


def _room_scene(wardrobe: Wardrobe, size_px: int) -> tuple[Backdrop, list[Standing]]:
    """A large piece of furniture, what stands on and beside it, and what hangs above."""
    rng = wardrobe.rng
    horizon = float(rng.uniform(0.52, 0.64))
    anchor_name = str(rng.choice(["sofa", "bed", "armchair", "table", "dresser", "shelf"]))
    x = float(rng.uniform(0.36, 0.64))
    anchor = _standing(wardrobe, anchor_name, x, horizon + float(rng.uniform(0.16, 0.24)))
    rows = [anchor]
    on_wall = []
    slots = [slot for slot in (0.16, 0.38, 0.6, 0.83) if anchor_name != "shelf" or abs(slot - x) > 0.25]
    for slot in rng.permutation(slots)[: int(rng.integers(1, 3))]:
        category = str(rng.choice(["frame", "frame", "clock"]))
        thing = wardrobe.choose(category, "wall")
        on_wall.append(
            Standing(
                thing, float(slot + rng.normal(0, 0.02)), float(rng.uniform(0.27, 0.36)), wardrobe.size(category) * 0.85
            )
        )
    if anchor_name in ("table", "dresser"):
        top = anchor.foot - anchor.height * (0.8 if anchor_name == "table" else 0.88)
        for shift in rng.permutation([-0.25, 0.25])[: int(rng.integers(1, 3))]:
            category = str(rng.choice(["vase", "mug", "teapot", "lamp", "plant"]))
            rows.append(
                _standing(
                    wardrobe, category, x + float(shift) * anchor.longest, top, 0.6 if category == "plant" else 0.9
                )
            )
    elif anchor_name in ("sofa", "armchair", "bed") and rng.random() < 0.6:
        thing = wardrobe.choose("pillow", "flat")
        rows.append(
            Standing(
                thing,
                x + float(rng.uniform(-0.1, 0.1)),
                anchor.foot - anchor.height * 0.34,
                0.15,
                float(rng.normal(0, 0.3)),
                0.5,
            )
        )
    beside = []
    for side in rng.permutation([-1, 1])[: int(rng.integers(1, 3))]:
        category = str(rng.choice(["plant", "lamp", "chair", "armchair", "plant", "lamp", "bag", "backpack"]))
        edge = 0.14 if side < 0 else 0.86
        beside.append(
            _standing(
                wardrobe, category, edge + float(rng.normal(0, 0.03)), horizon + float(rng.uniform(0.1, 0.36)), 0.9
            )
        )
    if rng.random() < 0.5:
        category = str(rng.choice(["sneaker", "boot", "heels", "table", "bag", "teapot"]))
        beside.append(
            _standing(wardrobe, category, float(rng.uniform(0.25, 0.75)), float(rng.uniform(0.93, 0.97)), 0.8)
        )
    behind = [row for row in beside if row.foot <= anchor.foot]
    front = sorted((row for row in beside if row.foot > anchor.foot), key=lambda row: row.foot)
    return room(size_px, rng, anchor.thing.colours["main"], horizon), [*on_wall, *behind, *rows, *front]


def _outfit_scene(wardrobe: Wardrobe, size_px: int) -> tuple[Backdrop, list[Standing]]:
    """Clothes laid out flat, as one would pack them."""
    rng = wardrobe.rng
    top = str(rng.choice(["t-shirt", "shirt", "longsleeve", "hoodie", "jacket"]))
    bottom = str(rng.choice(["pants", "skirt", "shorts"]))
    names = ["dress", "jacket"] if rng.random() < 0.3 else [top, bottom]
    extras = ["sneaker", "boot", "heels", "bag", "backpack", "sunglasses", "hat"]
    shoes = str(rng.choice(extras[:3]))
    others = [str(name) for name in rng.permutation(extras[3:])[: int(rng.integers(1, 4))]]
    left = bool(rng.random() < 0.5)
    spots = [(0.3, 0.32), (0.42, 0.66), (0.76, 0.84), (0.78, 0.2), (0.82, 0.52), (0.14, 0.88)]
    rows = []
    for category, (x, y) in zip([*names, shoes, *others], spots, strict=False):
        thing = wardrobe.choose(category, "flat")
        longest = wardrobe.size(category) * 1.12
        at = Standing(
            thing, (x if left else 1 - x) + float(rng.normal(0, 0.025)), 0, longest, float(rng.normal(0, 0.16))
        )
        rows.append(replace(at, foot=y + float(rng.normal(0, 0.025)) + at.height / 2))
    return draw_backdrop("flat", size_px, rng, rows[0].thing.colours["main"]), rows


def _rail_scene(wardrobe: Wardrobe, size_px: int) -> tuple[Backdrop, list[Standing]]:
    """Clothes that hang side by side on a rail, shoes and bags below."""
    rng = wardrobe.rng
    horizon = float(rng.uniform(0.76, 0.84))
    backdrop = room(size_px, rng, oklch(0.6, 0.05, 250), horizon)
    line = float(rng.uniform(0.1, 0.15))
    draw_rail(backdrop.canvas, line, rng)
    count = int(rng.integers(3, 5))
    rows = []
    for x in np.linspace(0.2, 0.8, count) + rng.normal(0, 0.015, count):
        category = str(rng.choice(["t-shirt", "shirt", "longsleeve", "hoodie", "jacket", "dress", "dress"]))
        thing = wardrobe.choose(category, "hung")
        longest = wardrobe.size(category) * 1.02
        rows.append(Standing(thing, float(x), _hung_foot(thing, longest, line), longest, float(rng.normal(0, 0.03))))
    order = rng.permutation(count)
    rows = [rows[i] for i in order]
    for x in rng.permutation([0.2, 0.45, 0.75])[: int(rng.integers(1, 4))]:
        category = str(rng.choice(["sneaker", "boot", "heels", "bag", "backpack"]))
        rows.append(_standing(wardrobe, category, float(x + rng.normal(0, 0.03)), float(rng.uniform(0.91, 0.97)), 0.85))
    return backdrop, rows


def _hung_foot(thing: Thing, longest: float, line: float) -> float:
    """Where the garment ends when its hook lies over the rail at `line`."""
    low, high = bounds(thing.shape.parts)
    hook = bounds(thing.shape.props)[0][1]
    return line - 0.012 + float((high[1] - hook) / (high - low).max()) * longest


LAYOUTS: dict[str, Callable[[Wardrobe, int], tuple[Backdrop, list[Standing]]]] = {
    "room": _room_scene,
    "outfit": _outfit_scene,
    "rail": _rail_scene,
}
