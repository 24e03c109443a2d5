"""Baselines that are asked at a moment: they rank what is there by then, from what was done before it.

Legend: B users asked about, N items.
"""

from collections.abc import Callable, Sequence

import numpy as np

from components.baselines import recent_popularity
from components.systems.user_sequence.contest import TimedScorer, accuracy, lists_of_timed
from components.systems.user_sequence.crowd import stream_of
from components.systems.user_sequence.evaluation_config import Baseline, EvaluationConfig
from components.systems.user_sequence.freshness import NO_DATE
from components.systems.user_sequence.histories import Histories
from components.systems.user_sequence.protocol import examples_of
from components.systems.user_sequence.rivals import log_of, seen_by
from components.systems.user_sequence.tokens import NO_TIME
from components.systems.user_sequence.trend import Stream

__all__ = ["timed_rivals"]

TOP = 10


def timed_rivals(
    histories: Histories, created_s_N: np.ndarray, split: str, config: EvaluationConfig
) -> dict[Baseline, Callable[[], TimedScorer]]:
    """For each of them what makes it.

    recent_popularity counts what baselines may see, streamed_popularity everything up to the moment of the question,
    with the half-life that does best on validation; newest is the newest first. Items whose date is unknown count as
    always there, and as the oldest.
    """
    items = len(created_s_N)

    def recent() -> TimedScorer:
        scorer = recent_popularity(
            log_of(histories.within(*seen_by(split, config)), items, config.positive), config.half_life_days
        )
        return _there(lambda inputs, _: scorer(inputs), created_s_N)

    def newest() -> TimedScorer:
        age_N = (created_s_N - created_s_N.max()).astype(np.float64)  # seconds, which 32 bits do not hold
        return _there(lambda inputs, _: np.tile(age_N, (len(inputs), 1)), created_s_N)

    return {
        "recent_popularity": recent,
        "streamed_popularity": lambda: _streamed(histories, created_s_N, config),
        "newest": newest,
    }


def _streamed(histories: Histories, created_s_N: np.ndarray, config: EvaluationConfig) -> TimedScorer:
    stream = stream_of(histories, len(created_s_N), config.positive)
    asked = examples_of(histories, "validation", config.positive).drawn(config.users)
    scorers = [_there(_counting(stream, days), created_s_N) for days in sorted(config.half_lives_days)]
    if len(scorers) == 1 or not len(asked):
        return scorers[-1]
    ndcg = [
        accuracy(lists_of_timed(scorer, histories, asked, TOP).rank_T, asked, (TOP,))[f"ndcg_at_{TOP}"].mean()
        for scorer in scorers
    ]
    return scorers[int(np.argmax(ndcg))]


def _counting(stream: Stream, half_life_days: float) -> TimedScorer:
    return lambda _, now_s_B: stream.counts(now_s_B, half_life_days)


def _there(scorer: TimedScorer, created_s_N: np.ndarray) -> TimedScorer:
    """Leave out what was not there yet; an unknown moment is after everything."""

    def scores(inputs: Sequence[np.ndarray], now_s_B: np.ndarray) -> np.ndarray:
        score_BN = scorer(inputs, now_s_B)
        later_BN = (created_s_N[None] >= now_s_B[:, None]) & (created_s_N != NO_DATE) & (now_s_B != NO_TIME)[:, None]
        score_BN[later_BN] = -np.inf
        return score_BN

    return scores
