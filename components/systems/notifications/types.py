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
    channels: tuple[Name, ...] | None = Field(
        None, max_length=20, description="on which the person takes messages; null: on all"
    )


class ArmGain(Strict):
    arm: str
    channel: str = Field(description="on which it is worth most, of those that the person takes")
    gain: float = Field(description="outcomes that one such message adds, compared with none")
    cost: float = Field(description="outcomes that are lost where the person switches the channel off because of it")
    by: str = Field(description="how it was learned: uplift, open or response (gains in proportion to it), or the mean")


class Because(Strict):
    """What is known of a person by one covariate, and what it adds to the gain (a Shapley value)."""

    covariate: str
    gain: float


class Response(Strict):
    send: bool
    arm: str | None = Field(description="what to send; null: nothing")
    channel: str | None
    reason: str = Field(description="one sentence")
    held_back: bool = Field(description="whether the person gets nothing so that others can be measured against them")
    arms: tuple[ArmGain, ...] = Field(description="the best first")
    usual: float = Field(description="gain of the best arm, of whom nothing is known; the next two add up to the rest")
    because: tuple[Because, ...] = Field(description="the covariates that move that gain most")
    others: float = Field(description="what all other covariates add together")
