"""Settings of learning an uplift."""

from typing import Literal, get_args

from pydantic import Field

from data.params import Strict

__all__ = ["METHODS", "Learning", "Method", "TreesConfig"]

Method = Literal[
    "response-linear",
    "response-trees",
    "open-linear",
    "open-trees",
    "s-trees",
    "t-linear",
    "t-trees",
    "x-linear",
    "x-trees",
    "dr-linear",
    "dr-trees",
]
METHODS: tuple[Method, ...] = get_args(Method)


class TreesConfig(Strict):
    rounds: int = Field(150, gt=0)
    leaves: int = Field(4, ge=2)
    learning_rate: float = Field(0.03, gt=0, le=1)
    least_examples: int = Field(100, ge=1, description="of a leaf")


class Learning(Strict):
    methods: tuple[Method, ...] = Field(METHODS, min_length=1, description="of which each arm gets the one that helps")
    folds: int = Field(5, ge=2, description="of the cross-validation that chooses")
    repeats: int = Field(1, ge=1, description="of it, with other folds")
    inverse_penalty: float = Field(0.1, gt=0, description="of the logistic regressions")
    trees: TreesConfig = TreesConfig()
    seed: int = Field(0, ge=0)
