"""How much the transition graph weighs beside the transformer, chosen on validation.

Legend: Q questions, B of a block, N items.
"""

from collections.abc import Sequence

import numpy as np

from components.systems.user_sequence.held_out import Questions
from components.systems.user_sequence.scorer import Scorer

__all__ = ["ndcg_by_weight"]

BLOCK = 256
TOP = 10


def ndcg_by_weight(scorer: Scorer, questions: Questions, weights: Sequence[float]) -> dict[float, float]:
    """NDCG@10 of the questions for each weight; ties count against the target, items of the history are left out."""
    plain = Scorer(scorer.tower, scorer.vector_ND, scorer.max_length, scorer.graph, 0.0)
    order = sorted(range(len(questions.histories)), key=lambda number: len(questions.histories[number]))
    total = dict.fromkeys(weights, 0.0)
    for start in range(0, len(order), BLOCK):
        chosen = order[start : start + BLOCK]
        histories = [questions.histories[number] for number in chosen]
        tower_BN = plain.scores(histories)
        graph_BN = np.stack([scorer.graph.scores(history.item_L) for history in histories])
        for row, history in enumerate(histories):
            tower_BN[row, history.item_L] = -np.inf
        target_B1 = questions.target_Q[chosen][:, None]
        for weight in weights:
            score_BN = tower_BN + np.float32(weight) * graph_BN
            rank_B = (score_BN >= np.take_along_axis(score_BN, target_B1, axis=1)).sum(axis=1)
            total[weight] += float(np.where(rank_B <= TOP, 1 / np.log2(rank_B + 1), 0.0).sum())
    return {weight: value / len(order) for weight, value in total.items()}
