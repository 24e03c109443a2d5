"""Bidding for a budget in a sequence of second-price auctions, by what is likely to come.

An auction is won where the bid is at least the price, which is then due. A request has a value, such as the probability
of a click, which is known before the bid; its price is known after it was won.

Legend: N auctions, Q values, A bids, S shadow prices.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Planner", "Spent", "linear", "replay"]

QUANTILES = 200  # of the values seen so far
SHADOWS = 400  # prices of a unit of budget that are compared
Bidder = Callable[[float, int, int], float]  # of a value, the budget that is left, and the auctions that are left


@dataclass(frozen=True)
class Spent:
    clicks: int
    wins: int
    cost: int


def replay(
    click_N: NDArray[np.bool_],
    price_N: NDArray[np.int64],
    value_N: NDArray[np.float64],
    bid: Bidder,
    budget: int,
    most: int,
    ended: Callable[[NDArray[np.float64]], None] = lambda _: None,
) -> Spent:
    """One episode: all auctions with one budget. most: of a bid. ended: is told the values of the episode after it."""
    left, wins, clicks = budget, 0, 0
    count = len(price_N)
    for number, (clicked, price, value) in enumerate(
        zip(click_N.tolist(), price_N.tolist(), value_N.tolist(), strict=True)
    ):
        if min(int(bid(value, left, count - number)), most, left) >= price:
            left -= price
            wins += 1
            clicks += clicked
    ended(value_N)
    return Spent(clicks, wins, budget - left)


def linear(base: float, average: float) -> Bidder:
    """A bid that is in proportion to the value. Source: Perlich et al. 2012 (Bid optimizing and inventory scoring)."""
    return lambda value, _left, _auctions: value / average * base


class Planner:
    """Bids value over the price of a unit of budget, at which what is left lasts for the auctions that are left.

    That price solves the plan anew before each bid: the expected cost of an auction is what is left of the budget for
    it. Prices are taken as in the log that was learned from, values as in the requests so far. Source: Balseiro,
    Besbes and Weintraub 2015 (Repeated auctions with budgets in ad exchanges), the fluid approximation, re-solved.
    """

    def __init__(self, price_counts: Sequence[int], average: float) -> None:
        """price_counts: how often each price was due, from 0. average: of the values, while none was seen."""
        share_A = np.asarray(price_counts, float) / sum(price_counts)
        self._cost_A = np.cumsum(share_A * np.arange(len(share_A)))  # expected cost of a bid
        self._most = len(share_A) - 1
        self._seen: list[NDArray[np.float64]] = []
        self._plan(np.array([average]))

    def __call__(self, value: float, left: int, auctions: int) -> float:
        return value / float(np.interp(left / auctions, self._cost_S, self._shadow_S))

    def ended(self, value_N: NDArray[np.float64]) -> None:
        """Take the values of an episode as what is to be expected from now on."""
        self._seen.append(value_N)
        self._plan(np.quantile(np.concatenate(self._seen), (np.arange(QUANTILES) + 0.5) / QUANTILES))

    def _plan(self, value_Q: NDArray[np.float64]) -> None:
        shadow_S = np.geomspace(value_Q.max(), value_Q.min() / self._most, SHADOWS)
        bid_SQ = np.clip(value_Q / shadow_S[:, None], 0, self._most)
        low_SQ = bid_SQ.astype(int)
        up_SQ = np.minimum(low_SQ + 1, self._most)
        cost_SQ = self._cost_A[low_SQ] + (bid_SQ - low_SQ) * (self._cost_A[up_SQ] - self._cost_A[low_SQ])
        self._shadow_S, self._cost_S = shadow_S, np.maximum.accumulate(cost_SQ.mean(axis=1))
