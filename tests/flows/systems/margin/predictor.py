"""The opened bundle, over that of centroid."""

import json
from collections.abc import Sequence
from pathlib import Path

from components.systems.margin.types import Request, Response

from components.message import PICTURE, Message, Part, answer_one, one_by_one
from components.system import Inputs, load_system
from components.system import Predictor as Below
from data.errors import UserError

__all__ = ["Predictor", "best_two", "open_bundle"]


def best_two(below: Below, x: float, y: float) -> tuple[str, float]:
    """The nearest label, and by how much it is nearer than the second."""
    point = Part(json.dumps([x, y]).encode(), "application/json")
    request = Message(load_system("centroid").Request.model_validate({"k": 2}), {PICTURE: point})
    answer = answer_one(below.answers, request).fields
    return answer.labels[0], answer.scores[0] - answer.scores[1]


class Predictor:
    def __init__(self, least: float, below: Below) -> None:
        self.least, self.below = least, below

    def answers(self, requests: Sequence[Message]) -> list[Message | UserError]:
        return one_by_one(requests, lambda request: Message(self.answer(request.fields)))

    def is_quick(self, request: Message) -> bool:
        return True

    def answer(self, request: Request) -> Response:
        label, margin = best_two(self.below, request.x, request.y)
        return Response(label=label if margin >= self.least else None)


def open_bundle(bundle: Path, threads: int, inputs: Inputs) -> Predictor:
    return Predictor(json.loads((bundle / "margin.json").read_text())["least"], inputs["centroid"].open(threads))
