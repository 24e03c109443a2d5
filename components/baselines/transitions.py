"""The item-transition graph as a baseline.

Legend: B histories, N items.
"""

from collections.abc import Sequence

import numpy as np

from components.baselines.interactions import Interactions, Recommender
from components.transitions import TransitionConfig, TransitionGraph

__all__ = ["transitions"]


def transitions(log: Interactions, config: TransitionConfig) -> Recommender:
    """Items by the transitions that `log` counts from the last items of a history; nothing is trained."""
    graph = TransitionGraph.count(log.item_E, log.offset_U1, log.items, config)

    def scores(histories: Sequence[np.ndarray]) -> np.ndarray:
        score_BN = np.zeros((len(histories), log.items), np.float32)
        for score_N, history_L in zip(score_BN, histories, strict=True):
            graph.add_scores(history_L, 1.0, score_N)
        return score_BN

    return scores
