"""Items without pictures: what the world's objects are like, for worlds too large to be rendered."""

from dataclasses import dataclass, replace

import numpy as np

from data.world.catalogue import CATEGORIES, design, object_id
from data.world.palettes import PALETTES
from data.world.patterns import draw_pattern
from data.world.render import Thing
from data.world.titles import title

__all__ = ["Undrawn", "describe"]

MOULDS = 128  # silhouettes of a category; the first object of each is the one that would be rendered


@dataclass(frozen=True)
class Undrawn:
    """An object by its id, category, title and attributes."""

    item_id: str
    category: str
    title: str
    attributes: dict[str, str]


def describe(seed: int, objects: int) -> list[Undrawn]:
    """The first `objects` objects of the world; categories take turns, and later objects reuse silhouettes."""
    categories = list(CATEGORIES)
    moulds: list[Thing] = []
    rows = []
    for index in range(objects):
        rng = np.random.default_rng([seed, 0, index])
        if index < MOULDS * len(categories):
            thing = design(categories[index % len(categories)], rng)
            moulds.append(thing)
        else:
            thing = _dyed(moulds[index % len(moulds)], rng)
        rows.append(Undrawn(object_id(index), thing.category, title(thing), thing.attributes))
    return rows


def _dyed(thing: Thing, rng: np.random.Generator) -> Thing:
    """The object in another palette and pattern, drawn as `design` does."""
    palette = str(rng.choice(list(PALETTES)))
    pattern = "solid" if rng.random() < 0.25 else str(rng.choice(CATEGORIES[thing.category].patterns))
    return replace(
        thing,
        pattern=draw_pattern(pattern, thing.colours, rng),
        attributes={**thing.attributes, "colour": palette, "pattern": pattern},
    )
