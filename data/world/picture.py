"""A picture of the world with all that is true about it."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from data.world.backdrops import draw_backdrop
from data.world.catalogue import CATEGORIES, design
from data.world.light import draw_light, expose
from data.world.pose import draw_place
from data.world.render import Thing, paint
from data.world.titles import title

__all__ = ["Picture", "Truth", "draw_object", "region_box"]


@dataclass(frozen=True)
class Truth:
    """An object that is seen in a picture: its number in the mask and the design it was painted from."""

    value: int
    thing: Thing


@dataclass(frozen=True)
class Picture:
    """Pixels, (H, W, 3) uint8; region numbers, (H, W) uint8, 0 where there is no object; and the truth."""

    pixels: NDArray[np.uint8]
    mask: NDArray[np.uint8]
    category: str  # empty for scenes
    title: str
    truths: tuple[Truth, ...]
    attributes: dict[str, str] = field(default_factory=dict)


def region_box(mask: NDArray[np.uint8], value: int) -> tuple[int, int, int, int]:
    """The half-open box x0, y0, x1, y1 in pixels that just holds a region of the mask."""
    rows, columns = np.nonzero(mask == value)
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


def draw_object(index: int, size_px: int, rng: Generator) -> Picture:
    """The picture of one object; the category goes round with the index, so that classes are balanced."""
    category = list(CATEGORIES)[index % len(CATEGORIES)]
    thing = replace(design(category, rng), index=index)
    light = draw_light(rng)
    backdrop = draw_backdrop(thing.stance, size_px, rng, thing.colours["main"])
    canvas = backdrop.canvas
    alpha = paint(canvas, thing, draw_place(thing, size_px, backdrop.horizon, rng), light, rng)
    mask = (alpha > 0.5).astype(np.uint8)
    attributes = {**thing.attributes, "setting": backdrop.setting, "light": light.name}
    return Picture(expose(canvas, light, rng), mask, category, title(thing), (Truth(1, thing),), attributes)
