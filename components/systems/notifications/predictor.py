"""The opened bundle: what is known of a person in, a decision out.

Legend: N people, C columns, V covariates.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from components.arrays import opened_arrays
from components.learning.leaves import FIELDS, Leaves
from components.message import Message, one_by_one
from components.session import open_session
from components.systems.notifications.channels import CHANNEL, HERE
from components.systems.notifications.losses import Losses
from components.systems.notifications.types import ArmGain, Because, Request, Response
from components.uplift.gains import Gain, Part, linear
from components.uplift.reasons import Explained, reasons
from data.covariates import Covariates
from data.errors import UserError

__all__ = ["MODELS", "POLICY", "NotificationPredictor", "open_bundle"]

MODELS, POLICY = "models.npz", "policy.json"
NAMED = 3  # covariates that an answer names
LEAST_TOLD = 1e-6  # a smaller difference is none


class NotificationPredictor:
    """Safe to call from several threads at once."""

    def __init__(self, policy: Mapping[str, Any], gains: Mapping[str, Gain], losses: Losses) -> None:
        """policy: as training writes it. gains: of each arm."""
        self.covariates = Covariates.opened(policy["covariates"])
        self.gains, self._losses = dict(gains), losses
        self._policy = policy
        self.outcome = str(policy["outcome"])  # what a message is to bring about
        self.arms = tuple(gains)
        ends = f"_{HERE}"
        self._here = [name.removesuffix(ends) for name in self.covariates.names if name.endswith(ends)]
        self.channels: tuple[str, ...] = tuple(policy["channels"])
        self._by = {arm["arm"]: str(arm["by"]) for arm in policy["arms"]}

    @classmethod
    def open(cls, bundle: Path, threads: int = 1) -> "NotificationPredictor":
        """Open `bundle`; raises `UserError` if files are missing or damaged."""
        try:
            policy = json.loads((bundle / POLICY).read_text(encoding="utf-8"))
            with opened_arrays(bundle / MODELS, "holds no models") as opened:
                arrays = dict(opened)
            gains = {arm["arm"]: _gain(arm["gain"], arrays, bundle, threads) for arm in policy["arms"]}
            leaves, days = (_gain(policy["losses"][one], arrays, bundle, threads) for one in ("leaves", "days"))
            return cls(policy, gains, Losses(leaves, days))
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
        gain_1CA, cost_1CA = self.values(row_1C)
        takes = [
            place for place, name in enumerate(self.channels) if request.channels is None or name in request.channels
        ]
        value_CA = (gain_1CA - cost_1CA)[0, takes]
        arms = []
        for place, arm in enumerate(self.arms):
            channel = takes[int(value_CA[:, place].argmax())] if takes else 0
            gain, cost = float(gain_1CA[0, channel, place]), float(cost_1CA[0, channel, place])
            arms.append(ArmGain(arm=arm, channel=self.channels[channel], gain=gain, cost=cost, by=self._by[arm]))
        best, *_ = arms = sorted(arms, key=lambda one: one.cost - one.gain)
        least, held_back = float(self._policy["least_gain"]), self.is_held_back(request.user_id)
        worth = best.gain - best.cost
        send = bool(takes) and not held_back and worth > 0 and worth >= least
        return Response(
            send=send,
            arm=best.arm if send else None,
            channel=best.channel if send else None,
            reason=_reason(best, least, held_back, send) if takes else "no channel is open to this person",
            held_back=held_back,
            arms=tuple(arms),
            **self._because(best, row_1C),
        )

    def is_held_back(self, user_id: str) -> bool:
        """Whether the person gets nothing, by a hash of the id, so that others can be measured against them."""
        digest = hashlib.sha256(f"held back|{user_id}".encode()).digest()
        return int.from_bytes(digest[:8], "big") / 2**64 < float(self._policy["held_back"])

    def decided(self, matrix_NC: NDArray[np.float32]) -> NDArray[np.int64]:
        """The arm of each person (N,) on the channel of the row, as a place in `arms`; -1: none. None is held back."""
        worth_N, arm_N = self.best(matrix_NC)
        return np.where((worth_N > 0) & (worth_N >= float(self._policy["least_gain"])), arm_N, -1)

    def best(self, matrix_NC: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """What the best arm is worth (N,) on the channel of the row, and its place in `arms`."""
        gain_AN = np.stack([gain.of(matrix_NC) for gain in self.gains.values()])
        worth_AN = gain_AN - self._losses.of(matrix_NC, float(self._policy["horizon_weeks"]))
        return worth_AN.max(axis=0), worth_AN.argmax(axis=0)

    def values(self, matrix_NC: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What a message gains by channel and arm (N, channels, arms), and what it may lose."""
        gains, costs, weeks = [], [], float(self._policy["horizon_weeks"])
        for channel in self.channels:
            of_NC = self._on(matrix_NC, channel)
            gains.append(np.stack([gain.of(of_NC) for gain in self.gains.values()], axis=1))
            costs.append(np.repeat(self._losses.of(of_NC, weeks)[:, None], len(self.arms), axis=1))
        return np.stack(gains, axis=1), np.stack(costs, axis=1)

    def _on(self, matrix_NC: NDArray[np.float32], channel: str) -> NDArray[np.float32]:
        """The same people, with a message on `channel`."""
        matrix_NC = matrix_NC.copy()
        for place in self.covariates.places(CHANNEL):
            matrix_NC[:, place] = self.covariates.columns[place] == f"{CHANNEL}={channel}"
        for name in self._here:
            self.covariates.copy(matrix_NC, f"{name}_{channel}", f"{name}_{HERE}")
        return matrix_NC

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

    @property
    def losses(self) -> str:
        """What was learned of lost channels, in a sentence."""
        return str(self._policy["losses"]["said"])

    def reasons(self, arm: str, matrix_NC: NDArray[np.float32]) -> tuple[float, NDArray[np.float64]]:
        """The gain of an arm of whom nothing is known, and what each covariate adds to it (N, V)."""
        usual, added_NC = reasons(self.gains[arm], matrix_NC)
        added_NV = np.zeros((len(matrix_NC), len(self.covariates.names)))
        for place, name in enumerate(self.covariates.names):
            added_NV[:, place] = added_NC[:, self.covariates.places(name)].sum(axis=1)
        return usual, added_NV

    def _because(self, best: ArmGain, row_1C: NDArray[np.float32]) -> dict[str, Any]:
        """The fields of an answer that say why the gain is what it is."""
        usual, added_1V = self.reasons(best.arm, self._on(row_1C, best.channel))
        strongest = np.argsort(-np.abs(added_1V[0]), kind="stable")[:NAMED]
        named = [(self.covariates.names[place], float(added_1V[0, place])) for place in strongest]
        because = tuple(Because(covariate=name, gain=gain) for name, gain in named if abs(gain) > LEAST_TOLD)
        return {"usual": usual, "because": because, "others": best.gain - usual - sum(one.gain for one in because)}


