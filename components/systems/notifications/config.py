"""Settings of notifications."""

from typing import Literal

from pydantic import Field

from data.params import Strict

__all__ = ["METHODS", "Config", "Method", "TreesConfig"]

Method = Literal["response-linear", "response-trees", "t-linear", "t-trees", "x-trees", "dr-linear", "dr-trees"]
METHODS: tuple[Method, ...] = (
    *("response-linear", "response-trees", "t-linear", "t-trees", "x-trees", "dr-linear", "dr-trees"),
)


class TreesConfig(Strict):
    rounds: int = Field(80, gt=0)
    leaves: int = Field(7, ge=2)
    learning_rate: float = Field(0.05, gt=0, le=1)
    least_examples: int = Field(100, ge=1, description="of a leaf")


class Evaluated(Strict):
    seed: int = Field(0, ge=0, description="of the order at random, which is a floor")


class Config(Strict):
    outcome: Literal["opened", "visited", "bought"] = Field("visited", description="what a message is to bring about")
    methods: tuple[Method, ...] = Field(METHODS, min_length=1, description="of which each arm gets the one that helps")
    folds: int = Field(5, ge=2, description="of the cross-validation that chooses")
    repeats: int = Field(2, ge=1, description="of it, with other folds")
    inverse_penalty: float = Field(0.1, gt=0, description="of the logistic regressions")
    trees: TreesConfig = TreesConfig()
    volume: float = Field(0.3, gt=0, le=1, description="share of people who get a message")
    held_back: float = Field(0.05, ge=0, lt=1, description="share of people who never get one, to measure against")
    seed: int = Field(0, ge=0)
    split: Literal["validation", "test"] = Field("test", description="the split that the evaluation reads")
    evaluation: Evaluated = Evaluated()
