"""The kinds of objects of the world: how each is drawn, how it may rest, which patterns suit it, how large it is."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator

from data.sources.world import accessories, bottoms, decor, footwear, furniture, plants, seats, tops
from data.sources.world.palettes import PALETTES, colours
from data.sources.world.parts import Shape
from data.sources.world.patterns import PATTERNS, draw_pattern
from data.sources.world.render import Thing

__all__ = ["CATEGORIES", "Kind", "design", "title"]

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
    "shirt": Kind(tops.shirt, "garment", ("flat", "hung"), _CLOTH, 0.4),
    "longsleeve": Kind(tops.longsleeve, "garment", ("flat", "hung"), _CLOTH, 0.4),
    "hoodie": Kind(tops.hoodie, "garment", ("flat", "hung"), _CLOTH, 0.42),
    "jacket": Kind(tops.jacket, "garment", ("flat", "hung"), _CLOTH, 0.44),
    "dress": Kind(tops.dress, "garment", ("flat", "hung"), _CLOTH, 0.52),
    "skirt": Kind(bottoms.skirt, "garment", ("flat", "wall"), _CLOTH, 0.36),
    "pants": Kind(bottoms.pants, "garment", ("flat", "wall"), _CLOTH, 0.48),
    "shorts": Kind(bottoms.shorts, "garment", ("flat", "wall"), _CLOTH, 0.32),
    "hat": Kind(accessories.hat, "garment", ("flat", "wall"), _CLOTH, 0.26),
    "sneaker": Kind(footwear.sneaker, "garment", ("stand",), _HIDE, 0.26),
    "boot": Kind(footwear.boot, "garment", ("stand",), _HIDE, 0.28),
    "heels": Kind(footwear.heels, "garment", ("stand",), _HIDE, 0.24),
    "bag": Kind(accessories.bag, "garment", ("flat", "stand", "wall"), _CLOTH, 0.3),
    "backpack": Kind(accessories.backpack, "garment", ("flat", "stand", "wall"), _CLOTH, 0.32),
    "sunglasses": Kind(accessories.sunglasses, "garment", ("flat",), ("solid", "solid", "leopard", "gradient", "stripes"), 0.24),
    "chair": Kind(seats.chair, "home", ("stand",), _CLOTH, 0.42),
    "armchair": Kind(seats.armchair, "home", ("stand",), _CLOTH, 0.4),
    "sofa": Kind(seats.sofa, "home", ("stand",), _CLOTH, 0.66),
    "bed": Kind(seats.bed, "home", ("stand",), _CLOTH, 0.62),
    "table": Kind(furniture.table, "home", ("stand",), _HARD, 0.5),
    "shelf": Kind(furniture.shelf, "home", ("stand",), _HARD, 0.56),
    "dresser": Kind(furniture.dresser, "home", ("stand",), _HARD, 0.46),
    "lamp": Kind(decor.lamp, "home", ("stand",), _CLOTH, 0.5),
    "vase": Kind(decor.vase, "home", ("stand",), _GLAZE, 0.24),
    "mug": Kind(decor.mug, "home", ("stand",), _GLAZE, 0.15),
    "teapot": Kind(decor.teapot, "home", ("stand",), _GLAZE, 0.18),
    "plant": Kind(plants.plant, "home", ("stand",), _GLAZE, 0.42),
    "clock": Kind(decor.clock, "home", ("wall",), _GLAZE, 0.2),
    "pillow": Kind(decor.pillow, "home", ("flat", "wall"), _CLOTH, 0.22),
    "frame": Kind(decor.frame, "home", ("wall",), _HARD, 0.28),
}


def design(
    category: str, rng: Generator, palette: str | None = None, pattern: str | None = None, stance: str | None = None
) -> Thing:
    """A new object of the category with its true attributes; palette, pattern and stance are drawn unless given."""
    kind = CATEGORIES[category]
    shape = kind.draw(rng)
    palette = palette or str(rng.choice(list(PALETTES)))
    if pattern is None:
        pattern = "solid" if rng.random() < 0.25 else str(rng.choice(kind.patterns))
    tints = colours(palette, rng)
    stance = stance or str(rng.choice(kind.stances))
    if category == "lamp" and shape.attributes["style"] == "pendant":
        stance = "wall"
    elif category == "clock" and shape.attributes["form"] == "alarm":
        stance = "stand"
    if stance != "hung":
        shape = replace(shape, props=())
    attributes = {"colour": palette, "pattern": pattern, "family": kind.family, **shape.attributes}
    return Thing(category, shape, tints, draw_pattern(pattern, tints, rng), stance, attributes)


_PATTERN_WORDS = {
    "solid": "", "stripes": "striped", "dots": "dotted", "checks": "checked", "plaid": "plaid", "floral": "floral",
    "chevron": "chevron", "gradient": "dip-dyed", "terrazzo": "terrazzo", "leopard": "leopard-print",
}  # fmt: skip

_LEAD = {  # the attribute that a person would say before the noun
    "shirt": "sleeve", "dress": "length", "skirt": "length", "pants": "cut", "shorts": "cut", "jacket": "style",
    "sneaker": "height", "boot": "style", "lamp": "style", "table": "top", "plant": "plant", "pillow": "form", "bed": "size",
    "clock": "form", "bag": "style", "sunglasses": "style", "hat": "style",
}  # fmt: skip

_NOUN = {"pants": "pants", "shorts": "shorts", "heels": "heels", "sunglasses": "sunglasses", "frame": "framed picture", "plant": "plant in a pot", "hat": "hat", "longsleeve": "long-sleeved top"}


def title(thing: Thing) -> str:
    """What a person would call it, such as "Navy floral maxi dress"."""
    lead = thing.attributes.get(_LEAD.get(thing.category, ""), "")
    if thing.category == "shirt":
        lead = f"{lead}-sleeved"
    noun = _NOUN.get(thing.category, thing.category)
    if lead == noun:
        lead = ""
    words = [thing.attributes["colour"], _PATTERN_WORDS[thing.pattern.name], lead, noun]
    phrase = " ".join(word for word in words if word)
    return phrase[0].upper() + phrase[1:]
