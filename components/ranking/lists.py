"""Qualities of ranked lists besides accuracy: coverage, novelty, diversity and breadth of interests.

Legend: B lists, K places, N items of the catalogue, A attribute values, P pairs. An item of -1 is an empty place.
"""

import numpy as np
from scipy.sparse import csr_array

from components.ranking.attributes import Attributes

__all__ = ["coverage", "coverage_of_share", "interest_entropy", "intra_list_diversity", "novelty"]

BLOCK = 2048  # lists compared at once, to bound memory


def coverage(list_BK: np.ndarray, items: int) -> float:
    """Share of the catalogue's `items` that is in at least one list (Herlocker et al. 2004, section 4.2, catalogue
    coverage)."""
    return len(np.unique(list_BK[list_BK >= 0])) / items


def coverage_of_share(list_BK: np.ndarray, items: int, share: float = 0.9) -> float:
    """Smallest share of the catalogue's `items` that makes up `share` of all places; P90 coverage for 0.9.

    Source: Pal et al. 2022 (PinnerFormer, arXiv 2205.04507, section 5): low where everybody gets the same.
    """
    shown = np.sort(np.bincount(list_BK[list_BK >= 0], minlength=items))[::-1]
    total = shown.sum()
    if not total:
        return 0.0
    return int(np.searchsorted(np.cumsum(shown), share * total - 1e-9) + 1) / items


def novelty(list_BK: np.ndarray, count_N: np.ndarray) -> np.ndarray:
    """Mean self-information of each list's items in bits, -log2 of their share of all events; float64 (B,).

    count_N: training events of each item; one that has none counts as one that has one. 0 for an empty list.
    Source: Zhou et al. 2010 (PNAS 107:10, surprisal); Vargas and Castells 2011 (RecSys, section 4).
    """
    bits_N = -np.log2(np.maximum(count_N, 1) / max(count_N.sum(), 1))
    held_BK = list_BK >= 0
    return np.asarray((bits_N[list_BK] * held_BK).sum(axis=1) / np.maximum(held_BK.sum(axis=1), 1))


def intra_list_diversity(list_BK: np.ndarray, attributes: Attributes) -> np.ndarray:
    """Mean Jaccard distance between the attributes of each list's pairs of items; float64 (B,), 0 without a pair.

    The distance of two items without any attribute is 0.
    Source: Ziegler et al. 2005 (WWW, section 3.3, one minus intra-list similarity).
    """
    first_P, second_P = np.triu_indices(list_BK.shape[1], 1)
    if not len(first_P):
        return np.zeros(len(list_BK))
    parts = [
        _diversity(list_BK[start : start + BLOCK], attributes, first_P, second_P)
        for start in range(0, len(list_BK), BLOCK)
    ]
    return np.concatenate(parts)


def _diversity(list_BK: np.ndarray, attributes: Attributes, first_P: np.ndarray, second_P: np.ndarray) -> np.ndarray:
    left_BP, right_BP = list_BK[:, first_P], list_BK[:, second_P]
    held_BP = (left_BP >= 0) & (right_BP >= 0)
    has_NA = attributes.has_NA
    size_N = np.diff(has_NA.indptr)
    both = has_NA[left_BP.ravel()].multiply(has_NA[right_BP.ravel()]).sum(axis=1).reshape(left_BP.shape)
    either = size_N[left_BP] + size_N[right_BP] - both
    distance_BP = np.where(either > 0, 1 - both / np.maximum(either, 1), 0.0)
    return np.asarray((distance_BP * held_BP).sum(axis=1) / np.maximum(held_BP.sum(axis=1), 1))


def interest_entropy(list_BK: np.ndarray, attributes: Attributes) -> np.ndarray:
    """Entropy in bits of the attribute values in each list, an item's values sharing its place; float64 (B,).

    Source: Pal et al. 2022 (PinnerFormer, arXiv 2205.04507, section 5, interest entropy@k).
    """
    has_NA = attributes.has_NA
    share_NA = has_NA.multiply(1 / np.maximum(np.diff(has_NA.indptr), 1)[:, None]).tocsr()
    list_B, place_K = np.nonzero(list_BK >= 0)
    shape = (len(list_BK), has_NA.shape[0])
    shown_BN = csr_array((np.ones(len(list_B)), (list_B, list_BK[list_B, place_K])), shape=shape)
    weight_BA = (shown_BN @ share_NA).tocsr()
    owner_S = np.repeat(np.arange(len(list_BK)), np.diff(weight_BA.indptr))
    total_B = np.bincount(owner_S, weight_BA.data, len(list_BK))
    p_S = weight_BA.data / total_B[owner_S]
    return np.asarray(np.bincount(owner_S, -p_S * np.log2(p_S), len(list_BK)))
