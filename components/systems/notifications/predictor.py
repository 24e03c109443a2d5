"""The opened bundle: what is known of a person in, a decision out.

Legend: N people, C columns.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from components.arrays import opened_arrays
from components.message import Message, one_by_one
from components.session import open_session
from components.systems.notifications.gains import Gain, Model, Part, linear
from components.systems.notifications.types import ArmGain, Because, Request, Response
from data.covariates import Covariates
from data.errors import UserError

__all__ = ["MODELS", "POLICY", "NotificationPredictor", "open_bundle"]

MODELS, POLICY = "models.npz", "policy.json"
NAMED = 3  # covariates that an answer names
LEAST_TOLD = 1e-6  # a smaller difference is none


class NotificationPredictor:
    """Safe to call from several threads at once."""

    def __init__(self, policy: Mapping[str, Any], gains: Mapping[str, Gain], mean_C: NDArray[np.float64]) -> None:
        """policy: as training writes it. gains: of each arm. mean_C: of the people of training."""
        self.covariates = Covariates.opened(policy["covariates"])
        self.gains = dict(gains)
        self._policy, self._mean_C = policy, mean_C
        self.arms = tuple(gains)
        self.channels: tuple[str, ...] = (str(policy["channel"]),)
        self._by = {arm["arm"]: str(arm["by"]) for arm in policy["arms"]}

    @classmethod
    def open(cls, bundle: Path, threads: int = 1) -> "NotificationPredictor":
        """Open `bundle`; raises `UserError` if files are missing or damaged."""
        try:
            policy = json.loads((bundle / POLICY).read_text(encoding="utf-8"))
            with opened_arrays(bundle / MODELS, "holds no models") as opened:
                arrays = dict(opened)
            gains = {arm["arm"]: _gain(arm, arrays, bundle, threads) for arm in policy["arms"]}
            return cls(policy, gains, arrays["mean"])
        except (OSError, ValueError, KeyError) as error:
            raise UserError(f"{bundle} has no whole policy ({error}); make or fetch the bundle again") from None

    def answers(self, requests: Sequence[Message]) -> list[Message | UserError]:
        """Answer each request, see `components.system.Predictor`."""
        return one_by_one(requests, lambda request: Message(self.answer(request.fields)))

    def is_quick(self, request: Message) -> bool:  # noqa: ARG002
        """A row through a few small models."""
        return True

    def answer(self, request: Request) -> Response:
        """The decision of a request."""
        row_1C = self.covariates.matrix([request.attributes])
        found = {arm: float(gain.of(row_1C)[0]) for arm, gain in self.gains.items()}
        arms = tuple(
            ArmGain(arm=arm, gain=gain, by=self._by[arm])
            for arm, gain in sorted(found.items(), key=lambda one: -one[1])
        )
        best, held_back = arms[0], self.is_held_back(request.user_id)
        least = float(self._policy["least_gain"])
        send = not held_back and best.gain > 0 and best.gain >= least
        return Response(
            send=send,
            arm=best.arm if send else None,
            channel=str(self._policy["channel"]) if send else None,
            reason=_reason(best, least, held_back, send),
            held_back=held_back,
            arms=arms,
            because=self._because(best.arm, row_1C),
        )

    def is_held_back(self, user_id: str) -> bool:
        """Whether the person gets nothing, by a hash of the id, so that others can be measured against them."""
        digest = hashlib.sha256(f"held back|{user_id}".encode()).digest()
        return int.from_bytes(digest[:8], "big") / 2**64 < float(self._policy["held_back"])

    def decided(self, matrix_NC: NDArray[np.float32]) -> NDArray[np.int64]:
        """The arm of each person (N,), as a place in `gains`; -1: none. Nobody is held back."""
        gain_AN = np.stack([gain.of(matrix_NC) for gain in self.gains.values()])
        best_N = gain_AN.max(axis=0)
        worth_N = (best_N > 0) & (best_N >= float(self._policy["least_gain"]))
        return np.where(worth_N, gain_AN.argmax(axis=0), -1)

    def values(self, matrix_NC: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What a message gains by channel and arm (N, channels, arms), and what it loses."""
        gain_NA = np.stack([gain.of(matrix_NC) for gain in self.gains.values()], axis=1)
        gain_NCA = np.repeat(gain_NA[:, None, :], len(self.channels), axis=1)
        return gain_NCA, np.zeros_like(gain_NCA)

    def told(self, arm: str) -> str:
        """How the gain of an arm was learned, in a sentence."""
        known = next(one for one in self._policy["arms"] if one["arm"] == arm)
        best = known["readings"][0]
        reached = f"Qini {best['qini']:.3f} [{best['low']:.3f}, {best['high']:.3f}] in cross-validation"
        if known["by"] == "mean":
            return (
                f"{arm}: neither uplift nor response is told from noise ({best['method']}: {reached}); all gain alike"
            )
        return f"{arm}: by {known['by']} ({known['method']}: {reached})"

    def _because(self, arm: str, row_1C: NDArray[np.float32]) -> tuple[Because, ...]:
        """What each covariate adds: the gain less that of the same person with the mean of it."""
        names = self.covariates.names
        rows = np.repeat(row_1C, len(names) + 1, axis=0)
        for number, name in enumerate(names):
            places = self.covariates.places(name)
            rows[number, places] = self._mean_C[places]
        gain_N = self.gains[arm].of(rows)
        added = sorted(zip(names, (gain_N[-1] - gain_N[:-1]).tolist(), strict=True), key=lambda one: -abs(one[1]))
        return tuple(Because(covariate=name, gain=gain) for name, gain in added[:NAMED] if abs(gain) > LEAST_TOLD)


def _reason(best: ArmGain, least: float, held_back: bool, send: bool) -> str:
    gain = f"{best.arm} adds {best.gain:.4f} of the outcome"
    if held_back:
        return f"{gain}, but this person is held back for measuring"
    if send:
        return f"{gain}, at least the {least:.4f} that a message has to add"
    if best.gain <= 0:
        return f"no message helps: {gain}"
    return f"{gain}, less than the {least:.4f} that a message has to add"


def _gain(arm: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], bundle: Path, threads: int) -> Gain:
    def model(name: str) -> Model:
        if name in arrays:
            return linear(arrays[name][:-1], float(arrays[name][-1]))
        session = open_session(bundle / f"{name}.onnx", threads)
        return lambda matrix_NC: np.asarray(session.run(None, {"signals": matrix_NC})[0][:, 0], np.float64)

    return Gain(arm["offset"], [Part(part["weight"], part["link"], model(part["model"])) for part in arm["parts"]])


def open_bundle(bundle: Path, threads: int = 1) -> NotificationPredictor:
    """The predictor that serves `bundle`; see `NotificationPredictor.open`."""
    return NotificationPredictor.open(bundle, threads)
