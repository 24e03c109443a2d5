"""Accuracy from the ranks of targets.

Legend: T targets, B histories.
"""

import numpy as np

__all__ = ["mean_by_owner", "ndcg_at", "recall_at"]


def recall_at(rank_T: np.ndarray, k: int) -> np.ndarray:
    """1.0 where the target is among the first `k`, otherwise 0.0; shape (T,).

    Its mean over a user's targets is recall@k; with one target a user it is HR@k (Kang and McAuley 2018,
    arXiv 1808.09781, section IV-C).
    """
    return (rank_T <= k).astype(np.float64)


def ndcg_at(rank_T: np.ndarray, k: int) -> np.ndarray:
    """1 / log2(rank + 1) where the target is among the first `k`, otherwise 0.0; shape (T,).

    This is NDCG@k of one relevant item, whose ideal DCG is 1 (Järvelin and Kekäläinen 2002; Kang and McAuley 2018,
    arXiv 1808.09781, section IV-C).
    """
    return np.where(rank_T <= k, 1 / np.log2(np.minimum(rank_T, k) + 1), 0.0)


def mean_by_owner(value_T: np.ndarray, owner_T: np.ndarray, owners: int) -> np.ndarray:
    """Mean of the values of each owner's targets, float64 (B,). Every owner has a target, or it is NaN."""
    count_B = np.bincount(owner_T, minlength=owners)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.bincount(owner_T, value_T, owners) / count_B)
