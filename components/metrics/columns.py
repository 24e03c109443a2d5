"""Columns of the examples as arrays, checked for what a statistic needs.

Legend: N examples, D features.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from data.errors import UserError

__all__ = ["Weighted", "binary", "numbers", "probabilities", "vectors"]

# A function of how often each of N examples counts in each of R resamples (R, N); gives the statistic of each resample
# (R,), NaN where undefined.
Weighted = Callable[[np.ndarray], np.ndarray]


def numbers(examples: pd.DataFrame, column: str) -> np.ndarray:
    """The column (N,).

    Raises:
        UserError: an example has no finite number there.
    """
    values_N = examples[column].to_numpy(float)
    if not np.isfinite(values_N).all():
        raise UserError(f"{column} is not a number for some examples")
    return values_N


def binary(examples: pd.DataFrame, column: str, fewest: int = 0) -> np.ndarray:
    """The column (N,) of 0 and 1.

    Raises:
        UserError: an example has another value, or 1 is rarer than `fewest`.
    """
    values_N = numbers(examples, column)
    if not np.isin(values_N, (0.0, 1.0)).all():
        raise UserError(f"{column} has values other than 0 and 1")
    if values_N.sum() < fewest:
        raise UserError(f"{column} is 1 in {values_N.sum():.0f} examples, and {fewest} are needed to claim anything")
    return values_N


def probabilities(examples: pd.DataFrame, column: str) -> np.ndarray:
    """The column (N,) of numbers from 0 to 1.

    Raises:
        UserError: an example has another value.
    """
    values_N = numbers(examples, column)
    if ((values_N < 0) | (values_N > 1)).any():
        raise UserError(f"{column} has values outside 0 to 1, which are no probabilities")
    return values_N


def vectors(examples: pd.DataFrame, column: str) -> np.ndarray:
    """The column of lists of equal length as an array (N, D).

    Raises:
        UserError: lists differ in length, or hold what is not a finite number.
    """
    lengths = {np.size(value) for value in examples[column]}
    if len(lengths) != 1:
        raise UserError(f"{column} has lists of different lengths")
    values_ND = np.stack([np.asarray(value, float) for value in examples[column]])
    if not np.isfinite(values_ND).all():
        raise UserError(f"{column} is not a number for some examples")
    return values_ND
