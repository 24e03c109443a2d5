"""How far predicted grades agree with given ones, from sums over the pairs of each example, such as a query's.

Legend: N examples, R resamples, S sums.
"""

from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from components.metrics.columns import numbers
from components.metrics.sums import Sums
from data.params import Strict

__all__ = ["Kappa", "Rmse"]


class Rmse(Strict):
    """The root of the mean squared error. squared_error: summed over an example's pairs. pairs: how many these are."""

    kind: Literal["rmse"] = "rmse"
    squared_error: str
    pairs: str

    direction: ClassVar[Literal["lower"]] = "lower"
    undefined: ClassVar[str] = "there are no pairs"

    def columns(self) -> tuple[str, ...]:
        return self.squared_error, self.pairs

    def bind(self, examples: pd.DataFrame) -> Sums:
        table_NS = np.stack([numbers(examples, name) for name in self.columns()], axis=1)
        return Sums(table_NS, lambda sums_RS: np.sqrt(_over(sums_RS[:, 0], sums_RS[:, 1])))


class Kappa(Strict):
    """Quadratically weighted kappa (Cohen 1968) of whole grades.

    Its expected disagreement needs no table of grades: over independent pairs the mean of (a - b)² is
    var(a) + var(b) + (mean a - mean b)². Each column is a sum over an example's pairs, of which a are the given grades.
    """

    kind: Literal["kappa"] = "kappa"
    pairs: str
    given: str
    predicted: str
    squares_given: str
    squares_predicted: str
    products: str

    direction: ClassVar[Literal["higher"]] = "higher"
    undefined: ClassVar[str] = "there are no pairs, or all grades are the same"

    def columns(self) -> tuple[str, ...]:
        own = self.pairs, self.given, self.predicted
        return (*own, self.squares_given, self.squares_predicted, self.products)

    def bind(self, examples: pd.DataFrame) -> Sums:
        def of(sums_RS: np.ndarray) -> np.ndarray:
            pairs_R = sums_RS[:, 0]
            a_R, b_R, aa_R, bb_R, ab_R = (_over(sums_RS[:, column], pairs_R) for column in range(1, 6))
            return 1 - _over(aa_R + bb_R - 2 * ab_R, aa_R + bb_R - 2 * a_R * b_R)

        return Sums(np.stack([numbers(examples, name) for name in self.columns()], axis=1), of)


def _over(over_R: np.ndarray, under_R: np.ndarray) -> np.ndarray:
    """The quotient, NaN where it divides by zero."""
    return np.divide(over_R, under_R, out=np.full(np.shape(over_R), np.nan), where=under_R != 0)
