"""How much the transition graph and the age of items weigh beside the transformer, chosen on validation.

Legend: B histories of a block, N items, T targets.
"""

from collections.abc import Sequence

import numpy as np

from components.ranking import mean_by_owner, ndcg_at
from components.systems.user_sequence.held_out import Questions, blocks_of
from components.systems.user_sequence.scorer import Blend, Scorer
from components.systems.user_sequence.tokens import NO_TIME

__all__ = ["ndcg_by_blend"]

BLOCK = 256
TOP = 10


def ndcg_by_blend(scorer: Scorer, asked: Questions, blends: Sequence[Blend]) -> list[float]:
    """NDCG@10 of each blend, the mean over histories of the mean over their targets.

    scorer: with a blend of zeros. Ties count against the target; items of the history, and those that were not there
    yet when the question was asked, are left out.
    """
    total = [0.0] * len(blends)
    for block in blocks_of(asked, BLOCK):
        tower_BN = scorer.scores(block.histories)
        graph_BN = np.stack([scorer.graph.scores(history.item_L) for history in block.histories])
        fresh_BN = np.stack(
            [scorer.freshness.scores(None if now == NO_TIME else now) for now in block.now_s_Q.tolist()]
        )
        for row, item_E in enumerate(block.seen):
            tower_BN[row, item_E] = -np.inf
        tower_BN[np.isneginf(fresh_BN)] = -np.inf
        fresh_BN[np.isneginf(fresh_BN)] = 0
        for number, blend in enumerate(blends):
            score_BN = tower_BN + np.float32(blend.graph) * graph_BN + np.float32(blend.freshness) * fresh_BN
            rank_T = np.array(
                [
                    np.count_nonzero(score_BN[owner] >= score_BN[owner, target])
                    for owner, target in zip(block.owner_T.tolist(), block.target_T.tolist(), strict=True)
                ]
            )
            total[number] += float(mean_by_owner(ndcg_at(rank_T, TOP), block.owner_T, len(block)).sum())
    return [value / len(asked) for value in total]
