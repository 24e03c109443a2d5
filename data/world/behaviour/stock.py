"""The stock: the catalogue's items as arrays, with their hidden properties, which no table shows.

Legend: N items; C categories, P palettes, T patterns, S styles; K neighbours. A cell is a pair of category and palette.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.world.behaviour.laws import DAY_S, START_S, Laws
from data.world.behaviour.neighbours import find_neighbours
from data.world.catalogue import CATEGORIES
from data.world.palettes import PALETTES
from data.world.patterns import PATTERNS

__all__ = ["CATEGORY_NAMES", "CELLS", "PALETTE_NAMES", "Goods", "Stock", "make_stock"]

CATEGORY_NAMES, PALETTE_NAMES, PATTERN_NAMES = tuple(CATEGORIES), tuple(PALETTES), tuple(PATTERNS)
CELLS = len(CATEGORY_NAMES) * len(PALETTE_NAMES)
_OUTWARD = ("setting", "light", "family")  # properties of the picture, or implied by the category


@dataclass(frozen=True)
class Goods:
    """An item as the catalogue describes it; `attributes` with `colour` and `pattern`."""

    item_id: str
    category: str
    attributes: dict[str, str]


@dataclass(frozen=True)
class Stock:
    """Items in the order of their cells, so that a category is a range of rows.

    codes_NB: the item's column in each block of a taste, int16. quality_N: in utility, as everybody sees it.
    day_N: the day it arrives on, 0 for the founding stock. neighbours_NK: rows, the most related first.
    offsets: the first column of each block of a taste, and its width.
    """

    item_id: tuple[str, ...]
    codes_NB: NDArray[np.int16]
    cell_N: NDArray[np.int32]
    quality_N: NDArray[np.float32]
    day_N: NDArray[np.int32]
    neighbours_NK: NDArray[np.int32]
    offsets: tuple[int, ...]

    @property
    def created_s(self) -> NDArray[np.int64]:
        return START_S + self.day_N.astype(np.int64) * DAY_S


def make_stock(goods: Sequence[Goods], days: int, laws: Laws, rng: np.random.Generator) -> Stock:
    """The stock of the goods of a catalogue; quality, style, arrival and neighbours are drawn."""
    widths = (len(CATEGORY_NAMES), len(PALETTE_NAMES), len(PATTERN_NAMES), laws.styles)
    offsets = tuple(int(offset) for offset in np.cumsum((0, *widths)))
    codes_NB = np.stack(
        [
            _codes([one.category for one in goods], CATEGORY_NAMES),
            _codes([one.attributes["colour"] for one in goods], PALETTE_NAMES),
            _codes([one.attributes["pattern"] for one in goods], PATTERN_NAMES),
            _styles(goods, laws.styles, rng),
        ],
        axis=1,
    )
    count = len(goods)
    quality_N = rng.normal(0, laws.quality_sd, count).astype(np.float32)
    founding = rng.random(count) < laws.stocked
    day_N = np.where(founding, 0, rng.integers(0, days, count)).astype(np.int32)
    cell_N = codes_NB[:, 0].astype(np.int32) * len(PALETTE_NAMES) + codes_NB[:, 1]
    order = np.argsort(cell_N, kind="stable")
    codes_NB, cell_N, quality_N, day_N = codes_NB[order], cell_N[order], quality_N[order], day_N[order]
    return Stock(
        item_id=tuple(goods[row].item_id for row in order),
        codes_NB=(codes_NB + np.array(offsets[:-1])).astype(np.int16),
        cell_N=cell_N,
        quality_N=quality_N,
        day_N=day_N,
        neighbours_NK=find_neighbours(codes_NB, laws.neighbours, rng),
        offsets=offsets,
    )


def _codes(values: Sequence[str], names: tuple[str, ...]) -> NDArray[np.int64]:
    place = {name: code for code, name in enumerate(names)}
    return np.array([place[value] for value in values], dtype=np.int64)


def _styles(goods: Sequence[Goods], styles: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """The hidden style of each item: mostly from its silhouette's attributes and category, partly from chance."""
    facts = [
        [f"{one.category}/{name}={value}" for name, value in sorted(one.attributes.items()) if name not in _OUTWARD]
        for one in goods
    ]
    names = {fact: row for row, fact in enumerate(sorted({fact for own in facts for fact in own}))}
    leaning = rng.normal(size=(len(names), styles))
    score_NS = np.stack([leaning[[names[fact] for fact in own]].sum(axis=0) for own in facts])
    style_N: NDArray[np.int64] = (score_NS + rng.normal(0, 0.6, score_NS.shape)).argmax(axis=1)
    return style_N
