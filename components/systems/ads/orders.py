"""Signals of training: the rates of a row are of rows before it in a random order, so that its own outcome is in none.

Source: Prokhorenkova et al. 2018 (CatBoost, arXiv 1706.09516), section 3.2.

Legend: N rows, M values of all rows, G groups of equal values, X signals.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from components.systems.ads.signals import Read, Signals, of_lists, of_singles, whole

__all__ = ["Orders"]

Ints = NDArray[Any]  # whole numbers of the least size that holds them
RADIX = np.iinfo(np.uint16).max  # up to which NumPy sorts in time that is linear


@dataclass(frozen=True)
class _Values:
    """Of one rate, in order of the rows. single: each row has one. twice: a row has a value twice."""

    row_M: Ints
    group_M: Ints
    size_G: Ints
    single: bool
    twice: bool


class Orders:
    """What does not depend on the order is made once."""

    def __init__(self, signals: Signals, read: Read, click_N: NDArray[np.bool_]) -> None:
        self._signals, self._read, self._click_N = signals, read, click_N
        self._values = [_values(bucket_NL, read.count) for bucket_NL in read.buckets]

    def signals(self, trains_N: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.float32]:
        """Signals (N, X) for training on the rows `trains_N`; all others get the rates of all of these."""
        count, prior = self._read.count, self._signals.config.prior
        place_N = rng.permutation(count)
        order_N = np.argsort(np.where(trains_N, place_N, place_N + count))
        place_N[order_N] = np.arange(count)
        place_N = place_N.astype(np.min_scalar_type(count))
        counted = trains_N.astype(np.int32), (trains_N & self._click_N).astype(np.int32)
        rate, parts = float(self._click_N[trains_N].mean()), []
        for values, listed in zip(self._values, self._signals.listed, strict=True):
            shown_M, clicked_M = _before(values, counted, order_N, place_N)
            if listed:
                parts += of_lists(values.row_M, shown_M, clicked_M, rate, prior, count)
            else:
                shown_N, clicked_N = np.zeros((2, count), np.float32)
                shown_N[values.row_M], clicked_N[values.row_M] = shown_M, clicked_M
                parts += of_singles(shown_N, clicked_N, rate, prior)
        return whole(parts, self._read.plain_NX, count)


def _values(bucket_NL: NDArray[np.int64], count: int) -> _Values:
    bucket_NL = np.broadcast_to(bucket_NL, (count, bucket_NL.shape[1]))
    row_M, place_M = np.nonzero(bucket_NL >= 0)
    _, group_M, size_G = np.unique(bucket_NL[row_M, place_M], return_inverse=True, return_counts=True)
    own_M = np.sort(group_M * count + row_M)
    twice = bool((own_M[1:] == own_M[:-1]).any())
    return _Values(
        row_M,
        group_M.astype(np.min_scalar_type(len(size_G))),
        size_G,
        bucket_NL.shape[1] == 1 and len(row_M) == count,
        twice,
    )


def _before(values: _Values, counted: tuple[Ints, Ints], order_N: Ints, place_N: Ints) -> list[NDArray[np.float32]]:
    """Sums (M,) of each of `counted` (N,) over the rows before, of the same group. Values of one row have the same.

    order_N: rows from the first, whose places in it are `place_N`.
    """
    place_M, group_M = place_N[values.row_M], values.group_M
    if max(len(place_N), len(values.size_G)) > RADIX:
        order_M = np.argsort(group_M.astype(np.int64) * len(place_N) + place_M)
    else:
        order_M = order_N if values.single else np.argsort(place_M, kind="stable")
        order_M = order_M[np.argsort(group_M[order_M], kind="stable")]
    row_M, first_G = values.row_M[order_M], np.cumsum(values.size_G) - values.size_G
    if values.twice:
        begins_M = np.diff(row_M, prepend=-1) != 0
        begins_M[first_G] = True
    found = []
    for counted_N in counted:
        own_M = counted_N[row_M]
        sum_M = np.cumsum(own_M, dtype=np.int32) - own_M
        sum_M -= np.repeat(sum_M[first_G], values.size_G)
        if values.twice:
            sum_M = sum_M[begins_M][np.cumsum(begins_M) - 1]
        sum_before_M = np.empty(len(row_M), np.float32)
        sum_before_M[order_M] = sum_M
        found.append(sum_before_M)
    return found
