"""Scores of items for a board, from four parts that are weighed: neighbours, factors, walks and content.

Legend: N items, L items of the board, D factors, C dimensions of content, P parts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numba import njit
from scipy.sparse import csr_array

from components.arrays import mapped, save_array
from components.systems.board_graph.config import FactorsConfig
from components.systems.board_graph.tower import Tower
from components.walks.walks import Walks

__all__ = ["PARTS", "Scorer", "gram_of", "normal", "solved"]

PARTS = ("neighbours", "factors", "walks", "content")
ARRAYS = ("neighbour_start", "neighbour_index", "neighbour_value", "factors")


@njit(nogil=True)
def _add_rows(start: np.ndarray, index: np.ndarray, value: np.ndarray, row_L: np.ndarray, score_N: np.ndarray) -> None:
    for row in row_L:
        for at in range(start[row], start[row + 1]):
            score_N[index[at]] += value[at]


def normal(score_N: np.ndarray) -> np.ndarray:
    """Scores in deviations, so that those of parts can be added; zeros stay."""
    deviation = float(score_N.std())
    return score_N / deviation if deviation > 0 else score_N


def gram_of(factor_ND: np.ndarray, settings: FactorsConfig) -> np.ndarray:
    """What `solved` wants of all items, float32 (D, D)."""
    return np.asarray(factor_ND.T @ factor_ND + settings.penalty * np.eye(factor_ND.shape[1], dtype=np.float32))


def solved(factor_LD: np.ndarray, gram_DD: np.ndarray, settings: FactorsConfig) -> np.ndarray:
    """The factors of a board with these items, float32 (D,) (Hu et al. 2008, equation 4)."""
    left_DD = gram_DD + (settings.confidence - 1) * factor_LD.T @ factor_LD
    return np.asarray(np.linalg.solve(left_DD, settings.confidence * factor_LD.sum(axis=0)), np.float32)


@dataclass(frozen=True)
class Scorer:
    """The parts, and how much each counts. divisor_N: of walks. old_N: whether training has the item on a board."""

    neighbour_start: np.ndarray
    neighbour_index: np.ndarray
    neighbour_value: np.ndarray
    factors: np.ndarray  # (N, D)
    settings: FactorsConfig
    walks: Walks
    tower: Tower | None
    weights: Mapping[str, float]
    divisor_N: np.ndarray
    old_N: np.ndarray
    gram_DD: np.ndarray

    @classmethod
    def of(
        cls,
        neighbours: csr_array,
        factors: np.ndarray,
        settings: FactorsConfig,
        walks: Walks,
        tower: Tower | None,
        weights: Mapping[str, float],
    ) -> "Scorer":
        start, index = neighbours.indptr.astype(np.int64), neighbours.indices.astype(np.int32)
        return cls._opened((start, index, neighbours.data.astype(np.float32), factors), settings, walks, tower, weights)

    @classmethod
    def _opened(
        cls,
        arrays: tuple[np.ndarray, ...],
        settings: FactorsConfig,
        walks: Walks,
        tower: Tower | None,
        weights: Mapping[str, float],
    ) -> "Scorer":
        start, index, value, factors = arrays
        gram_DD = gram_of(factors, settings)
        divisor_N, old_N = _sized(walks, tower)
        return cls(start, index, value, factors, settings, walks, tower, weights, divisor_N, old_N, gram_DD)

    def save(self, bundle: Path) -> None:
        for name in ARRAYS:
            save_array(bundle, name, getattr(self, name))

    @classmethod
    def load(
        cls, bundle: Path, settings: FactorsConfig, walks: Walks, tower: Tower | None, weights: Mapping[str, float]
    ) -> "Scorer":
        """Raises `UserError` if a file is missing or damaged."""
        return cls._opened(tuple(mapped(bundle, name) for name in ARRAYS), settings, walks, tower, weights)

    def moved(self, walks: Walks, tower: Tower | None) -> "Scorer":
        """The same with edges and contents of today."""
        divisor_N, old_N = _sized(walks, tower)
        return replace(self, walks=walks, tower=tower, divisor_N=divisor_N, old_N=old_N)

    def part(self, name: str, row_L: np.ndarray) -> np.ndarray:
        """What one part says of each item for a board with the items `row_L`; float32 (N,)."""
        score_N = np.zeros(len(self.old_N), np.float32)
        if name == "walks":
            walked = self.walks.items
            score_N[:walked] = self.walks.scores(row_L[row_L < walked], self.divisor_N[:walked])
            return score_N
        held_L = row_L[row_L < len(self.factors)]
        if name == "content":
            if self.tower is not None:
                content_N = self.tower.scores(row_L)
                score_N[: len(content_N)] = content_N
        elif name == "neighbours":
            _add_rows(self.neighbour_start, self.neighbour_index, self.neighbour_value, held_L, score_N)
        elif len(held_L):
            score_N[: len(self.factors)] = self.factors @ solved(self.factors[held_L], self.gram_DD, self.settings)
        return score_N

    def scores(self, row_L: np.ndarray) -> np.ndarray:
        """All parts together, float32 (N,); an item that was never on a board has the weight of all in its content."""
        total_N = np.zeros(len(self.old_N), np.float32)
        for name, weight in self.weights.items():
            if weight or (name == "content" and self.tower is not None):
                part_N = normal(self.part(name, row_L))
                if name == "content":
                    part_N = np.where(self.old_N, weight, sum(self.weights.values())) * part_N
                    total_N += part_N.astype(np.float32)
                else:
                    total_N += np.float32(weight) * part_N
        return total_N


def _sized(walks: Walks, tower: Tower | None) -> tuple[np.ndarray, np.ndarray]:
    """What visits are divided by, and whether an item is on a board; of the items that have edges or a content."""
    degree_N = np.zeros(max(walks.items, 0 if tower is None else len(tower.item_vectors)), np.int64)
    degree_N[: walks.items] = walks.degrees()
    return (np.maximum(degree_N, 1) ** walks.config.popularity).astype(np.float32), degree_N > 0
