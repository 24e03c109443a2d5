"""The objects of one scene: chosen from the world's catalogue, in a few palettes that go together."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.random import Generator

from data.world.catalogue import CATEGORIES, design
from data.world.palettes import PALETTES, PARTNERS
from data.world.render import Thing

__all__ = ["Catalogue", "Wardrobe"]

KEPT = 1 << 16  # looks
MOST_PARTNERS = 4  # palettes beside the leading one


@dataclass(frozen=True)
class Catalogue:
    """The objects of a world, `design`ed when they are asked for."""

    seed: int
    objects: int

    def of(self, category: str) -> range:
        """The indices of the objects of a category."""
        return range(list(CATEGORIES).index(category), self.objects, len(CATEGORIES))

    def thing(self, index: int, stance: str) -> Thing:
        """An object, resting as the stance says where its category allows that."""
        category = list(CATEGORIES)[index % len(CATEGORIES)]
        return replace(design(category, np.random.default_rng([self.seed, 0, index]), stance=stance), index=index)


@lru_cache(maxsize=KEPT)
def _look(catalogue: Catalogue, index: int, stance: str) -> tuple[str, str]:
    """The palette and the actual stance of an object: all that a choice needs, and small beside its outlines."""
    thing = catalogue.thing(index, stance)
    return thing.attributes["colour"], thing.stance


class Wardrobe:
    """What one scene shows: each object once, of palettes that go together as far as the catalogue has them."""

    def __init__(self, catalogue: Catalogue, rng: Generator) -> None:
        self.catalogue = catalogue
        self.rng = rng
        lead = str(rng.choice(list(PALETTES)))
        self.palettes = [lead, *(str(name) for name in rng.choice(PARTNERS[lead], MOST_PARTNERS, replace=False))]
        self.chosen: set[int] = set()

    def choose(self, category: str, stance: str) -> Thing:
        """An object of the category that rests so: of the scene's palettes, else of any, else a new one."""
        free = [index for index in self.catalogue.of(category) if index not in self.chosen]
        order = self.rng.permutation(free).tolist()
        for palettes in (self.palettes, list(PALETTES)):
            for index in order:
                palette, actual = _look(self.catalogue, index, stance)
                if palette in palettes and actual == stance:
                    self.chosen.add(index)
                    return self.catalogue.thing(index, stance)
        while True:  # until it rests so: some lamps hang, some clocks stand
            thing = design(category, self.rng, palette=str(self.rng.choice(self.palettes)), stance=stance)
            if thing.stance == stance:
                return thing

    def size(self, category: str) -> float:
        """The longest side of an object, as a share of the picture's width."""
        return CATEGORIES[category].share * float(self.rng.uniform(0.88, 1.12))
