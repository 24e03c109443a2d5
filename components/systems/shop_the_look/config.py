"""The configuration of shop-the-look."""

from typing import Literal

from pydantic import Field

from data.params import Strict

__all__ = ["Config"]


class CategoriesConfig(Strict):
    """Which category goes with which others: a log-linear model of one thing given the rest of its outfit."""

    penalties: tuple[float, ...] = Field(
        (0.1, 0.3, 1.0), min_length=1, description="of squared weights; the best on validation is kept"
    )
    iterations: int = Field(60, gt=0, description="of L-BFGS, at most")


class ItemsConfig(Strict):
    """Which item goes with which others, by looks and colours."""

    negatives: int = Field(20, gt=0, description="items of the same category beside each true one")
    penalty: float = Field(0.01, gt=0, description="of squared weights")
    scenes: int = Field(200, gt=0, description="training scenes whose regions weigh looks against colours, at most")
    shrinkage: float = Field(20.0, gt=0, description="pairs of colours that count for none, before any is seen")


class EvaluationConfig(Strict):
    candidates: int = Field(4, ge=2, le=100, description="of a question: the left-out thing and others")
    top: int = Field(5, ge=1, le=100, description="matches of a region among which its item has to be")
    seed: int = Field(0, ge=0, description="of the wrong candidates")


class Config(Strict):
    categories: CategoriesConfig = CategoriesConfig()
    items: ItemsConfig = ItemsConfig()
    evaluation: EvaluationConfig = EvaluationConfig()
    seed: int = Field(0, ge=0)
    split: Literal["validation", "test"] = Field("test", description="what the gate's evaluation reads")
