"""Requests and answers of the predictor."""

from typing import Annotated

from pydantic import Field

from data.params import Strict

__all__ = ["ArmGain", "Because", "Request", "Response"]

Name = Annotated[str, Field(min_length=1, max_length=200)]


class Request(Strict):
    """Whether to tell somebody something, and what."""

    user_id: Name = Field(description="decides alone whether the person is held back for measuring")
    attributes: dict[Name, Annotated[str, Field(max_length=500)]] = Field(
        default_factory=dict, max_length=500, description="what is known of the person, by the names of training"
    )


class ArmGain(Strict):
    arm: str
    gain: float = Field(description="outcomes that one such message adds, compared with none")
    by: str = Field(description="how it was learned: uplift, response (gains in proportion to it), or the mean of all")


class Because(Strict):
    """What a covariate adds to the gain, compared with the mean person."""

    covariate: str
    gain: float


class Response(Strict):
    send: bool
    arm: str | None = Field(description="what to send; null: nothing")
    channel: str | None
    reason: str = Field(description="one sentence")
    held_back: bool = Field(description="whether the person gets nothing so that others can be measured against them")
    arms: tuple[ArmGain, ...] = Field(description="the best first")
    because: tuple[Because, ...] = Field(description="the covariates that move the best arm's gain most")
