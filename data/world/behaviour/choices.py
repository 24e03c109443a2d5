"""Looking and acting: the true probabilities of what a person does with an item at a position.

Legend: ... any leading shape; D columns of a taste; B blocks; L positions.
"""

import numpy as np
from numpy.typing import NDArray

from data.world.behaviour.laws import Laws
from data.world.behaviour.stock import Stock

__all__ = ["DONE", "act", "looked_at", "utility"]

DONE = ("click", "save", "hide")  # the actions that may follow a view, in the order of `act`'s last axis


def looked_at(laws: Laws) -> NDArray[np.float32]:
    """The probability that each position of each surface is looked at: (surfaces, L), exactly as it is logged."""
    positions = np.arange(1, laws.slate + 1)
    return np.stack(
        [top * positions**-slope for top, slope in zip(laws.top, laws.slope, strict=True)], dtype=np.float32
    )


def utility(
    taste: NDArray[np.float32], row: NDArray[np.int64], item: NDArray[np.int64], stock: Stock, laws: Laws
) -> NDArray[np.float32]:
    """Utility of items to people: `row` (of `taste`) and `item` broadcast against each other."""
    total = stock.quality_N[item]
    for block in range(stock.codes_NB.shape[1]):
        total = total + np.float32(laws.sharpness) * taste[row, stock.codes_NB[item, block]]
    return np.asarray(total, np.float32)


def act(utility: NDArray[np.float32], laws: Laws) -> NDArray[np.float32]:
    """The probabilities of click, save and hide of what is looked at, a multinomial logit: (..., 3)."""
    odds = np.exp(
        np.stack(
            [laws.click + utility, laws.save + laws.save_slope * utility, laws.hide + laws.hide_slope * utility],
            axis=-1,
        )
    )
    return np.asarray(odds / (1 + odds.sum(axis=-1, keepdims=True)), np.float32)
