"""How much the transition graph weighs beside the transformer, chosen on validation.

Legend: B histories of a block, N items, T targets.
"""

from collections.abc import Sequence

import numpy as np

from components.ranking import mean_by_owner, ndcg_at
from components.systems.user_sequence.held_out import Questions, blocks_of
from components.systems.user_sequence.scorer import Scorer

__all__ = ["ndcg_by_weight"]

BLOCK = 256
TOP = 10


def ndcg_by_weight(scorer: Scorer, asked: Questions, weights: Sequence[float]) -> dict[float, float]:
    """NDCG@10 for each weight, the mean over histories of the mean over their targets.

    Ties count against the target; items of the history are left out.
    """
    plain = Scorer(scorer.tower, scorer.vector_ND, scorer.max_length, scorer.graph, 0.0)
    total = dict.fromkeys(weights, 0.0)
    for histories, owner_T, target_T in blocks_of(asked, BLOCK):
        tower_BN = plain.scores(histories)
        graph_BN = np.stack([scorer.graph.scores(history.item_L) for history in histories])
        for row, history in enumerate(histories):
            tower_BN[row, history.item_L] = -np.inf
        for weight in weights:
            score_BN = tower_BN + np.float32(weight) * graph_BN
            rank_T = np.array(
                [
                    np.count_nonzero(score_BN[owner] >= score_BN[owner, target])
                    for owner, target in zip(owner_T.tolist(), target_T.tolist(), strict=True)
                ]
            )
            total[weight] += float(mean_by_owner(ndcg_at(rank_T, TOP), owner_T, len(histories)).sum())
    return {weight: value / len(asked) for weight, value in total.items()}
