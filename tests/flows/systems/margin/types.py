"""What the predictor is asked and what it answers."""

from data.params import Strict

__all__ = ["Request", "Response"]


class Request(Strict):
    x: float
    y: float


class Response(Strict):
    label: str | None
