"""The probability of each outcome: exported trees and, where it helped, a network, calibrated by surface.

Legend: N candidates, X signals.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from components.calibration import calibrated
from components.session import open_session
from components.systems.feed_ranking.recent import Latest
from data.errors import UserError

__all__ = ["DESCRIPTION", "NETWORK", "Heads", "blended", "trees_file"]

DESCRIPTION, NETWORK = "heads.json", "network.onnx"


def trees_file(head: str) -> str:
    return f"{head}.onnx"


def blended(trees_N: NDArray[np.float64], network_N: NDArray[np.float64], weight: float) -> NDArray[np.float64]:
    """The logits of both; weight: of the network."""
    return (1 - weight) * trees_N + weight * network_N


class Heads:
    """Safe to call from several threads."""

    def __init__(self, sessions: dict[str, Any], network: Any, calibrations: dict[str, dict[str, Any]]) -> None:
        """sessions: by head, in the order of the network's outputs.

        calibrations: of each head `slope`, `offset`, what `surfaces` add, by name, the weight of the `network`, and
            the same three of its `trees` alone.
        network: None where no head has a weight for it.
        """
        self._sessions, self._network = sessions, network
        self._calibrations = {head: calibrations[head] for head in sessions}

    @classmethod
    def open(cls, bundle: Path, threads: int) -> "Heads":
        """Raises `UserError` where files are missing or damaged."""
        try:
            calibrations = json.loads((bundle / DESCRIPTION).read_text(encoding="utf-8"))
            heads = sorted(calibrations, key=lambda head: calibrations[head]["place"])  # JSON has them by name
            sessions = {head: open_session(bundle / trees_file(head), threads) for head in heads}
            asked = any(given["network"] for given in calibrations.values())
            network = open_session(bundle / NETWORK, threads) if asked else None
        except (OSError, ValueError, KeyError) as error:
            raise UserError(f"{bundle} has no whole heads ({error}); make or fetch the bundle again") from None
        return cls(sessions, network, calibrations)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._sessions)

    def places(self, most: int, actions: int) -> int:
        """How many of a person's last actions are given: networks of earlier releases read always as many as `most`."""
        fixed = self._network is not None and isinstance(self._network.get_inputs()[-1].shape[1], int)
        return most if fixed else min(max(actions, 1), most)

    def probabilities(
        self, signals_NX: NDArray[np.float32], item_NF: NDArray[np.int64], latest: Latest, surfaces: Sequence[str]
    ) -> dict[str, NDArray[np.float64]]:
        """Of each head (N,). latest: of one person for all candidates, or of each candidate's."""
        answers = {}
        beside_NH = None if self._network is None else self._beside(signals_NX, item_NF, latest)
        for number, (head, given) in enumerate(self._calibrations.items()):
            sum_N = self._trees(head, signals_NX)
            if beside_NH is not None:
                sum_N = blended(sum_N, beside_NH[:, number].astype(np.float64), given["network"])
            answers[head] = calibrated(given, sum_N, surfaces)
        return answers

    def of_trees(self, signals_NX: NDArray[np.float32], surfaces: Sequence[str]) -> dict[str, NDArray[np.float64]]:
        """As `probabilities`, of the trees alone; those of earlier releases have the calibration of the blend."""
        return {
            head: calibrated(given.get("trees", given), self._trees(head, signals_NX), surfaces)
            for head, given in self._calibrations.items()
        }

    def _trees(self, head: str, signals_NX: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.asarray(self._sessions[head].run(None, {"signals": signals_NX})[0][:, 0], np.float64)

    def _beside(
        self, signals_NX: NDArray[np.float32], item_NF: NDArray[np.int64], latest: Latest
    ) -> NDArray[np.float32]:
        """Logits of the network (N, H), which answers for one person at a time."""
        people = len(latest.there_NL)
        parts = [slice(None)] if people == 1 else [slice(row, row + 1) for row in range(people)]
        given = [{"signals": signals_NX[part], "item": item_NF[part], **latest.where(part).inputs()} for part in parts]
        return np.concatenate([self._network.run(None, one)[0] for one in given])
