"""Scores of all items for histories: of transformer and graph, and what age, trend and a person's profile are worth.

numpy and onnxruntime. Legend: B histories, N items, D dimensions, K results, X any shape.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from components.systems.user_sequence.freshness import Freshness
from components.systems.user_sequence.kin import Kin
from components.systems.user_sequence.packed import Packed, packed, packed_together
from components.systems.user_sequence.profile import Profile
from components.systems.user_sequence.tokens import History
from components.transitions import TransitionGraph

__all__ = ["Blend", "Scorer", "best_rows"]


@dataclass(frozen=True)
class Blend:
    """Weights of what is added to the transformer's scores."""

    graph: float = 0.0
    freshness: float = 0.0
    trend: float = 0.0
    alike: float = 0.0  # of the likeness of those who came lately, within the trend
    half_life_days: float = 1.0  # with which the trend's events are counted

    def trending(self, count_XN: np.ndarray, alike_XN: np.ndarray | None) -> np.ndarray:
        """What is added for the crowd, of the shape of both: decayed counts of events, and likeness of who came."""
        score_XN = np.log1p(count_XN)
        if alike_XN is not None:
            score_XN = score_XN + np.float32(self.alike) * alike_XN
        return np.float32(self.trend) * score_XN


class Scorer:
    """Safe to call from several threads at once."""

    def __init__(
        self,
        tower: Any,
        vector_ND: np.ndarray,
        max_length: int,
        graph: TransitionGraph,
        freshness: Freshness,
        blend: Blend,
        kin: Kin | None = None,
        profile: Profile | None = None,
    ) -> None:
        self.tower = tower
        self.vector_ND = vector_ND
        self.max_length = max_length
        self.graph = graph
        self.freshness = freshness
        self.blend = blend
        self.kin = kin
        self.profile = profile
        self._latest_N = self._aged(None)
        self._recent: tuple[int, np.ndarray | None] = -1, None  # requests come at the same second, or one later

    def queries(self, histories: Sequence[History]) -> np.ndarray:
        """float32 (B, D) of histories, none of which is empty."""
        return self._queries(packed(histories, self.max_length))

    def queries_of(self, several: Sequence[Packed]) -> list[np.ndarray]:
        """float32 (B, D) of the histories of each, from one run."""
        if not several:
            return []
        query_BD = self._queries(packed_together(several))
        return np.split(query_BD, np.cumsum([len(one.length_B) for one in several[:-1]]))

    def scores(self, histories: Sequence[History]) -> np.ndarray:
        """float32 (B, N) of histories, none of which is empty, whenever they are asked for."""
        return self.scores_by(self.queries(histories), histories)

    def scores_by(self, query_BD: np.ndarray, histories: Sequence[History]) -> np.ndarray:
        """As `scores`, of histories whose queries are known."""
        score_BN = query_BD @ self.vector_ND.T
        if self.blend.graph:
            for score_N, history in zip(score_BN, histories, strict=True):
                self.graph.add_scores(history.item_L, self.blend.graph, score_N)
        return score_BN

    def aged(self, now_s: int | None) -> np.ndarray | None:
        """float32 (N,) to add at `now_s`, -inf for items that are not there yet; None where there is nothing to add."""
        if now_s is None:
            return self._latest_N
        recent = self._recent
        if recent[0] != now_s:
            recent = self._recent = now_s, self._aged(now_s)
        return recent[1]

    def _aged(self, now_s: int | None) -> np.ndarray | None:
        if not self.freshness.dated or (now_s is None and not self.blend.freshness):
            return None
        score_N = self.freshness.scores(now_s)
        score_N[np.isfinite(score_N)] *= np.float32(self.blend.freshness)
        return score_N

    def profiled(self, whole: History, now_s: int | None) -> np.ndarray | None:
        """float32 (N,) to add for all that a person did, what the transformer does not read included."""
        return None if self.profile is None or not len(whole) else self.profile.scores(whole, now_s)

    def _queries(self, given: Packed) -> np.ndarray:
        return self.tower.run(["query_BD"], given.inputs(self.vector_ND))[0]


def best_rows(score_N: np.ndarray, k: int) -> np.ndarray:
    """The rows of the `k` largest scores that are above -inf, best first, ties by row; fewer where there are fewer."""
    if k < len(score_N):
        least = np.partition(score_N, len(score_N) - k)[-k]
        row_C = np.flatnonzero(score_N >= least)
    else:
        row_C = np.arange(len(score_N))
    row_C = row_C[np.isfinite(score_N[row_C])]
    return row_C[np.argsort(-score_N[row_C], kind="stable")[:k]]
