"""Learned order: trees over signals. Each query is answered by trees that learned from other queries than it.

Legend: C candidates, X signals.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from components.session import open_session
from data.errors import UserError

__all__ = ["DESCRIPTION", "GRADE", "ORDER", "Ranker", "fold_of", "trees_file"]

DESCRIPTION = "ranker.json"
ORDER, GRADE = "order", "grade"
RANK = 60  # a rank counts 1 / (60 + rank) (Cormack et al. 2009, reciprocal rank fusion)


def fold_of(text: str, folds: int) -> int:
    """The fold of a query: by its words, so that all its spellings of case are in one."""
    digest = hashlib.sha256(" ".join(text.casefold().split()).encode("utf-8", "replace")).digest()
    return int.from_bytes(digest[:8], "big") % folds


def trees_file(kind: str, fold: int) -> str:
    return f"{kind}-{fold}.onnx"


class Ranker:
    """Safe to call from several threads at once. sessions: by kind, one for each fold."""

    def __init__(
        self, pool: int, weights: dict[str, float], sessions: dict[str, list[Any]], cuts: Sequence[Sequence[float]] = ()
    ) -> None:
        """pool: candidates by each signal. weights: of what is fused.

        cuts: of each fold the predictions from which on a grade is 1, 2 and 3.
        """
        self.pool, self.weights, self._sessions, self._cuts = pool, weights, sessions, cuts

    @classmethod
    def open(cls, bundle: Path) -> "Ranker":
        """The ranker of `bundle`. Raises `UserError` where files are missing or damaged."""
        try:
            description = json.loads((bundle / DESCRIPTION).read_text(encoding="utf-8"))
            sessions = {
                kind: [open_session(bundle / trees_file(kind, fold), 1) for fold in range(folds)]
                for kind, folds in description["folds"].items()
            }
            return cls(description["pool"], description["weights"], sessions, description["cuts"])
        except (OSError, ValueError, KeyError) as error:
            raise UserError(f"{bundle} has no whole ranker ({error}); make or fetch the bundle again") from None

    @property
    def folds(self) -> int:
        """How many trees share the queries; 0 where no order was learned."""
        return len(self._sessions.get(ORDER, ()))

    def fused(self, signals: Mapping[str, np.ndarray], weights: Mapping[str, float]) -> np.ndarray:
        """Weighted reciprocal ranks of candidates by each of some signals (C,); what has no signal counts nothing."""
        total_C = np.zeros(len(next(iter(signals.values()))))
        for name, weight in weights.items():
            values_C = signals[name]
            rank_C = (-values_C).argsort(kind="stable").argsort(kind="stable") + 1
            total_C += np.where(values_C > 0, weight / (RANK + rank_C), 0.0)
        return total_C

    def predicted(self, kind: str, text: str, signals_CX: np.ndarray) -> np.ndarray | None:
        """What the trees say of each candidate (C,); None where none of this kind were learned."""
        sessions = self._sessions.get(kind)
        if sessions is None:
            return None
        session = sessions[fold_of(text, len(sessions))]
        return np.asarray(session.run(None, {"signals": signals_CX})[0][:, 0])

    def whole(self, text: str, grade_C: np.ndarray) -> np.ndarray:
        """Predicted grades (C,) as whole ones, as frequent as people give them."""
        return np.searchsorted(self._cuts[fold_of(text, len(self._cuts))], grade_C, side="right")
