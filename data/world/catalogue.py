"""The kinds of objects of the world: how each is drawn, how it may rest, which patterns suit it, how large it is."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from numpy.random import Generator

from data.world.garments import (
    backpacks,
    bags,
    boots,
    dresses,
    eyewear,
    hats,
    heels,
    hoodies,
    jackets,
    shirts,
    skirts,
    sneakers,
    tops,
    trousers,
)
from data.world.home import (
    beds,
    chairs,
    clocks,
    couches,
    crockery,
    dressers,
    frames,
    lamps,
    pillows,
    plants,
    shelves,
    tables,
    vases,
)
from data.world.palettes import PALETTES, colours
from data.world.parts import Shape
from data.world.patterns import PATTERNS, draw_pattern
from data.world.render import Thing

__all__ = ["CATEGORIES", "Kind", "design", "object_id"]

_CLOTH = tuple(PATTERNS)
_HARD = ("solid", "solid", "stripes", "checks", "chevron", "gradient", "terrazzo", "floral")
_GLAZE = ("solid", "stripes", "dots", "checks", "floral", "chevron", "gradient", "terrazzo", "leopard")
_HIDE = ("solid", "solid", "gradient", "leopard", "checks", "floral", "stripes", "plaid")


@dataclass(frozen=True)
class Kind:
    """A category: `draw` makes its silhouette; `share` is its longest side as a share of a scene's width."""

    draw: Callable[[Generator], Shape]
    family: str  # garment or home
    stances: tuple[str, ...]
    patterns: tuple[str, ...]
    share: float


CATEGORIES: dict[str, Kind] = {
    "t-shirt": Kind(tops.t_shirt, "garment", ("flat", "hung"), _CLOTH, 0.36),
    "shirt": Kind(shirts.shirt, "garment", ("flat", "hung"), _CLOTH, 0.4),
    "longsleeve": Kind(tops.longsleeve, "garment", ("flat", "hung"), _CLOTH, 0.4),
    "hoodie": Kind(hoodies.hoodie, "garment", ("flat", "hung"), _CLOTH, 0.42),
    "jacket": Kind(jackets.jacket, "garment", ("flat", "hung"), _CLOTH, 0.44),
    "dress": Kind(dresses.dress, "garment", ("flat", "hung"), _CLOTH, 0.52),
    "skirt": Kind(skirts.skirt, "garment", ("flat", "wall"), _CLOTH, 0.36),
    "pants": Kind(trousers.pants, "garment", ("flat", "wall"), _CLOTH, 0.48),
    "shorts": Kind(trousers.shorts, "garment", ("flat", "wall"), _CLOTH, 0.32),
    "hat": Kind(hats.hat, "garment", ("flat", "wall"), _CLOTH, 0.26),
    "sneaker": Kind(sneakers.sneaker, "garment", ("stand",), _HIDE, 0.26),
    "boot": Kind(boots.boot, "garment", ("stand",), _HIDE, 0.28),
    "heels": Kind(heels.heels, "garment", ("stand",), _HIDE, 0.24),
    "bag": Kind(bags.bag, "garment", ("flat", "stand", "wall"), _CLOTH, 0.3),
    "backpack": Kind(backpacks.backpack, "garment", ("flat", "stand", "wall"), _CLOTH, 0.32),
    "sunglasses": Kind(
        eyewear.sunglasses, "garment", ("flat",), ("solid", "solid", "leopard", "gradient", "stripes"), 0.24
    ),
    "chair": Kind(chairs.chair, "home", ("stand",), _CLOTH, 0.42),
    "armchair": Kind(couches.armchair, "home", ("stand",), _CLOTH, 0.4),
    "sofa": Kind(couches.sofa, "home", ("stand",), _CLOTH, 0.66),
    "bed": Kind(beds.bed, "home", ("stand",), _CLOTH, 0.62),
    "table": Kind(tables.table, "home", ("stand",), _HARD, 0.5),
    "shelf": Kind(shelves.shelf, "home", ("stand",), _HARD, 0.56),
    "dresser": Kind(dressers.dresser, "home", ("stand",), _HARD, 0.46),
    "lamp": Kind(lamps.lamp, "home", ("stand",), _CLOTH, 0.5),
    "vase": Kind(vases.vase, "home", ("stand",), _GLAZE, 0.24),
    "mug": Kind(crockery.mug, "home", ("stand",), _GLAZE, 0.15),
    "teapot": Kind(crockery.teapot, "home", ("stand",), _GLAZE, 0.18),
    "plant": Kind(plants.plant, "home", ("stand",), _GLAZE, 0.42),
    "clock": Kind(clocks.clock, "home", ("wall",), _GLAZE, 0.2),
    "pillow": Kind(pillows.pillow, "home", ("flat", "wall"), _CLOTH, 0.22),
    "frame": Kind(frames.frame, "home", ("wall",), _HARD, 0.28),
}


def object_id(index: int) -> str:
    """The id of an object of a world."""
    return f"object-{index:06d}"


def design(
    category: str, rng: Generator, palette: str | None = None, pattern: str | None = None, stance: str | None = None
) -> Thing:
    """A new object of the category with its true attributes; palette, pattern and stance are drawn unless given.

    Equal generators give the same object whatever the stance: it only rests in another way.
    """
    kind = CATEGORIES[category]
    shape = kind.draw(rng)
    palette = palette or str(rng.choice(list(PALETTES)))
    if pattern is None:
        pattern = "solid" if rng.random() < 0.25 else str(rng.choice(kind.patterns))
    tints = colours(palette, rng)
    drawn = str(rng.choice(kind.stances))  # drawn in any case, so that what follows does not depend on the stance
    stance = stance or drawn
    if category == "lamp" and shape.attributes["style"] == "pendant":
        stance = "wall"
    elif category == "clock" and shape.attributes["form"] == "alarm":
        stance = "stand"
    if stance != "hung":
        shape = replace(shape, props=())
    attributes = {"colour": palette, "pattern": pattern, "family": kind.family, **shape.attributes}
    return Thing(category, shape, tints, draw_pattern(pattern, tints, rng), stance, attributes)
