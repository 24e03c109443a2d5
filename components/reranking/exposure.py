"""What a list shows of groups, and how much of it is seen.

A group is a whole number from 0; -1 stands for none. Legend: N places of a list, best first, G groups.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["exposure_ratio", "min_skew", "ndkl", "shows_all", "skew"]

TINY = 1e-9


def shows_all(groups_N: ArrayLike, k: int, groups: int) -> bool:
    """Whether the first `k` places show every group; its mean over queries is DIV@k of arXiv 2305.15534."""
    return set(range(groups)) <= set(np.asarray(groups_N)[:k].tolist())


def skew(groups_N: ArrayLike, shares_G: ArrayLike, k: int) -> NDArray[np.float64]:
    """The logarithm of each group's share of the first `k` over its target. Source: Geyik et al., KDD 2019."""
    shares_G = np.asarray(shares_G, np.float64)
    return np.log((_shares_of(groups_N, len(shares_G), k) + TINY) / (shares_G + TINY))


def min_skew(groups_N: ArrayLike, shares_G: ArrayLike, k: int) -> float:
    """The skew of the group that is shown least for its target."""
    return float(skew(groups_N, shares_G, k).min())


def ndkl(groups_N: ArrayLike, shares_G: ArrayLike) -> float:
    """Kullback-Leibler divergence of each prefix from the target, weighed by 1 / log2(place + 1) and normalised.

    Source: Geyik et al., KDD 2019. 0 is best.
    """
    groups_N, shares_G = np.asarray(groups_N), np.asarray(shares_G, np.float64)
    shown_NG = np.cumsum(groups_N[:, None] == np.arange(len(shares_G)), axis=0)
    shown_NG = shown_NG / np.arange(1, len(groups_N) + 1)[:, None]
    terms_NG = np.where(shown_NG > 0, shown_NG * np.log((shown_NG + TINY) / (shares_G + TINY)), 0.0)
    weight_N = _seen(len(groups_N))
    return float(weight_N @ terms_NG.sum(1) / weight_N.sum())


def exposure_ratio(groups_N: ArrayLike, group: int) -> float:
    """How much a member of the group is seen on average over how much others are, places counting 1 / log2(place + 1).

    Source: Singh and Joachims, KDD 2018. 1 is equal; NaN where one side is empty.
    """
    inside_N = np.asarray(groups_N) == group
    if inside_N.all() or not inside_N.any():
        return float("nan")
    seen_N = _seen(len(inside_N))
    return float(seen_N[inside_N].mean() / seen_N[~inside_N].mean())


def _seen(places: int) -> NDArray[np.float64]:
    return np.asarray(1 / np.log2(np.arange(places) + 2), np.float64)


def _shares_of(groups_N: ArrayLike, groups: int, k: int) -> NDArray[np.float64]:
    first_K = np.asarray(groups_N)[:k]
    return np.asarray(np.bincount(first_K[first_K >= 0], minlength=groups)[:groups] / max(len(first_K), 1), np.float64)
