"""How much is added to the transformer's scores: the graph, the age of items and the trend, weighed on validation.

Legend: B histories of a block, N items, T targets.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from components.ranking import mean_by_owner, ndcg_at
from components.systems.user_sequence.config import BlendConfig
from components.systems.user_sequence.crowd import Crowd
from components.systems.user_sequence.held_out import Questions, blocks_of
from components.systems.user_sequence.scorer import Blend, Scorer
from components.systems.user_sequence.tokens import NO_TIME

__all__ = ["chosen_blend", "ndcg_by_blend"]

BLOCK = 256
TOP = 10


def chosen_blend(scorer: Scorer, asked: Questions, crowd: Crowd, config: BlendConfig) -> tuple[Blend, float]:
    """The best weights on validation, with their NDCG@10; the smaller ones where several do as well.

    scorer: with a blend of zeros. Two weights at a time are tried in all their values while the others stay.
    """
    ages = sorted(config.freshness_weights) if scorer.freshness.counted else [0.0]
    trends, alike = sorted(config.trend_weights), sorted(config.alike_weights)
    half_lives = sorted(config.trend_half_life_days)
    steps: list[dict[str, list[float]]] = [{"graph": sorted(config.graph_weights), "freshness": ages}]
    if len(crowd.stream) and trends[-1] > 0:
        steps.append({"trend": trends, "half_life_days": half_lives})
        steps.append({"trend": trends, "alike": alike if scorer.kin else [0.0]})
        steps.append({"trend": trends, "freshness": ages})
        steps.append({"graph": sorted(config.graph_weights), "half_life_days": half_lives})
    best, ndcg = Blend(), -1.0
    for step in steps:
        found = [replace(best, **_named(step, values)) for values in product(*step.values())]
        told = ndcg_by_blend(scorer, asked, found, crowd)
        at = int(np.argmax(told))
        if told[at] > ndcg:
            best, ndcg = found[at], told[at]
    return best if best.trend else replace(best, alike=0.0), ndcg


def _named(step: dict[str, list[float]], values: tuple[float, ...]) -> dict[str, Any]:
    return dict(zip(step, values, strict=True))


def ndcg_by_blend(scorer: Scorer, asked: Questions, blends: Sequence[Blend], crowd: Crowd) -> list[float]:
    """NDCG@10 of each blend, the mean over histories of the mean over their targets.

    scorer: with a blend of zeros. Ties count against the target; items of the history, and those that were not there
    yet when the question was asked, are left out.
    """
    total = [0.0] * len(blends)
    half_lives = {blend.half_life_days for blend in blends if blend.trend}
    for block in blocks_of(asked, BLOCK):
        tower_BN = scorer.scores(block.histories)
        graph_BN = np.stack([scorer.graph.scores(history.item_L) for history in block.histories])
        fresh_BN = np.stack(
            [scorer.freshness.scores(None if now == NO_TIME else now) for now in block.now_s_Q.tolist()]
        )
        for row, whole in enumerate(block.whole):
            tower_BN[row, whole.item_L] = -np.inf
        tower_BN[np.isneginf(fresh_BN)] = -np.inf
        fresh_BN[np.isneginf(fresh_BN)] = 0
        count_BN = {days: crowd.counts(block.now_s_Q, days) for days in half_lives}
        alike_BN = None
        if scorer.kin and any(blend.alike for blend in blends):
            alike_BN = crowd.alike(scorer.kin, block.histories, block.now_s_Q)
        for number, blend in enumerate(blends):
            score_BN = tower_BN + np.float32(blend.graph) * graph_BN + np.float32(blend.freshness) * fresh_BN
            if blend.trend:
                score_BN += blend.trending(count_BN[blend.half_life_days], alike_BN)
            rank_T = np.array(
                [
                    np.count_nonzero(score_BN[owner] >= score_BN[owner, target])
                    for owner, target in zip(block.owner_T.tolist(), block.target_T.tolist(), strict=True)
                ]
            )
            total[number] += float(mean_by_owner(ndcg_at(rank_T, TOP), block.owner_T, len(block)).sum())
    return [value / len(asked) for value in total]
