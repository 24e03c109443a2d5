"""Retrieval metrics, one figure per query.

Legend: Q queries, N gallery items, K ranks.
"""

import numpy as np

__all__ = ["average_precision_at_r", "hit_at"]


def hit_at(relevant_QK: np.ndarray, k: int) -> np.ndarray:
    """1.0 where one of the first `k` results is relevant, otherwise 0.0; shape (Q,). Known as recall@k in retrieval
    of instances and classes (Musgrave et al. 2020, arXiv 2003.08505, section 2).

    relevant_QK: whether the result at each rank is relevant, best first.
    """
    return np.asarray(relevant_QK[:, :k].any(axis=1), np.float64)


def average_precision_at_r(relevant_QN: np.ndarray) -> np.ndarray:
    """Mean precision at the ranks of relevant results among the first R, R being how many are relevant; shape (Q,).

    relevant_QN: whether each result of the full ranking is relevant. A query with nothing relevant scores 0.
    Source: Musgrave et al. 2020 (arXiv 2003.08505), equation 3 (MAP@R).
    """
    r_Q = relevant_QN.sum(axis=1)
    ranks_N = np.arange(1, relevant_QN.shape[1] + 1)
    within_QN = ranks_N[None, :] <= r_Q[:, None]
    precision_QN = np.cumsum(relevant_QN, axis=1) / ranks_N
    return np.asarray((precision_QN * relevant_QN * within_QN).sum(axis=1) / np.maximum(r_Q, 1))
