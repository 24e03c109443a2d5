"""The market: what the platform can propose on one day, the same for everybody.

Legend: N items of the stock, cells as in `stock`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.world.behaviour.laws import Laws
from data.world.behaviour.stock import CELLS, Stock

__all__ = ["Market", "open_market"]


@dataclass(frozen=True)
class Market:
    """Probabilities of a day: `popular_N` and `new_N` sum to one; `appeal_N` is an item's weight within its cell.

    present_N: whether the item has arrived. appeal_M: the sum over each cell.
    """

    day: int
    present_N: NDArray[np.bool_]
    popular_N: NDArray[np.float64]
    new_N: NDArray[np.float64]
    appeal_N: NDArray[np.float64]
    appeal_M: NDArray[np.float64]


def open_market(day: int, stock: Stock, popularity_N: NDArray[np.float64], laws: Laws) -> Market:
    """The market of a day; `popularity_N` are the decayed counts of positive actions up to the day before."""
    present_N = stock.day_N <= day
    popular_N = np.where(present_N, popularity_N + 1e-3, 0)
    new_N = np.where(present_N, np.exp(-(day - stock.day_N) / laws.newness_days) + 1e-9, 0)
    appeal_N = np.where(present_N, np.exp(stock.quality_N.astype(np.float64)), 0)
    return Market(
        day=day,
        present_N=present_N,
        popular_N=popular_N / popular_N.sum(),
        new_N=new_N / new_N.sum(),
        appeal_N=appeal_N,
        appeal_M=np.bincount(stock.cell_N, appeal_N, CELLS).astype(np.float64),
    )
