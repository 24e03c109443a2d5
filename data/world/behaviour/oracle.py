"""The oracle: the true probability of each item to be a person's next positive action, in closed form.

A person sees slate after slate until something positive happens, and until then the surface of each slate is drawn
by the same law (home or search). The next positive action is therefore distributed as the first one of a single slate,
given that there is one. A slate takes the first `slate` different items of `draws` draws from a mixture q: an item is
first drawn at draw k with (1 - q)^(k-1) q, and its position is the number of different items drawn before, for which
their mean is taken. It counts if it is looked at, acted on, and nothing before it was, where the items before are
taken to be average ones. These two means are the only approximations.

Legend: U people, N items in the order of `Stock`, C categories, L positions.
"""

import numpy as np
from numpy.typing import NDArray

from data.world.behaviour.choices import act, looked_at, utility
from data.world.behaviour.laws import Laws
from data.world.behaviour.market import Market
from data.world.behaviour.slates import HOME, SEARCH, cell_shares, neighbour_weights
from data.world.behaviour.stock import CATEGORY_NAMES, Stock

__all__ = ["next_positive"]

Array = NDArray[np.float64]


def next_positive(
    taste_UD: NDArray[np.float32],
    last_U: NDArray[np.int64],
    acted_UN: NDArray[np.bool_],
    market: Market,
    stock: Stock,
    laws: Laws,
) -> Array:
    """P(item is the first positive action of the next slate): (U, N), 0 for what was acted on or has not arrived."""
    people = np.arange(len(taste_UD))
    chances = act(utility(taste_UD, people[:, None], np.arange(len(stock.item_id))[None], stock, laws), laws)
    positive_UN = (chances[..., 0] + chances[..., 1]).astype(np.float64)
    possible_UN = market.present_N & ~acted_UN
    shares = cell_shares(taste_UD, market, stock)
    within_N = market.appeal_N / np.maximum(market.appeal_M[stock.cell_N], 1e-300)
    taste_UN = shares[:, stock.cell_N] * within_N
    looked = looked_at(laws).astype(np.float64)

    home_UN = np.where(possible_UN, _home(taste_UN, last_U, market, stock, laws), 0)
    whole = np.zeros(len(stock.item_id), np.int64)
    home = _first_positive(home_UN, positive_UN, looked[HOME], whole, 1, laws.draws)

    category_N = stock.codes_NB[:, 0].astype(np.int64)
    sought_UC = shares.reshape(len(shares), len(CATEGORY_NAMES), -1).sum(axis=2)
    given_UN = np.where(possible_UN, taste_UN / np.maximum(sought_UC[:, category_N], 1e-300), 0)
    search = _first_positive(given_UN, positive_UN, looked[SEARCH], category_N, len(CATEGORY_NAMES), laws.draws)
    return (1 - laws.search_share) * home + laws.search_share * sought_UC[:, category_N] * search


def _home(taste_UN: Array, last_U: NDArray[np.int64], market: Market, stock: Stock, laws: Laws) -> Array:
    """The mixture that home's slates are drawn from."""
    common_N = laws.popular * market.popular_N + laws.new * market.new_N
    common_N = common_N + laws.explore * market.present_N / market.present_N.sum()
    mixture_UN = common_N + laws.taste * taste_UN
    follows = np.flatnonzero(last_U >= 0)
    weights = laws.related * neighbour_weights(stock.neighbours_NK.shape[1], laws)
    np.add.at(mixture_UN, (follows[:, None], stock.neighbours_NK[last_U[follows]]), weights)
    mixture_UN[last_U < 0] += laws.related * market.popular_N
    return mixture_UN


def _first_positive(
    q_UN: Array, positive_UN: Array, looked_L: Array, group_N: NDArray[np.int64], groups: int, draws: int
) -> Array:
    """P(first positive action of a slate drawn from q within the item's group): (U, N); items lie group by group."""
    starts = np.searchsorted(group_N, np.arange(groups))
    filled = np.diff(np.append(starts, len(group_N))) > 0

    def total(values_UN: Array) -> Array:
        sums = np.zeros((len(values_UN), groups))
        sums[:, filled] = np.add.reduceat(values_UN, starts[filled], axis=1)
        return sums

    # how likely another item than this is acted on, if looked at, from what the slate is drawn from
    others_UN = total(q_UN)[:, group_N] - q_UN
    mean_UN = np.clip((total(q_UN * positive_UN)[:, group_N] - q_UN * positive_UN) / np.maximum(others_UN, 1e-12), 0, 1)
    position = np.arange(len(looked_L) + 1)
    counts_L1 = np.append(looked_L, 0.0)
    # log of the probability that nothing before was positive, sum of log(1 - looked * mean), as a power series
    powers = [np.append(0.0, np.cumsum(looked_L**power)) / power for power in (1, 2, 3, 4)]
    result_UN, unseen_UN = np.zeros_like(q_UN), np.ones_like(q_UN)
    for _ in range(draws):
        place_UG = np.minimum(total(1 - unseen_UN), len(looked_L))
        looked_UG = np.interp(place_UG, position, counts_L1)
        log_UN = np.zeros_like(q_UN)
        for sums in reversed(powers):  # Horner's scheme
            log_UN = (log_UN - np.interp(place_UG, position, sums)[:, group_N]) * mean_UN
        result_UN += looked_UG[:, group_N] * np.exp(log_UN) * unseen_UN * q_UN
        unseen_UN *= 1 - q_UN
    return result_UN * positive_UN
