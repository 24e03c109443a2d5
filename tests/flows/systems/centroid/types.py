"""What the predictor is asked and what it answers."""

from pydantic import Field

from data.params import Strict

__all__ = ["Request", "Response"]


class Request(Strict):
    item_id: str | None = None
    k: int = Field(1, gt=0)
    filters: dict[str, str] = Field(default_factory=dict)


class Response(Strict):
    labels: tuple[str, ...]
    scores: tuple[float, ...]
