"""The opened bundle. Served code may import numpy, onnxruntime and faiss, but neither torch nor pandas."""

import json
from collections.abc import Sequence
from pathlib import Path

from components.message import PICTURE, Message, one_by_one
from components.systems.safety.classifier import HEADS, TextClassifier
from components.systems.safety.config import Levels, Policy
from components.systems.safety.pictures import PictureClassifier
from components.systems.safety.spelling import unread
from components.systems.safety.types import ACTIONS, Action, Finding, Kind, Request, Response
from data.errors import UserError

__all__ = ["POLICY", "SafetyPredictor", "open_bundle"]

POLICY = "policy.json"
QUICK_LETTERS = 40


class SafetyPredictor:
    """Safe to call from several threads at once."""

    def __init__(self, texts: TextClassifier, pictures: PictureClassifier | None, policy: Policy) -> None:
        self.texts, self.pictures, self.policy = texts, pictures, policy

    @classmethod
    def open(cls, bundle: Path, threads: int = 1) -> "SafetyPredictor":
        """Open `bundle`; raises `UserError` if files are missing."""
        path = bundle / POLICY
        if not path.is_file():
            raise UserError(f"{bundle} is no bundle of safety: it has no {POLICY}; train it again")
        policy = Policy.model_validate(json.loads(path.read_text(encoding="utf-8")))
        return cls(TextClassifier.open(bundle), PictureClassifier.open(bundle, threads), policy)

    def answers(self, requests: Sequence[Message]) -> list[Message | UserError]:
        """Answer each request, see `components.system.Predictor`."""
        return one_by_one(requests, self._answer)

    def is_quick(self, request: Message) -> bool:
        """Whether it is a short text alone."""
        return PICTURE not in request.parts and len(request.fields.text) < QUICK_LETTERS

    def _answer(self, request: Message) -> Message:
        fields: Request = request.fields
        part = request.parts.get(PICTURE)
        if part is None and not fields.text.strip():
            raise UserError("there is nothing to check; give a text, a picture, or both")
        findings = []
        if fields.text.strip():
            probabilities = self.texts.probabilities(fields.text).tolist()
            findings += [self._finding(kind, value) for kind, value in zip(HEADS, probabilities, strict=True)]
            findings.append(self._finding("unread", unread(fields.text)))
        if part is not None and self.pictures is not None:  # otherwise the setting says that none is checked
            findings.append(self._finding("sexual", self.pictures.probability(part.content)))
        action = max((one.action for one in findings), key=ACTIONS.index, default=ACTIONS[0])
        return Message(Response(action=action, findings=tuple(findings)))

    def _finding(self, kind: Kind, probability: float) -> Finding:
        return Finding(kind=kind, probability=probability, action=action_of(getattr(self.policy, kind), probability))


def action_of(levels: Levels, probability: float) -> Action:
    """The most that is done at a probability."""
    done: Action = "allow"
    for action in ACTIONS[1:]:
        level = getattr(levels, action)
        if level is not None and probability >= level:
            done = action
    return done


def open_bundle(bundle: Path, threads: int = 1) -> SafetyPredictor:
    """The predictor that serves `bundle`; see `SafetyPredictor.open`."""
    return SafetyPredictor.open(bundle, threads)
