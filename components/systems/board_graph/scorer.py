"""Scores of items for a board, from four parts that are weighed: neighbours, factors, walks and content.

Legend: N items, L items of the board, D factors, P parts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array

from components.arrays import mapped, save_array
from components.systems.board_graph.config import FactorsConfig
from components.systems.board_graph.content import Content, normal
from components.systems.board_graph.features import rows_added
from components.walks.walks import Walks
from data.errors import UserError

__all__ = ["LATEST", "PARTS", "Blend", "Scorer", "gram_of", "solved"]

LATEST = 1000  # items of a board that count
PARTS = ("neighbours", "factors", "walks", "content")
ARRAYS = ("neighbour_start", "neighbour_index", "neighbour_value", "factors")


def gram_of(factor_ND: np.ndarray, settings: FactorsConfig) -> np.ndarray:
    """What `solved` wants of all items, float32 (D, D)."""
    return np.asarray(factor_ND.T @ factor_ND + settings.penalty * np.eye(factor_ND.shape[1], dtype=np.float32))


def solved(factor_LD: np.ndarray, gram_DD: np.ndarray, settings: FactorsConfig) -> np.ndarray:
    """The factors of a board with these items, float32 (D,) (Hu et al. 2008, equation 4)."""
    left_DD = gram_DD + (settings.confidence - 1) * factor_LD.T @ factor_LD
    return np.asarray(np.linalg.solve(left_DD, settings.confidence * factor_LD.sum(axis=0)), np.float32)


@dataclass(frozen=True)
class Blend:
    """How much each part counts, and of an item that was never on a board its factors and its picture.

    share: of likely factors, the rest is likeness. looks: of the picture of an item that has words too.
    """

    weights: Mapping[str, float] = field(default_factory=lambda: {"neighbours": 1.0})
    share: float = 0.0
    looks: float = 0.0


@dataclass(frozen=True)
class Scorer:
    """The parts, and how much each counts. For edges and contents of today `replace` walks and content."""

    near_NN: csr_array
    factors: np.ndarray  # (N, D)
    settings: FactorsConfig
    walks: Walks
    content: Content | None
    blend: Blend
    gram_DD: np.ndarray

    @classmethod
    def of(
        cls,
        near_NN: csr_array,
        factors: np.ndarray,
        settings: FactorsConfig,
        walks: Walks,
        content: Content | None,
        blend: Blend,
    ) -> "Scorer":
        """near_NN: how much each item (row) speaks for each other."""
        return cls(near_NN, factors, settings, walks, content, blend, gram_of(factors, settings))

    def save(self, bundle: Path) -> None:
        near_NN = self.near_NN
        for name, array in zip(ARRAYS, (near_NN.indptr, near_NN.indices, near_NN.data, self.factors), strict=True):
            save_array(bundle, name, array)

    @classmethod
    def load(
        cls, bundle: Path, settings: FactorsConfig, walks: Walks, content: Content | None, blend: Blend
    ) -> "Scorer":
        """Raises `UserError` if a file is missing or damaged."""
        start, index, value, factors = (mapped(bundle, name) for name in ARRAYS)
        try:  # of one type of indices, or the larger array would be copied into memory
            near_NN = csr_array((value, index, start.astype(index.dtype)), shape=(len(start) - 1, len(start) - 1))
            near_NN.check_format()
        except ValueError as error:
            raise UserError(f"{bundle}: the neighbours are damaged ({error}); make the bundle again") from None
        return cls.of(near_NN, factors, settings, walks, content, blend)

    @cached_property
    def degrees(self) -> np.ndarray:
        """Boards of each item that has edges or a content."""
        degree_N = np.zeros(max(self.walks.items, 0 if self.content is None else self.content.items), np.int64)
        degree_N[: self.walks.items] = self.walks.degrees()
        return degree_N

    @cached_property
    def divisors(self) -> np.ndarray:
        """By which visits are divided."""
        return np.asarray(np.maximum(self.degrees, 1) ** self.walks.config.popularity, np.float32)

    def part(self, name: str, row_L: np.ndarray) -> np.ndarray:
        """What one part says of each item for a board with the items `row_L`, the latest of them; float32 (N,)."""
        row_L = row_L[-LATEST:]
        score_N = np.zeros(len(self.degrees), np.float32)
        if name == "walks":
            walked = self.walks.items
            score_N[:walked] = self.walks.scores(row_L[row_L < walked], self.divisors[:walked])
            return score_N
        if name == "content":
            if self.content is not None:
                score_N[: self.content.words.items] = self.content.words.scores(row_L)
        elif name == "neighbours":
            score_N[: len(self.factors)] = rows_added(self.near_NN, row_L[row_L < len(self.factors)])
        else:
            return self._likely(self._board(row_L))
        return score_N

    def _board(self, row_L: np.ndarray) -> np.ndarray:
        """The factors of the board."""
        row_L = row_L[-LATEST:]
        return solved(self.factors[row_L[row_L < len(self.factors)]], self.gram_DD, self.settings)

    def _likely(self, board_D: np.ndarray) -> np.ndarray:
        """What the factors of a board say of each item, float32 (N,)."""
        score_N = np.zeros(len(self.degrees), np.float32)
        score_N[: len(self.factors)] = self.factors @ board_D
        return score_N

    def evidence(self, row_L: np.ndarray, board_D: np.ndarray | None = None) -> np.ndarray:
        """What words and pictures say of each item for a board, see `Content.evidence`. board_D: its factors."""
        assert self.content is not None
        board_D = self._board(row_L) if board_D is None else board_D
        return self.content.evidence(row_L[-LATEST:], board_D, len(self.degrees))

    def new(self, evidence_22N: np.ndarray, blend: Blend) -> np.ndarray:
        """The scores that new items have by this, float32 (N,)."""
        assert self.content is not None
        content_N, guess_N = map(normal, self.content.mixed(evidence_22N, blend.looks))
        share = blend.share if guess_N.any() else 0.0  # items without factors say nothing of others
        return np.asarray((1 - share) * content_N + share * guess_N)

    def scores(self, row_L: np.ndarray) -> np.ndarray:
        """All parts together, float32 (N,); of an item that was never on a board content and the guess of factors."""
        total_N, new_N = np.zeros(len(self.degrees), np.float32), self.degrees == 0
        known: dict[str, np.ndarray] = {}
        evidence_22N = None
        if self.content is not None and new_N.any():
            board_D = self._board(row_L)
            evidence_22N = self.evidence(row_L, board_D)
            known = {"content": evidence_22N[0, 0], "factors": self._likely(board_D)}
        for name, weight in self.blend.weights.items():
            if weight:
                total_N += np.float32(weight) * normal(known[name] if name in known else self.part(name, row_L))
        if evidence_22N is not None:
            total_N[new_N] = self.new(evidence_22N, self.blend)[new_N]
        return total_N
