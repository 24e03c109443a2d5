"""The check of a query. Legend: Q queries, D dimensions."""

import numpy as np

__all__ = ["checked_query"]


def checked_query(query_QD: np.ndarray, dim: int, k: int) -> np.ndarray:
    """The query as contiguous float32 (Q, D).

    Raises:
        ValueError: k < 1, another dimension than `dim`, or a query that is not finite.
    """
    query_QD = np.ascontiguousarray(query_QD, np.float32)
    if query_QD.ndim != 2 or query_QD.shape[1] != dim:
        raise ValueError(f"the query has shape {query_QD.shape}; (Q, {dim}) is needed")
    if k < 1:
        raise ValueError(f"k is {k}; at least 1 is needed")
    if not np.isfinite(query_QD).all():
        raise ValueError("the query holds values that are not finite")
    return query_QD
