"""Popularity: everybody gets the same items.

Legend: B histories, N items, E events.
"""

from collections.abc import Sequence

import numpy as np

from components.baselines.interactions import Interactions, Recommender
from data.times import DAY_S

__all__ = ["popularity", "recent_popularity"]


def popularity(log: Interactions) -> Recommender:
    """Items by their number of events in `log`."""
    return _same(log.counts())


def recent_popularity(log: Interactions, half_life_days: float) -> Recommender:
    """Items by their number of events, one counting half for each `half_life_days` before the last event of `log`.

    Without times every event counts the same.
    """
    if log.time_s_E is None or not len(log.time_s_E):
        return popularity(log)
    age_days_E = (log.time_s_E.max() - log.time_s_E) / DAY_S
    return _same(np.bincount(log.item_E, 0.5 ** (age_days_E / half_life_days), log.items))


def _same(weight_N: np.ndarray) -> Recommender:
    score_N = weight_N.astype(np.float32)

    def scores(histories: Sequence[np.ndarray]) -> np.ndarray:
        return np.tile(score_N, (len(histories), 1))

    return scores
