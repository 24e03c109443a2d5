"""Settings of margin."""

from pydantic import Field

from data.params import Strict

__all__ = ["Config"]


class Config(Strict):
    split: str = "test"
    quantile: float = Field(0.0, ge=0, lt=1, description="share of the training points of which no label is given")