def _reason(best: ArmGain, least: float, held_back: bool, send: bool) -> str:
    gain = f"{best.arm} by {best.channel} adds {best.gain:.4f} of the outcome"
    if best.cost:
        gain += f" and may lose {best.cost:.4f}"
    if held_back:
        return f"{gain}, but this person is held back for measuring"
    if send:
        return f"{gain}, at least the {least:.4f} that a message has to add"
    if best.gain <= best.cost:
        return f"no message helps: {gain}"
    return f"{gain}, less than the {least:.4f} that a message has to add"


def _gain(saved: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], bundle: Path, threads: int) -> Gain:
    def model(name: str) -> Explained:
        if name in arrays:
            weight_C, bias = arrays[name][:-1], float(arrays[name][-1])
            mean_C = arrays["mean"]
            base = bias + float((weight_C * mean_C).sum())
            return Explained(linear(weight_C, bias), base, lambda matrix_NC: (matrix_NC - mean_C) * weight_C)
        session = open_session(bundle / f"{name}.onnx", threads)
        leaves = Leaves({field: arrays[f"{name}.{field}"] for field in FIELDS})
        return Explained(
            lambda matrix_NC: np.asarray(session.run(None, {"signals": matrix_NC})[0][:, 0], np.float64),
            leaves.base,
            leaves.added,
        )

    parts = [
        Part(part["weight"], part["link"], model(part["model"]), model(part["unless"]) if part["unless"] else None)
        for part in saved["parts"]
    ]
    return Gain(saved["offset"], parts)


def open_bundle(bundle: Path, threads: int = 1) -> NotificationPredictor:
    """The predictor that serves `bundle`; see `NotificationPredictor.open`."""
    return NotificationPredictor.open(bundle, threads)
