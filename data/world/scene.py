"""Scenes: several objects in one picture, some hiding parts of others."""

import numpy as np
from numpy.random import Generator

from data.world.layouts import LAYOUTS
from data.world.light import draw_light, expose
from data.world.picture import Picture, Truth
from data.world.pose import place
from data.world.render import paint
from data.world.titles import title
from data.world.wardrobe import Catalogue, Wardrobe

__all__ = ["draw_scene"]

LEAST, MOST = 3, 7  # objects seen
SEEN_SHARE, SEEN_PX = 0.2, 60  # an object counts as seen from these on, in a picture of 224 px


def draw_scene(index: int, size_px: int, rng: Generator, catalogue: Catalogue) -> Picture:
    """A picture of 3 to 7 objects of the catalogue; the layout goes round with the index."""
    layout = list(LAYOUTS)[index % len(LAYOUTS)]
    for _ in range(20):
        picture = _try_scene(layout, size_px, rng, catalogue)
        if LEAST <= len(picture.truths) <= MOST:
            return picture
    raise AssertionError(f"no {layout} scene shows {LEAST} to {MOST} objects")


def _try_scene(layout: str, size_px: int, rng: Generator, catalogue: Catalogue) -> Picture:
    backdrop, rows = LAYOUTS[layout](Wardrobe(catalogue, rng), size_px)
    light = draw_light(rng)
    mask = np.zeros((size_px, size_px), dtype=np.uint8)
    areas = {}
    for value, row in enumerate(rows, start=1):
        centre = (row.x * size_px, (row.foot - row.height / 2) * size_px)
        mirror = bool(rng.random() < 0.5)
        at = place(row.thing, centre, row.longest * size_px, row.turn, mirror)
        solid = paint(backdrop.canvas, row.thing, at, light, rng, row.shadow) > 0.5
        areas[value] = int(solid.sum())
        mask[solid] = value
    truths: list[Truth] = []
    for value, row in enumerate(rows, start=1):
        seen = int((mask == value).sum())
        if seen < max(SEEN_PX * (size_px / 224) ** 2, SEEN_SHARE * areas[value]):
            mask[mask == value] = 0
        else:
            mask[mask == value] = len(truths) + 1
            truths.append(Truth(len(truths) + 1, row.thing))
    attributes = {"scene": layout, "setting": backdrop.setting, "light": light.name}
    return Picture(expose(backdrop.canvas, light, rng), mask, "", _title(layout, truths), tuple(truths), attributes)


def _title(layout: str, truths: list[Truth]) -> str:
    """Such as "Room with a navy sofa, a green plant in a pot and a clock"."""
    names = [title(truth.thing) for truth in truths]
    phrases = [name[:1].lower() + name[1:] for name in names]
    lead = {"room": "Room with", "outfit": "Outfit:", "rail": "Clothes rail with"}[layout]
    return f"{lead} {', '.join(phrases[:-1])} and {phrases[-1]}" if len(phrases) > 1 else f"{lead} {''.join(phrases)}"
