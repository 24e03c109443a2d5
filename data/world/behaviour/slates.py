"""Slates: for each, items are drawn from the surface's mixture until its positions are full.

Drawing with replacement and keeping the first occurrences is a Plackett-Luce ranking of the mixture.

Legend: S slates, G draws for each, L positions; M cells, N items, K neighbours.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.world.behaviour.acted import Acted
from data.world.behaviour.laws import Laws
from data.world.behaviour.market import Market
from data.world.behaviour.stock import CELLS, PALETTE_NAMES, Stock

__all__ = ["HOME", "RELATED", "SEARCH", "Shelves", "cell_shares", "fill", "neighbour_weights", "stock_shelves"]

HOME, SEARCH, RELATED = range(3)
_NEVER = np.int64(1) << 62
_WIDTH = len(PALETTE_NAMES)  # cells of a category


@dataclass(frozen=True)
class Shelves:
    """A market's cumulated weights, ready to draw from."""

    market: Market
    popular_N: NDArray[np.float64]
    new_N: NDArray[np.float64]
    appeal_N: NDArray[np.float64]  # over all items, in the order of cells
    start_M: NDArray[np.float64]  # where each cell starts in it
    present: NDArray[np.int64]


def stock_shelves(market: Market) -> Shelves:
    appeal_N = np.cumsum(market.appeal_N)
    return Shelves(
        market=market,
        popular_N=np.cumsum(market.popular_N),
        new_N=np.cumsum(market.new_N),
        appeal_N=appeal_N,
        start_M=np.concatenate([[0.0], np.cumsum(market.appeal_M)[:-1]]),
        present=np.flatnonzero(market.present_N),
    )


def neighbour_weights(count: int, laws: Laws) -> NDArray[np.float64]:
    """The probability of each of an item's `count` neighbours, the most related first."""
    weights = laws.neighbour_decay ** np.arange(count, dtype=np.float64)
    return np.asarray(weights / weights.sum())


def cell_shares(taste: NDArray[np.float32], market: Market, stock: Stock) -> NDArray[np.float64]:
    """How likely the taste retrieval proposes each cell: softmax of category and palette, times appeal: (S, M)."""
    category, palette = (taste[:, stock.offsets[block] : stock.offsets[block + 1]] for block in (0, 1))
    weight = np.exp(category.astype(np.float64))[:, :, None] * np.exp(palette.astype(np.float64))[:, None, :]
    shares = weight.reshape(len(taste), CELLS) * market.appeal_M
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def fill(
    surface: NDArray[np.int64],
    person: NDArray[np.int64],
    last: NDArray[np.int64],
    shares: NDArray[np.float64],
    shelves: Shelves,
    stock: Stock,
    acted: Acted,
    laws: Laws,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Items of each slate, -1 where it stays empty: (S, L).

    surface, person: of each slate, people in ascending order. last: the item they last acted on positively, or -1.
    shares: of `cell_shares`, (S, M).
    """
    drawn = _draw(surface, last, shares, shelves, stock, laws, rng)
    owner = np.broadcast_to(person[:, None], drawn.shape)
    usable = shelves.market.present_N[drawn] & ~acted.has(owner, drawn)
    count = len(stock.item_id)
    ordered = np.sort(drawn * laws.draws + np.arange(laws.draws), axis=1)  # by item, the first draw of it first
    item, place = ordered // laws.draws, ordered % laws.draws
    first = np.ones(item.shape, np.bool_)
    first[:, 1:] = item[:, 1:] != item[:, :-1]
    first &= np.take_along_axis(usable, place, axis=1)
    ranked = np.sort(np.where(first, place * count + item, _NEVER), axis=1)[:, : laws.slate]
    return np.where(ranked == _NEVER, -1, ranked % count)


def _draw(
    surface: NDArray[np.int64],
    last: NDArray[np.int64],
    shares: NDArray[np.float64],
    shelves: Shelves,
    stock: Stock,
    laws: Laws,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Draws from each surface's mixture: (S, G)."""
    shape = (len(surface), laws.draws)
    kind = np.searchsorted(np.cumsum([laws.popular, laws.new, laws.taste, laws.related]), rng.random(shape))
    kind = np.where(surface[:, None] == SEARCH, 2, kind)
    follows = np.where(rng.random(shape) < laws.related_surface, 3, 4)
    kind = np.where(surface[:, None] == RELATED, follows, kind)
    kind = np.where((kind == 3) & (last[:, None] < 0), 0, kind)
    chance = rng.random(shape)
    drawn_SG = np.empty(shape, np.int64)
    for number, cumulated in ((0, shelves.popular_N), (1, shelves.new_N)):
        at = kind == number
        drawn_SG[at] = _pick(cumulated, chance[at] * cumulated[-1])
    at = kind == 2
    drawn_SG[at] = _of_taste(at, chance[at], surface, shares, shelves, rng)
    at = kind == 3
    weights = np.cumsum(neighbour_weights(stock.neighbours_NK.shape[1], laws))
    followed = np.broadcast_to(last[:, None], shape)[at]
    drawn_SG[at] = stock.neighbours_NK[followed, _pick(weights, chance[at])]
    at = kind == 4
    drawn_SG[at] = shelves.present[(chance[at] * len(shelves.present)).astype(np.int64)]
    return drawn_SG


def _of_taste(
    at: NDArray[np.bool_],
    chance: NDArray[np.float64],
    surface: NDArray[np.int64],
    shares: NDArray[np.float64],
    shelves: Shelves,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Items of cells drawn by taste; a search is for one category, drawn by taste as well."""
    row = np.nonzero(at)[0]
    cumulated = np.cumsum(shares, axis=1)
    cumulated[:, -1] = 1.0
    # one ascending list for all slates: those of slate s lie in s .. s + 1
    flat = (cumulated + np.arange(len(cumulated))[:, None]).ravel()
    sought = _pick(flat, np.arange(len(shares)) + rng.random(len(shares))) % CELLS // _WIDTH
    low = np.where(sought > 0, np.take_along_axis(cumulated, np.maximum(sought * _WIDTH - 1, 0)[:, None], 1)[:, 0], 0.0)
    high = np.take_along_axis(cumulated, (sought * _WIDTH + _WIDTH - 1)[:, None], 1)[:, 0]
    searches = surface == SEARCH
    low, high = np.where(searches, low, 0.0), np.where(searches, high, 1.0)
    cell = _pick(flat, row + low[row] + chance * (high - low)[row]) - row * CELLS
    cell = np.clip(cell, 0, CELLS - 1)  # a sum of row and chance may round up to the next row
    within = shelves.start_M[cell] + rng.random(len(cell)) * shelves.market.appeal_M[cell]
    return _pick(shelves.appeal_N, within)


def _pick(cumulated: NDArray[np.float64], value: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.minimum(np.searchsorted(cumulated, value, side="right"), len(cumulated) - 1)
