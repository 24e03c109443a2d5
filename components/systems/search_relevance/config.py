"""The configuration of search-relevance."""

from typing import Literal

from pydantic import Field, model_validator

from components.learning.config import EncoderConfig
from components.reading.config import ReadingConfig
from components.text.config import TextEncoderConfig, TuningConfig
from data.params import Strict

__all__ = ["Config", "FusionConfig", "LooksConfig", "RankingConfig"]


class FusionConfig(Strict):
    """Weights of reciprocal ranks: where nothing is learned they are the order."""

    words: float = Field(1.0, ge=0, description="BM25 over all words of an item")
    meaning: float = Field(0.5, ge=0, description="cosine of text and title")
    looks: float = Field(0.5, ge=0, description="cosine of text and picture, in the space of both")


class LooksConfig(Strict):
    """One space of texts and pictures: a head on each side, in-batch negatives."""

    network: EncoderConfig = EncoderConfig(name="tf_efficientnet_lite0", weights="package")
    size_px: int = Field(224, ge=32, le=600)
    dim: int = Field(256, ge=8, le=1024)
    hidden: int = Field(1024, ge=8, le=4096)
    epochs: int = Field(40, gt=0)
    batch_size: int = Field(256, gt=1)
    learning_rate: float = Field(1e-3, gt=0)


class RankingConfig(Strict):
    """Trees over signals, trained against items that nobody judged as well."""

    folds: int = Field(
        0,
        ge=0,
        le=20,
        description="0: trees learn from the training split. Otherwise each query of any split is answered by trees "
        "that learned from the other folds, and nothing else learns from queries: for too few of them to split",
    )
    grades: Literal["people", "teacher"] = Field(
        "people",
        description="whose grades trees learn from. teacher: those of a language model, which the table labels holds; "
        "refused where they agree too little with people's on validation",
    )
    clicks: bool = Field(True, description="whether people's clicks are signals, where the data set has any")
    trees: int = Field(150, gt=0)
    leaves: int = Field(4, ge=2)
    grade_trees: int = Field(400, gt=0, description="of the model of grades, which learns from judged items alone")
    grade_leaves: int = Field(6, ge=2)
    learning_rate: float = Field(0.03, gt=0)
    least_examples: int = Field(40, ge=1, description="of a leaf")
    truncation: int = Field(60, ge=1, description="places whose order counts")
    seed: int = Field(0, ge=0)


class EvaluationConfig(Strict):
    queries: Literal["split", "all"] = Field("split", description="all: those of every split, for a ranking with folds")
    most_queries: int = Field(1000, gt=0, description="that are measured: the first by a hash of their text")
    most_titles: int = Field(2000, gt=0, description="that are looked up and read")
    traits: tuple[str, ...] = Field(
        (), description="attributes of items looked up by their titles, whose values are slices"
    )


class Config(Strict):
    tokens: TextEncoderConfig = Field(TextEncoderConfig(), description="one vector a token; of looks, and of meaning")
    meaning: TextEncoderConfig | None = Field(None, description="of texts; null: that of the tokens")
    tuning: TuningConfig | None = Field(
        None, description="of the encoder of meaning, on judged training queries; null: it stays as it is"
    )
    looks: LooksConfig = LooksConfig()
    reading: ReadingConfig = ReadingConfig()
    fusion: FusionConfig = FusionConfig()
    ranking: RankingConfig = RankingConfig()
    pool: int = Field(100, ge=10, le=1000, description="candidates by each of words, meaning and looks")
    evaluation: EvaluationConfig = EvaluationConfig()
    split: Literal["validation", "test"] = Field("test", description="what the gate's evaluation reads")
    seed: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _tuned(self) -> "Config":
        if self.tuning is not None and (self.meaning is None or self.ranking.folds):
            raise ValueError(
                "tuning: it needs an encoder of its own (meaning) and a training split of queries (ranking.folds=0)"
            )
        return self
