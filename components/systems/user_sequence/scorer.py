"""The score of items: a weighed sum of parts, the same where requests are answered, measured, explained and fitted.

numpy and onnxruntime. Legend: B people who ask, N items, X parts of a history, J items left out, K chosen items,
C causes of each.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

from components.systems.user_sequence.freshness import Freshness
from components.systems.user_sequence.graph import Graph
from components.systems.user_sequence.history import Contexts, History, LeaveOneOut
from components.systems.user_sequence.neighbours import Neighbours
from components.systems.user_sequence.profile import Profile
from components.systems.user_sequence.transformer import Transformer
from components.systems.user_sequence.trend import Popularity, Trend

__all__ = ["Blend", "Part", "Scorer", "best_rows"]

CAUSES = 3  # named for a recommendation


class Part(Protocol):
    """One term of the score. It is counted or trained from the training events, saved, loaded, and then only read."""

    def add(self, contexts: Contexts, weight: float, score_BN: np.ndarray) -> None:
        """Add `weight` times the part's scores to `score_BN`, and -inf for items that cannot be shown."""


class HistoryPart(Part, Protocol):
    """A part in which single items of a history count, so that they can be the cause of a recommendation."""

    def scores_without(self, left_out: LeaveOneOut, row_K: np.ndarray) -> np.ndarray:
        """float32 (X, K): scores of some items, of the whole history and without each of its items."""


@dataclass(frozen=True)
class Blend:
    """Weights of what is added to the transformer's scores."""

    graph: float = 0.0
    freshness: float = 0.0
    trend: float = 0.0
    neighbours: float = 0.0  # within the trend: it is multiplied with the trend's weight
    half_life_days: float = 1.0  # with which the trend's events are counted


@dataclass
class Scorer:
    """All parts with their weights. Safe to call from several threads at once."""

    transformer: Transformer
    popularity: Popularity
    graph: Graph
    freshness: Freshness
    blend: Blend
    profile: Profile | None = None
    neighbours: Neighbours | None = None
    trend: Trend = field(default_factory=Trend)

    @classmethod
    def load(
        cls, folder: Path, vector_ND: np.ndarray, max_length: int, blend: Blend, profile: bool, threads: int
    ) -> "Scorer":
        """Open the parts of a bundle; raises `UserError` where one is missing or damaged."""
        return cls(
            Transformer.load(folder, vector_ND, max_length, threads),
            Popularity.load(folder),
            Graph.load(folder),
            Freshness.load(folder),
            blend,
            Profile.load(folder) if profile else None,
            Neighbours.load(folder) if blend.neighbours else None,
        )

    def save(self, folder: Path) -> None:
        """Save all parts but the transformer, whose tower training exports."""
        for part in (self.popularity, self.graph, self.freshness, self.profile, self.neighbours):
            if part is not None:
                part.save(folder)

    def scores(self, contexts: Contexts) -> np.ndarray:
        """float32 (B, N): the score of every item in every context; -inf where it cannot be shown."""
        score_BN = np.zeros((len(contexts), len(self.transformer.vector_ND)), np.float32)
        for part, weight in self._parts():
            part.add(contexts, weight, score_BN)
        return score_BN

    def items_of_parts(self) -> set[int]:
        """How many items each part knows, which is the same number in a bundle that is whole."""
        counts = {len(self.transformer.vector_ND), len(self.popularity.count_N), self.graph.transitions.items}
        counts.add(len(self.freshness.created_s_N))
        return counts if self.profile is None else counts | {len(self.profile.rate_N)}

    def left_out(self, read: History, whole: History, now_s: int | None) -> LeaveOneOut:
        """What an explanation compares. read: not empty."""
        return LeaveOneOut.of(read, whole, now_s, self.transformer.max_length, self.graph.transitions.last)

    def causes(self, left_out: LeaveOneOut, row_K: np.ndarray) -> list[list[tuple[int, float]]]:
        """For each item the items of the history that moved it up most, as (item row, share of all that moved it up).

        An item moved another up by how much lower the other scores had it not been there. left_out: with its queries.
        """
        if len(left_out.item_J) == 1:
            return [[(int(left_out.item_J[0]), 1.0)] for _ in row_K]
        score_XK = np.zeros((len(left_out.item_J) + 1, len(row_K)), np.float32)
        for part, weight in self._history_parts():
            score_XK += np.float32(weight) * part.scores_without(left_out, row_K)
        drop_JK = score_XK[0] - score_XK[1:]
        raised_JK = np.maximum(drop_JK, 0)
        share_JK = raised_JK / np.maximum(raised_JK.sum(axis=0), 1e-9)
        order_CK = np.argsort(-drop_JK, axis=0, kind="stable")[:CAUSES]
        item_KC, share_KC = left_out.item_J[order_CK].T, np.take_along_axis(share_JK, order_CK, axis=0).T
        return [
            [(item, share) for item, share in zip(items, shares, strict=True) if share > 0]
            for items, shares in zip(item_KC.tolist(), share_KC.tolist(), strict=True)
        ]

    def _parts(self) -> Iterator[tuple[Part, float]]:
        yield from ((self.transformer, 1.0), (self.popularity, 1.0))
        yield from ((self.graph, self.blend.graph), (self.freshness, self.blend.freshness))
        if self.profile is not None:  # its weights are within it
            yield self.profile, 1.0
        if self.blend.trend:
            yield self.trend, self.blend.trend
            if self.neighbours is not None:
                yield self.neighbours, self.blend.trend * self.blend.neighbours

    def _history_parts(self) -> Iterator[tuple[HistoryPart, float]]:
        yield self.transformer, 1.0
        if self.blend.graph:
            yield self.graph, self.blend.graph
        if self.profile is not None:
            yield self.profile, 1.0


def best_rows(score_N: np.ndarray, k: int) -> np.ndarray:
    """The rows of the `k` largest scores that are above -inf, best first, ties by row; fewer where there are fewer."""
    if k < len(score_N):
        least = np.partition(score_N, len(score_N) - k)[-k]
        row_C = np.flatnonzero(score_N >= least)
    else:
        row_C = np.arange(len(score_N))
    row_C = row_C[np.isfinite(score_N[row_C])]
    return row_C[np.argsort(-score_N[row_C], kind="stable")[:k]]
