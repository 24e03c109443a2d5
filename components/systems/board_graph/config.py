"""The configuration of board-graph."""

from pydantic import Field

from components.walks.settings import WalksConfig
from data.params import Strict

__all__ = ["Config", "ContentConfig", "EaseConfig", "EvaluationConfig", "FactorsConfig", "PathsConfig"]


class PathsConfig(Strict):
    """Item to item by the boards they share, each path weighed by degrees^-exponent.

    board 1, start .5, end .5 is the filter of Turbo-CF (Park et al. 2024); alpha as board and start, and beta as end is
    RP3beta (Paudel et al. 2017).
    """

    board: float = Field(ge=0, le=3)
    start: float = Field(ge=0, le=3)
    end: float = Field(ge=0, le=3)


class EaseConfig(Strict):
    """EASE (Steck 2019): the linear item model in closed form, which inverts a matrix of items by items."""

    penalty: float = Field(gt=0)


class FactorsConfig(Strict):
    """Factors of items by implicit alternating least squares (Hu et al. 2008); a board's are solved when it asks."""

    factors: int = Field(128, gt=0, le=1024)
    confidence: float = Field(10.0, gt=1, description="of what is on a board, where all else has 1")
    penalty: float = Field(30.0, gt=0)
    iterations: int = Field(15, gt=0)


class ContentConfig(Strict):
    """What an item is like by words and attributes and by its picture, and the factors that it is likely to have."""

    penalty: float = Field(
        0.3, gt=0, description="of the ridge regression of items' factors on their words, and on vectors of pictures"
    )
    most_features: int = Field(50_000, gt=0, description="words and values that are read, the commonest first")


class EvaluationConfig(Strict):
    """What is measured beside the bundle, with the settings of the floors."""

    k: int = Field(20, gt=0, le=100)
    boards: int = Field(40_000, gt=0, description="most boards that are asked for")
    ease: EaseConfig | None = EaseConfig(penalty=600.0)
    paths: PathsConfig = PathsConfig(board=0.7, start=0.7, end=0.4)
    factors: FactorsConfig = FactorsConfig()
    nearest: int = Field(200, gt=0, description="items that paths keep of each item")


class Config(Strict):
    neighbours: tuple[PathsConfig, ...] = Field(
        (PathsConfig(board=1.0, start=0.5, end=0.5), PathsConfig(board=0.7, start=0.7, end=0.4)),
        min_length=1,
        description="of which the best on validation is kept",
    )
    nearest: int = Field(1000, gt=0, description="items that are kept of each item")
    factors: FactorsConfig = FactorsConfig()
    walks: WalksConfig = WalksConfig()
    content: ContentConfig = ContentConfig()
    weights: tuple[float, ...] = Field(
        (0.0, 0.25, 0.5, 1.0, 2.0), min_length=1, description="of each part that are tried on validation"
    )
    validated: int = Field(4000, gt=0, description="boards on which settings and weights are chosen, at most")
    evaluation: EvaluationConfig = EvaluationConfig()
    seed: int = Field(0, ge=0)
