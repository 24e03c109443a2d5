"""The opened bundle: an item or a point in, the nearest labels out."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from components.systems.centroid.types import Request, Response

from components.message import PICTURE, Message, one_by_one
from data.errors import UserError

__all__ = ["Predictor", "open_bundle"]


class Predictor:
    def __init__(self, content: dict[str, Any]) -> None:
        self.means = {label: np.array(mean) for label, mean in content["means"].items()}
        self.items = content["items"]

    def answers(self, requests: Sequence[Message]) -> list[Message | UserError]:
        return one_by_one(requests, self._message)

    def is_quick(self, request: Message) -> bool:
        return True

    def _message(self, request: Message) -> Message:
        part = request.parts.get(PICTURE)
        return Message(self.answer(request.fields, None if part is None else part.content))

    def answer(self, request: Request, picture: bytes | None = None) -> Response:
        if picture is None and request.item_id not in self.items:
            raise UserError(f"unknown item {request.item_id!r}; give an item of the gallery or a picture")
        point = np.array(json.loads(picture) if picture is not None else self.items[request.item_id])
        allowed = [label for label in self.means if request.filters.get("label", label) == label]
        ranked = sorted((float(np.linalg.norm(self.means[label] - point)), label) for label in allowed)[: request.k]
        return Response(labels=tuple(label for _, label in ranked), scores=tuple(-far for far, _ in ranked))


def open_bundle(bundle: Path, threads: int = 1) -> Predictor:
    return Predictor(json.loads((bundle / "model.json").read_text()))
