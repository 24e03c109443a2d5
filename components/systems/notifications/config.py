"""Settings of notifications."""

from typing import Literal

from pydantic import Field

from components.uplift.config import Learning
from data.params import Strict

__all__ = ["Config"]


class Evaluated(Strict):
    seed: int = Field(0, ge=0, description="of the order at random, which is a floor")


class Config(Strict):
    outcome: Literal["opened", "visited", "bought"] = Field("visited", description="what a message is to bring about")
    learning: Learning = Learning()
    volume: float = Field(0.3, gt=0, le=1, description="share of people who get a message when they are asked about")
    held_back: float = Field(0.05, ge=0, lt=1, description="share of people who never get one, to measure against")
    horizon_weeks: float = Field(8, ge=0, description="for which a channel that is switched off is lost")
    split: Literal["validation", "test"] = Field("test", description="the split that the evaluation reads")
    evaluation: Evaluated = Evaluated()
