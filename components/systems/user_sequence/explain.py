"""Why an item is recommended: how much lower it would score had an item of the history not been there.

Legend: J distinct items of the history, K recommendations.
"""

import numpy as np

from components.systems.user_sequence.scorer import Scorer
from components.systems.user_sequence.tokens import History

__all__ = ["CAUSES", "causes"]

CAUSES = 3  # named for a recommendation
READ = 50  # newest distinct items that are left out, one after the other


def causes(
    scorer: Scorer, whole: History, read: History, now_s: int | None, row_K: np.ndarray
) -> list[list[tuple[int, float]]]:
    """For each recommendation the items that moved it up most, as (item row, share of all that moved it up).

    The drop in score is exact: the whole history is scored again without all actions on that item (leave one out).
    read: the part of `whole` that the transformer reads; its items are the ones named.
    """
    read = read.part(slice(-max(scorer.max_length, scorer.graph.last), None))
    item_J = _newest_distinct(read.item_L)[:READ]
    if len(item_J) < 2:  # without the only item there is no history to score
        return [[(int(item_J[0]), 1.0)] for _ in row_K]
    without = [read.part(read.item_L != item) for item in item_J]
    score_JK = scorer.scores([read, *without])[:, row_K]
    if scorer.profile is not None:
        wholes = [whole, *(whole.part(whole.item_L != item) for item in item_J)]
        score_JK += np.stack([scorer.profile.scores(rest, now_s)[row_K] for rest in wholes])
    drop_JK = score_JK[0] - score_JK[1:]
    raised_JK = np.maximum(drop_JK, 0)
    share_JK = raised_JK / np.maximum(raised_JK.sum(axis=0), 1e-9)
    order_JK = np.argsort(-drop_JK, axis=0, kind="stable")[:CAUSES]
    return [
        [(int(item_J[j]), float(share_JK[j, k])) for j in order_JK[:, k] if raised_JK[j, k] > 0]
        for k in range(len(row_K))
    ]


def _newest_distinct(item_L: np.ndarray) -> np.ndarray:
    newest_first = item_L[::-1]
    _, first = np.unique(newest_first, return_index=True)
    return newest_first[np.sort(first)]
