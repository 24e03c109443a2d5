"""Settings of centroid."""

from typing import Literal

from pydantic import Field

from data.params import Strict

__all__ = ["Config"]


class Config(Strict):
    seed: int = 0
    epochs: int = Field(3, gt=0)
    epoch_s: float = Field(0.0, description="seconds that an epoch takes")
    split: str = "test"
    evaluation: Literal["accuracy", "auc"] = Field("accuracy", description="the metric that is measured")
    spoiled: float = Field(0.0, ge=0, le=1, description="share of the training labels that are wrong")
