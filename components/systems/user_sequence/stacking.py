"""How much a profile weighs beside the blended scores: a conditional logit on the questions of validation.

Legend: B questions of a block, N items, T targets, F attributes, V their values, S surfaces, K kinds of evidence,
W weights: of the blended scores, of each kind's attributes, of the rate and of each surface.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_array

from components.ranking import mean_by_owner, ndcg_at
from components.systems.user_sequence.crowd import Crowd
from components.systems.user_sequence.held_out import Questions, blocks_of
from components.systems.user_sequence.profile import Profile
from components.systems.user_sequence.scorer import Scorer
from components.systems.user_sequence.tokens import NO_TIME

__all__ = ["stacked"]

BLOCK = 256
TOP = 10
SHRINKAGE = 1e-4  # of the squared weights, for a loss that is a mean
MOST_STEPS = 40
LEAST = 0.05  # weight of the blended scores, which all others are told in relation to
DECIMALS = 4


def stacked(scorer: Scorer, asked: Questions, crowd: Crowd, profile: Profile) -> tuple[Profile | None, float]:
    """The profile with its weights, and NDCG@10 of the scores with it; None where it gains nothing.

    Weights maximise the likelihood of the targets among all items that are there and new to the person (McFadden 1974).
    The NDCG@10 is that of each half of the questions by weights from the other half, so that what is told of the
    profile was not fitted; the weights that stay are those of all questions.
    """
    blocks = [_block(scorer, part, crowd, profile) for part in blocks_of(asked, BLOCK)]
    count = 1 + profile.weight_KF.size + 1 + len(profile.follow_weight_S)
    start_W = np.concatenate([[1.0], np.zeros(count - 1)])
    halves = [_fitted(blocks, profile, start_W, half) for half in (0, 1)]
    gained = sum(_gain(block, profile, halves[1 - half], half) for block in blocks for half in (0, 1)) / len(asked)
    before = sum(_gain(block, profile, start_W, half) for block in blocks for half in (0, 1)) / len(asked)
    weight_W = _fitted(blocks, profile, start_W, None)
    if gained <= before:
        return None, before
    return _weighed(profile, np.round(weight_W / weight_W[0], DECIMALS)), gained


@dataclass(frozen=True)
class _Block:
    """What the weights are multiplied with. Scores of items that are masked count nothing."""

    score_BN: np.ndarray
    masked_BN: np.ndarray
    lift_BKV: np.ndarray
    follow: Sequence[csr_array]  # (B, N) for each surface
    owner_T: np.ndarray
    target_T: np.ndarray


def _block(scorer: Scorer, part: Questions, crowd: Crowd, profile: Profile) -> _Block:
    score_BN = scorer.scores(part.histories)
    now_s = [None if now == NO_TIME else now for now in part.now_s_Q.tolist()]
    for score_N, now in zip(score_BN, now_s, strict=True):
        aged_N = scorer.aged(now)
        score_N += 0 if aged_N is None else aged_N
    blend = scorer.blend
    if blend.trend:
        alike_BN = crowd.alike(scorer.kin, part.histories, part.now_s_Q) if scorer.kin and blend.alike else None
        score_BN += blend.trending(crowd.counts(part.now_s_Q, blend.half_life_days), alike_BN)
    for score_N, whole in zip(score_BN, part.whole, strict=True):
        score_N[whole.item_L] = -np.inf
    masked_BN = np.isneginf(score_BN)
    pairs = [profile.follows(whole) for whole in part.whole]
    follow = [
        _rows([pair[surface] if pair else None for pair in pairs], score_BN.shape[1])
        for surface in range(len(profile.follow_weight_S))
    ]
    lift_BKV = np.stack([profile.lifts(whole, now) for whole, now in zip(part.whole, now_s, strict=True)])
    score_BN[masked_BN] = 0
    return _Block(score_BN, masked_BN, lift_BKV.astype(np.float32), follow, part.owner_T, part.target_T)


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
    score_BN[block.masked_BN] = -np.inf
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
    asked = sum(len(range(half or 0, len(block.score_BN), 2 if half is not None else 1)) for block in blocks)

    def loss(weight_W: np.ndarray) -> tuple[float, np.ndarray]:
        total, gradient_W = SHRINKAGE * float(weight_W @ weight_W), 2 * SHRINKAGE * weight_W
        for block in blocks:
            score_BN = _scores(block, profile, weight_W)
            score_BN -= score_BN.max(axis=1, keepdims=True)
            chance_BN = np.exp(score_BN)
            sum_B = chance_BN.sum(axis=1)
            kept_T = ~block.masked_BN[block.owner_T, block.target_T]
            if half is not None:
                kept_T &= block.owner_T % 2 == half
            owner_T, target_T = block.owner_T[kept_T], block.target_T[kept_T]
            share_T = 1 / np.bincount(owner_T, minlength=len(sum_B))[owner_T] / asked
            total += float((share_T * (np.log(sum_B[owner_T]) - score_BN[owner_T, target_T])).sum())
            asked_B = np.bincount(owner_T, share_T, len(sum_B))
            chance_BN *= (asked_B / sum_B)[:, None].astype(np.float32)  # from here on the gradient by the scores
            np.subtract.at(chance_BN, (owner_T, target_T), share_T.astype(np.float32))
            by_value_KV = np.einsum("bkv,bv->kv", block.lift_BKV, chance_BN @ has_NV)
            by_field = np.stack([np.bincount(profile.field_V, row, fields) for row in by_value_KV])
            by_follow = [float(follow.multiply(chance_BN).sum()) for follow in block.follow]
            by_score = float(np.vdot(chance_BN, block.score_BN))
            by_rate = float(chance_BN.sum(axis=0) @ profile.rate_N)
            gradient_W = gradient_W + np.concatenate([[by_score], by_field.ravel(), [by_rate], by_follow])
        return total, gradient_W

    bounds = [(LEAST, None), *[(None, None)] * (len(start_W) - 1)]
    found = minimize(loss, start_W, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": MOST_STEPS})
    return np.asarray(found.x)


def _gain(block: _Block, profile: Profile, weight_W: np.ndarray, half: int) -> float:
    """The sum of NDCG@10 over the questions of one half; ties count against the target."""
    score_BN = _scores(block, profile, weight_W)
    pairs = zip(block.owner_T.tolist(), block.target_T.tolist(), strict=True)
    rank_T = np.array([np.count_nonzero(score_BN[owner] >= score_BN[owner, target]) for owner, target in pairs])
    gain_B = mean_by_owner(ndcg_at(rank_T, TOP), block.owner_T, len(score_BN))
    return float(gain_B[half::2].sum())
