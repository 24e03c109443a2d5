"""The probability of each outcome: exported trees and, where it helped, a network, calibrated by surface.

Legend: N candidates, X signals.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from components.session import open_session
from data.errors import UserError

__all__ = ["DESCRIPTION", "Heads", "logit", "sigmoid", "trees_file"]

DESCRIPTION = "heads.json"


def trees_file(head: str) -> str:
    return f"{head}.onnx"


def sigmoid(value_N: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-np.clip(value_N, -30, 30))), np.float64)


def logit(probability_N: NDArray[Any]) -> NDArray[np.float64]:
    clipped_N = np.clip(probability_N, 1e-9, 1 - 1e-9)
    return np.asarray(np.log(clipped_N / (1 - clipped_N)), np.float64)


class Heads:
    """Safe to call from several threads."""

    def __init__(self, sessions: dict[str, Any], calibrations: dict[str, dict[str, Any]]) -> None:
        """calibrations: of each head `slope`, `offset`, and what `surfaces` add, by name."""
        self._sessions, self._calibrations = sessions, calibrations

    @classmethod
    def open(cls, bundle: Path, threads: int) -> "Heads":
        """Raises `UserError` where files are missing or damaged."""
        try:
            calibrations = json.loads((bundle / DESCRIPTION).read_text(encoding="utf-8"))
            sessions = {head: open_session(bundle / trees_file(head), threads) for head in calibrations}
        except (OSError, ValueError) as error:
            raise UserError(f"{bundle} has no whole heads ({error}); make or fetch the bundle again") from None
        return cls(sessions, calibrations)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._sessions)

    def probabilities(self, signals_NX: NDArray[np.float32], surfaces: Sequence[str]) -> dict[str, NDArray[np.float64]]:
        """Of each head (N,)."""
        answers = {}
        for head, session in self._sessions.items():
            given = self._calibrations[head]
            sum_N = np.asarray(session.run(None, {"signals": signals_NX})[0][:, 0], np.float64)
            added_N = np.array([given["surfaces"].get(surface, 0.0) for surface in surfaces])
            answers[head] = sigmoid(given["slope"] * sum_N + given["offset"] + added_N)
        return answers
