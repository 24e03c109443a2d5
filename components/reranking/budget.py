"""Shares of groups in a list, as near to a target as a budget of relevance allows.

Legend: N candidates in their order, G groups.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from components.reranking.groups import greedy_shares

__all__ = ["within_budget"]

STEPS = (1.0, 0.75, 0.5, 0.25)  # of the way from the shares that are to those that are wanted


def within_budget(
    scores_N: ArrayLike, groups_N: ArrayLike, shares_G: ArrayLike, k: int, most_lost: float
) -> tuple[NDArray[np.int64], float]:
    """An order of all candidates, and the share of the relevance of the first `k` that it keeps.

    Candidates of no group (-1) keep their places; those of groups share the others. Relevance is the sum of the scores
    above the lowest, or above 0 where none is below.

    Args:
        scores_N: of candidates in the order that they would be shown in.
        shares_G: the target, which sums to 1. Where a group has too few candidates, others fill its places.
        most_lost: the share of relevance that may be lost; the target is approached as far as that allows.

    Raises:
        UserError: a score is not a finite number, or shares do not sum to 1.
    """
    scores_N, groups_N = np.asarray(scores_N, np.float64), np.asarray(groups_N, np.int64)
    wanted_G = np.asarray(shares_G, np.float64)
    place_M = np.flatnonzero(groups_N >= 0)
    own_G = np.bincount(groups_N[place_M[place_M < k]], minlength=len(wanted_G)).astype(np.float64)
    own_G = own_G / own_G.sum() if own_G.sum() else wanted_G
    worth_N = scores_N - min(0.0, float(scores_N.min(initial=0.0)))
    for step in STEPS:
        order_N = np.arange(len(scores_N))
        mixed_G = step * wanted_G + (1 - step) * own_G
        order_N[place_M] = place_M[greedy_shares(scores_N[place_M], groups_N[place_M], mixed_G, len(place_M))]
        kept = _kept(worth_N, order_N, k)
        if kept >= 1 - most_lost:
            return order_N, kept
    return np.arange(len(scores_N)), 1.0


def _kept(worth_N: NDArray[np.float64], order_N: NDArray[np.int64], k: int) -> float:
    whole = worth_N[:k].sum()
    return float(min(worth_N[order_N[:k]].sum() / whole, 1.0)) if whole else 1.0
