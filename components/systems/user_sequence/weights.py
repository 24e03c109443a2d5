"""How much each part of the score weighs: on the questions of validation, by NDCG@10, and a profile's by likelihood.

Legend: B questions of a block, N items, T targets, F attributes, V their values, S surfaces, K kinds of evidence,
W weights: of the blended scores, of each kind's attributes, of the rate and of each surface.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_array

from components.ranking import mean_by_owner, ndcg_at
from components.systems.user_sequence.config import BlendConfig
from components.systems.user_sequence.examples import Questions, blocks_of
from components.systems.user_sequence.history import Contexts
from components.systems.user_sequence.profile import Profile
from components.systems.user_sequence.scorer import Blend, Part, Scorer
from components.systems.user_sequence.trend import CrowdLog

__all__ = ["chosen_blend", "fitted_profile", "ndcg_by_blend"]

BLOCK = 256
TOP = 10
SHRINKAGE = 1e-4  # of the squared weights, for a loss that is a mean
MOST_STEPS = 40
LEAST = 0.05  # weight of the blended scores, by which all others are divided
DECIMALS = 4


def chosen_blend(scorer: Scorer, questions: Questions, crowd_log: CrowdLog, config: BlendConfig) -> tuple[Blend, float]:
    """The best weights on validation, with their NDCG@10; the smaller ones where several do as well.

    scorer: with a blend of zeros. Two weights at a time are tried in all their values while the others stay.
    """
    ages = sorted(config.freshness_weights) if scorer.freshness.counted else [0.0]
    graphs, trends, half_lives = map(sorted, (config.graph_weights, config.trend_weights, config.trend_half_life_days))
    steps: list[dict[str, list[float]]] = [{"graph": graphs, "freshness": ages}]
    if len(crowd_log.stream) and trends[-1] > 0:
        steps.append({"trend": trends, "half_life_days": half_lives})
        steps.append({"trend": trends, "neighbours": sorted(config.neighbours_weights) if scorer.neighbours else [0.0]})
        steps.append({"trend": trends, "freshness": ages})
        steps.append({"graph": graphs, "half_life_days": half_lives})
    best, best_ndcg = Blend(), -1.0
    for step in steps:
        blends = [replace(best, **dict(zip(step, values, strict=True))) for values in product(*step.values())]
        ndcg = ndcg_by_blend(scorer, questions, blends, crowd_log)
        at = int(np.argmax(ndcg))
        if ndcg[at] > best_ndcg:
            best, best_ndcg = blends[at], ndcg[at]
    return best if best.trend else replace(best, neighbours=0.0), best_ndcg


def ndcg_by_blend(scorer: Scorer, questions: Questions, blends: Sequence[Blend], crowd_log: CrowdLog) -> list[float]:
    """NDCG@10 of each blend, the mean over histories of the mean over their targets.

    scorer: with a blend of zeros. Items of the history, and those that were not there yet, are left out.
    """
    total = [0.0] * len(blends)
    half_lives = sorted({blend.half_life_days for blend in blends if blend.trend})
    like = scorer.neighbours if any(blend.trend and blend.neighbours for blend in blends) else None
    for block in blocks_of(questions, BLOCK):
        contexts = block.contexts
        start_BN = scorer.scores(contexts)  # of the transformer, and -inf for what was not there yet
        for score_N, whole in zip(start_BN, contexts.whole, strict=True):
            score_N[whole.item_L] = -np.inf
        graph_BN, fresh_BN = (_alone(part, contexts, start_BN) for part in (scorer.graph, scorer.freshness))
        at = {days: _at(contexts, crowd_log, days) for days in half_lives}
        trend_BN = {days: _alone(scorer.trend, moment, start_BN) for days, moment in at.items()}
        like_BN = _alone(like, at[half_lives[0]], start_BN) if like else 0
        for number, blend in enumerate(blends):
            score_BN = start_BN + np.float32(blend.graph) * graph_BN + np.float32(blend.freshness) * fresh_BN
            if blend.trend:
                score_BN += np.float32(blend.trend) * trend_BN[blend.half_life_days]
                score_BN += np.float32(blend.trend * blend.neighbours) * like_BN
            total[number] += float(_ndcg(score_BN, block.owner_T, block.target_T).sum())
    return [value / len(questions) for value in total]


def _alone(part: Part, contexts: Contexts, like_BN: np.ndarray) -> np.ndarray:
    """float32 (B, N): the scores of one part, of the shape of `like_BN`; 0 for items that it leaves out."""
    score_BN = np.zeros_like(like_BN)
    part.add(contexts, 1.0, score_BN)
    score_BN[np.isneginf(score_BN)] = 0
    return score_BN


def fitted_profile(
    scorer: Scorer, questions: Questions, crowd_log: CrowdLog, profile: Profile
) -> tuple[Profile | None, float]:
    """The profile with its weights, and NDCG@10 of the scores with it; None where it gains nothing.

    scorer: without a profile. Weights maximise the likelihood of the targets among all items that are there and new to
    the person, a conditional logit (McFadden 1974). The NDCG@10 is that of each half of the questions by weights from
    the other half, so that it is not of what was fitted; the weights that stay are those of all questions.
    """
    blocks = [_block(scorer, part, crowd_log, profile) for part in blocks_of(questions, BLOCK)]
    count = 1 + profile.weight_KF.size + 1 + len(profile.follow_weight_S)
    start_W = np.concatenate([[1.0], np.zeros(count - 1)])
    halves = [_fitted(blocks, profile, start_W, half) for half in (0, 1)]
    gained = sum(_gain(block, profile, halves[1 - half], half) for block in blocks for half in (0, 1)) / len(questions)
    before = sum(_gain(block, profile, start_W, half) for block in blocks for half in (0, 1)) / len(questions)
    weight_W = _fitted(blocks, profile, start_W, None)
    if gained <= before:
        return None, before
    return _weighed(profile, np.round(weight_W / weight_W[0], DECIMALS)), gained


@dataclass(frozen=True)
class _Block:
    """What the weights are multiplied with. Scores of items that are masked count nothing."""

    score_BN: np.ndarray
    mshare_BN: np.ndarray
    lift_BKV: np.ndarray
    follow: Sequence[csr_array]  # (B, N) for each surface
    owner_T: np.ndarray
    target_T: np.ndarray


def _block(scorer: Scorer, part: Questions, crowd_log: CrowdLog, profile: Profile) -> _Block:
    contexts = _at(part.contexts, crowd_log, scorer.blend.half_life_days) if scorer.blend.trend else part.contexts
    score_BN = scorer.scores(contexts)
    for score_N, whole in zip(score_BN, contexts.whole, strict=True):
        score_N[whole.item_L] = -np.inf
    mshare_BN = np.isneginf(score_BN)
    pairs = [profile.follows(whole) for whole in contexts.whole]
    follow = [
        _rows([pair[surface] if pair else None for pair in pairs], score_BN.shape[1])
        for surface in range(len(profile.follow_weight_S))
    ]
    lift_BKV = np.stack([profile.lifts(whole, contexts.now_s(row)) for row, whole in enumerate(contexts.whole)])
    score_BN[mshare_BN] = 0
    return _Block(score_BN, mshare_BN, lift_BKV.astype(np.float32), follow, part.owner_T, part.target_T)


def _rows(pairs: Sequence[tuple[np.ndarray, np.ndarray] | None], items: int) -> csr_array:
    offset = np.cumsum([0, *(len(pair[0]) if pair else 0 for pair in pairs)])
    target = [pair[0] for pair in pairs if pair] or [np.empty(0, np.int32)]
    times = [pair[1] for pair in pairs if pair] or [np.empty(0, np.float32)]
    return csr_array((np.concatenate(times), np.concatenate(target), offset), shape=(len(pairs), items))


def _scores(block: _Block, profile: Profile, weight_W: np.ndarray) -> np.ndarray:
    whole = _weighed(profile, weight_W)
    value_BV = np.einsum("bkv,kv->bv", block.lift_BKV, whole.weight_KF[:, profile.field_V]).astype(np.float32)
    score_BN = np.float32(weight_W[0]) * block.score_BN + (whole.rate_weight * profile.rate_N).astype(np.float32)
    for code_N in profile.code_FN:
        score_BN += value_BV[:, code_N]
    for weight, follow in zip(whole.follow_weight_S.tolist(), block.follow, strict=True):
        score_BN += (follow * np.float32(weight)).toarray()
    score_BN[block.mshare_BN] = -np.inf
    return score_BN


def _weighed(profile: Profile, weight_W: np.ndarray) -> Profile:
    kinds = profile.weight_KF.size
    return replace(
        profile,
        weight_KF=weight_W[1 : 1 + kinds].reshape(profile.weight_KF.shape),
        rate_weight=np.array(weight_W[1 + kinds]),
        follow_weight_S=weight_W[2 + kinds :],
    )


def _fitted(blocks: Sequence[_Block], profile: Profile, start_W: np.ndarray, half: int | None) -> np.ndarray:
    """Weights by the questions of one half, or by all."""
    values, fields = len(profile.field_V), len(profile.code_FN)
    item_E = np.tile(np.arange(profile.code_FN.shape[1]), fields)
    ones_E = np.ones(len(item_E), np.float32)
    has_NV = csr_array((ones_E, (item_E, profile.code_FN.ravel())), shape=(len(profile.rate_N), values))
    count = sum(len(range(half or 0, len(block.score_BN), 2 if half is not None else 1)) for block in blocks)

    def loss(weight_W: np.ndarray) -> tuple[float, np.ndarray]:
        total, gradient_W = SHRINKAGE * float(weight_W @ weight_W), 2 * SHRINKAGE * weight_W
        for block in blocks:
            score_BN = _scores(block, profile, weight_W)
            score_BN -= score_BN.max(axis=1, keepdims=True)
            chance_BN = np.exp(score_BN)
            sum_B = chance_BN.sum(axis=1)
            kept_T = ~block.mshare_BN[block.owner_T, block.target_T]
            if half is not None:
                kept_T &= block.owner_T % 2 == half
            owner_T, target_T = block.owner_T[kept_T], block.target_T[kept_T]
            share_T = 1 / np.bincount(owner_T, minlength=len(sum_B))[owner_T] / count
            total += float((share_T * (np.log(sum_B[owner_T]) - score_BN[owner_T, target_T])).sum())
            share_B = np.bincount(owner_T, share_T, len(sum_B))
            chance_BN *= (share_B / sum_B)[:, None].astype(np.float32)  # from here on the gradient by the scores
            np.subtract.at(chance_BN, (owner_T, target_T), share_T.astype(np.float32))
            by_value_KV = np.einsum("bkv,bv->kv", block.lift_BKV, chance_BN @ has_NV)
            by_field = np.stack([np.bincount(profile.field_V, row, fields) for row in by_value_KV])
            by_follow = [float(follow.multiply(chance_BN).sum()) for follow in block.follow]
            by_score = float(np.vdot(chance_BN, block.score_BN))
            by_rate = float(chance_BN.sum(axis=0) @ profile.rate_N)
            gradient_W = gradient_W + np.concatenate([[by_score], by_field.ravel(), [by_rate], by_follow])
        return total, gradient_W

    bounds = [(LEAST, None), *[(None, None)] * (len(start_W) - 1)]
    result = minimize(loss, start_W, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": MOST_STEPS})
    return np.asarray(result.x)


def _gain(block: _Block, profile: Profile, weight_W: np.ndarray, half: int) -> float:
    """The sum of NDCG@10 over the questions of one half."""
    gain_B = _ndcg(_scores(block, profile, weight_W), block.owner_T, block.target_T)
    return float(gain_B[half::2].sum())


def _ndcg(score_BN: np.ndarray, owner_T: np.ndarray, target_T: np.ndarray) -> np.ndarray:
    """NDCG@10 of each question (B,), the mean over its targets; ties count against the target."""
    pairs = zip(owner_T.tolist(), target_T.tolist(), strict=True)
    rank_T = np.array([np.count_nonzero(score_BN[owner] >= score_BN[owner, target]) for owner, target in pairs])
    return mean_by_owner(ndcg_at(rank_T, TOP), owner_T, len(score_BN))


def _at(contexts: Contexts, crowd_log: CrowdLog, half_life_days: float) -> Contexts:
    """The contexts with what everybody does at their moments."""
    return replace(contexts, crowds=crowd_log.at(contexts.now_s_B, half_life_days))
