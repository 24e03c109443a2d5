"""From scores to lists, and from lists to the ranks of targets: the history masked, ties counted against the target.

Legend: B histories, N items of the catalogue, K places of a list, T targets.
"""

from collections.abc import Sequence

import numpy as np

__all__ = ["UNRANKED", "best", "masked", "target_ranks"]

UNRANKED = np.iinfo(np.int64).max  # the rank of a target that a list does not hold


def masked(score_BN: np.ndarray, histories: Sequence[np.ndarray]) -> np.ndarray:
    """Set the scores of every history's items (rows of the catalogue) to -inf, in place; returns `score_BN`."""
    rows = np.repeat(np.arange(len(histories)), [len(history) for history in histories])
    if len(rows):
        score_BN[rows, np.concatenate(histories)] = -np.inf
    return score_BN


def best(score_BN: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The `k` best items of each row, int64 (B, K), and their scores (B, K); best first, ties by item.

    Where all that is left is masked, the item is -1 and its score -inf.
    """
    k = min(k, score_BN.shape[1])
    part_BK = np.argpartition(-score_BN, k - 1, axis=1)[:, :k]
    part_BK.sort(axis=1)
    order_BK = np.argsort(-np.take_along_axis(score_BN, part_BK, axis=1), axis=1, kind="stable")
    list_BK = np.take_along_axis(part_BK, order_BK, axis=1)
    listed_BK = np.take_along_axis(score_BN, list_BK, axis=1)
    return np.where(np.isneginf(listed_BK), -1, list_BK), listed_BK


def target_ranks(list_BK: np.ndarray, score_BK: np.ndarray, owner_T: np.ndarray, target_T: np.ndarray) -> np.ndarray:
    """Rank of each target in its owner's list, from 1, int64 (T,); `UNRANKED` where the list does not hold it.

    owner_T: the target's row of `list_BK`; target_T: its item. Below K the rank is that of the full ranking, with ties
    counted pessimistically: an item with the same score stands before the target, so that equal scores find nothing.
    At K itself the list ends, and a tie beyond it is not seen.
    """
    same_TK = list_BK[owner_T] == target_T[:, None]
    score_TK = score_BK[owner_T]
    score_T = np.take_along_axis(score_TK, same_TK.argmax(axis=1)[:, None], axis=1)
    return np.where(same_TK.any(axis=1), (score_TK >= score_T).sum(axis=1), UNRANKED)
