"""What each signal adds to the sum of boosted trees, from their leaves alone, so that LightGBM is not needed to say it.

A leaf is reached where every signal of its path lies between two numbers. Of a signal that is not known, the share of
the training examples that went towards the leaf counts instead. Each signal's Shapley value in that game is what
LightGBM's `pred_contrib` gives (Lundberg et al. 2018, arXiv 1802.03888, path-dependent); the sum over the coalitions is
an integral over t of a product of sums, in which a signal is known with probability t (Owen 1972, Multilinear
extensions of games), which a quadrature gives to the last digit.

Legend: N examples, X signals, L leaves, D signals of the longest path.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["FIELDS", "Leaves"]

FIELDS = ("signal", "low", "high", "share", "value")
CHUNK = 256  # examples at once


class Leaves:
    """base: the mean over the training examples, from which the signals start."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """arrays: of `components.learning.trees.leaves_of`."""
        self._signal_LD, self._share_LD, self._value_L = arrays["signal"], arrays["share"], arrays["value"]
        self._low_LD, self._high_LD = arrays["low"], arrays["high"]
        node_T, weight_T = np.polynomial.legendre.leggauss(max(1, (self._signal_LD.shape[1] + 1) // 2))
        self._node_T, self._weight_T = (node_T + 1) / 2, weight_T / 2
        self.base = float((self._value_L * self._share_LD.prod(axis=1)).sum())

    def added(self, matrix_NX: NDArray[np.float32]) -> NDArray[np.float64]:
        """(N, X); with `base` they add up to the sum of the trees."""
        added_NX = np.zeros(matrix_NX.shape)
        for start in range(0, len(matrix_NX), CHUNK):
            self._add(matrix_NX[start : start + CHUNK], added_NX[start : start + CHUNK])
        return added_NX

    def _add(self, matrix_NX: NDArray[np.float32], added_NX: NDArray[np.float64]) -> None:
        signal_NLD = matrix_NX[:, self._signal_LD]
        met_NLD = ((signal_NLD > self._low_LD) & (signal_NLD <= self._high_LD)).astype(float)
        moves_NLD = np.zeros_like(met_NLD)
        for node, weight in zip(self._node_T.tolist(), self._weight_T.tolist(), strict=True):
            mixed_NLD = node * met_NLD + (1 - node) * self._share_LD  # above 0: every path had an example
            moves_NLD += weight * mixed_NLD.prod(axis=2, keepdims=True) / mixed_NLD
        moves_NLD *= (met_NLD - self._share_LD) * self._value_L[:, None]
        for added_X, moves_LD in zip(added_NX, moves_NLD, strict=True):
            added_X += np.bincount(self._signal_LD.ravel(), moves_LD.ravel(), len(added_X))
