"""The probability of a click, and of a conversion after it: exported trees, a model a fold, calibrated.

Legend: F folds, N rows, X signals.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from components.calibration import calibrated
from components.session import open_session
from components.systems.ads.signals import Columns, Read, Signals
from data.errors import UserError

__all__ = ["DESCRIPTION", "Heads", "deployed", "of_log", "signals_file", "trees_file", "with_position"]

DESCRIPTION = "heads.json"


def trees_file(head: str, fold: int) -> str:
    return f"{head}-{fold}.onnx"


def signals_file(head: str) -> str:
    return f"{head}.npz"


def deployed(chance_N: NDArray[np.float64], kept: float) -> NDArray[np.float64]:
    """Probabilities where all impressions count, from those of a log that keeps the share `kept` of what was not
    clicked. Source: He et al. 2014 (Practical lessons from predicting clicks on ads at Facebook), section 6.3.
    """
    return np.asarray(chance_N / (chance_N + (1 - chance_N) / kept))


def with_position(signals_NX: NDArray[np.float32], position_N: NDArray[Any]) -> NDArray[np.float32]:
    """Positions as a last signal: of training and of what was seen; what is to be shown stands first."""
    return np.concatenate([signals_NX, np.asarray(position_N, np.float32)[:, None]], axis=1)


class Heads:
    """Safe to call from several threads."""

    def __init__(self, parts: dict[str, tuple[Signals, list[Any]]], description: dict[str, Any]) -> None:
        """parts: of each head its signals and sessions. description: of each head its calibration, the share `kept` and
        how `positions` compare with the first.
        """
        self._parts, self._calibrations = parts, description["calibrations"]
        self.kept: float = description["kept"]
        self.positions: list[float] = description["positions"]

    @classmethod
    def open(cls, bundle: Path, threads: int) -> "Heads":
        """Raises `UserError` where files are missing or damaged."""
        try:
            description = json.loads((bundle / DESCRIPTION).read_text(encoding="utf-8"))
            parts = {
                head: (
                    Signals.load(bundle / signals_file(head)),
                    [open_session(bundle / trees_file(head, fold), threads) for fold in range(description["folds"])],
                )
                for head in description["calibrations"]
            }
        except (OSError, ValueError, KeyError) as error:
            raise UserError(f"{bundle} has no whole heads ({error}); make or fetch the bundle again") from None
        return cls(parts, description)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._parts)

    def read(self, columns: Columns, count: int) -> Read:
        """`count` rows, as all heads take them."""
        signals, _ = self._parts["click"]
        return signals.read(columns, count)

    def raw(self, head: str, read: Read, position_N: NDArray[Any], folds: int | None = None) -> NDArray[np.float64]:
        """Sums of logits (F, N), of the model of each fold, or of the first `folds`."""
        signals, sessions = self._parts[head]
        signals_NX = with_position(signals.of(read), position_N)
        given = {"signals": signals_NX}
        return np.stack([session.run(None, given)[0][:, 0] for session in sessions[:folds]]).astype(float)

    def calibrated(self, head: str, raw_FN: NDArray[np.float64], surfaces: Sequence[str]) -> NDArray[np.float64]:
        """Probabilities (F, N) at the scale of the log that was learned from."""
        return calibrated(self._calibrations[head], raw_FN, surfaces)

    def probabilities(
        self,
        read: Read,
        surfaces: Sequence[str],
        position_N: NDArray[Any],
        heads: Sequence[str],
        folds: int | None = None,
    ) -> dict[str, NDArray[np.float64]]:
        """Of each of `heads` (N,) where all impressions count; a conversion's is of a click.

        Probabilities are averaged, not logits: on average the mean is as large as those that were calibrated.
        """
        made = {}
        for head in heads:
            chance_FN = self.calibrated(head, self.raw(head, read, position_N, folds), surfaces)
            made[head] = (deployed(chance_FN, self.kept) if head == "click" else chance_FN).mean(axis=0)
        return made


def of_log(chance_N: NDArray[np.float64], kept: float) -> NDArray[np.float64]:
    """The other way round than `deployed`: probabilities at the scale of the log."""
    return np.asarray(chance_N / (chance_N + (1 - chance_N) * kept))
