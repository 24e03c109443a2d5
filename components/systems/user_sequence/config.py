"""The configuration of user sequences, and how they are evaluated: the same for a candidate and the champion."""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from components.baselines.sasrec import SasRecConfig
from components.learning.config import TrainingConfig
from components.transitions import TransitionConfig
from data.actions import Action
from data.params import Strict

__all__ = [
    "Baseline",
    "BlendConfig",
    "ColdConfig",
    "Config",
    "EvaluationConfig",
    "LossConfig",
    "NetworkConfig",
    "TowerConfig",
]

Baseline = Literal[
    "popularity",
    "recent_popularity",
    "streamed_popularity",
    "newest",
    "popularity_with_held_out",
    "transitions",
    "sasrec",
]
HalfLife = Annotated[float, Field(gt=0, allow_inf_nan=False)]
HALF_LIVES_DAYS = (0.04, 0.08, 0.25, 0.5, 1, 2, 7)
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class NetworkConfig(Strict):
    """The causal transformer over what a person did."""

    dim: int = Field(64, ge=8, le=512, description="dimensions of tokens and of item vectors")
    layers: int = Field(2, ge=1, le=8)
    heads: int = Field(2, ge=1, le=16)
    dropout: float = Field(0.3, ge=0, lt=1, description="of tokens, attention and residual branches")
    max_length: int = Field(50, ge=2, le=1000, description="actions that are read, from the newest")
    reads: tuple[Action, ...] | None = Field(
        None,
        min_length=1,
        description="actions that transformer and graph read; null: all. Items of the others still do not come back",
    )

    @model_validator(mode="after")
    def _heads_divide(self) -> "NetworkConfig":
        if self.dim % self.heads:
            raise ValueError(f"dim is {self.dim} and heads {self.heads}: dim has to be a multiple of heads")
        return self


class TowerConfig(Strict):
    """An item's vector: that of its id plus those of its attributes."""

    attributes: bool = Field(True, description="without them, an item never seen in training cannot be told apart")
    id_dropout: float = Field(
        0.1, ge=0, lt=1, description="share of the ids hidden in a step, so that attributes alone learn to rank"
    )


class LossConfig(Strict):
    """What a position is to predict, and against which other items."""

    objective: Literal["next_action", "all_action"] = "next_action"
    positive: tuple[Action, ...] | None = Field(
        None, min_length=1, description="actions to predict; null: all but hide. The others are read, never predicted"
    )
    next_events: int = Field(1, ge=1, le=20, description="next_action: positives after a position that it predicts")
    next_decay: float = Field(0.5, gt=0, le=1, description="weight of such a positive against the one before it")
    horizon_days: float = Field(28, gt=0, description="all_action: a position predicts one random positive within it")
    softmax: Literal["full", "sampled"] = "full"
    negatives: int = Field(1024, ge=1, description="sampled: uniform negatives beside those of the batch")
    temperature: float = Field(0.07, gt=0, le=1, description="of the scores at the start; it is learned")


class BlendConfig(Strict):
    """What is added to the scores of the transformer. Validation NDCG@10 chooses the weights, two at a time."""

    graph: TransitionConfig = TransitionConfig()
    graph_weights: tuple[NotNegative, ...] = Field(
        (0, 1, 2, 5, 10), min_length=1, description="of the item-transition graph"
    )
    freshness_weights: tuple[NotNegative, ...] = Field(
        (0, 0.5, 1, 2, 4), min_length=1, description="of the log rate at which items of an age are acted on"
    )
    trend_weights: tuple[NotNegative, ...] = Field(
        (0, 0.5, 1, 2, 4, 8, 16, 32), min_length=1, description="of the log count of what everybody acts on just now"
    )
    trend_half_life_days: tuple[HalfLife, ...] = Field(
        HALF_LIVES_DAYS, min_length=1, description="age at which such an event counts half; one of them is chosen"
    )
    neighbours_weights: tuple[NotNegative, ...] = Field(
        (0, 1, 2, 5, 10, 20),
        min_length=1,
        description="within the trend, of how like those are who came to an item on the last day",
    )
    profile: bool = Field(
        False, description="add what attributes of what was done and looked at tell of a person, weighed on validation"
    )


class ColdConfig(Strict):
    """What somebody is shown of whom nothing usable is known: popular items, the recently popular first."""

    half_life_days: float = Field(14, gt=0, description="age at which an event counts half; unused without times")


class EvaluationConfig(Strict):
    """What is asked, how many, and which baselines are measured beside it."""

    ks: tuple[int, ...] = Field((5, 10, 20), min_length=1, description="lengths of the lists that are judged")
    positive: tuple[Action, ...] | None = Field(
        None, min_length=1, description="actions that make an item a target; null: all but hide"
    )
    users: int = Field(25_000, gt=0, description="users evaluated at most, drawn once for a data set")
    interests_k: int = Field(50, ge=1, le=1000, description="length of the list whose interests are counted")
    baselines: tuple[Baseline, ...] = Field(
        ("popularity", "transitions"), description="sasrec is trained once for a data set and kept, which takes minutes"
    )
    baselines_see: Literal["train", "known"] = Field(
        "train", description="events that baselines learn from: those of training, or all before the evaluated split"
    )
    half_life_days: float = Field(7, gt=0, description="recent_popularity: age at which an event counts half")
    half_lives_days: tuple[HalfLife, ...] = Field(
        HALF_LIVES_DAYS, min_length=1, description="streamed_popularity: the same; validation chooses"
    )
    graph: TransitionConfig = TransitionConfig()
    sasrec: SasRecConfig = SasRecConfig()

    @field_validator("ks")
    @classmethod
    def _usable(cls, ks: tuple[int, ...]) -> tuple[int, ...]:
        if min(ks) < 1 or max(ks) > 1000:
            raise ValueError("every k is from 1 to 1000")
        return tuple(sorted(set(ks)))


class Config(Strict):
    network: NetworkConfig = NetworkConfig()
    tower: TowerConfig = TowerConfig()
    loss: LossConfig = LossConfig()
    blend: BlendConfig = BlendConfig()
    cold: ColdConfig = ColdConfig()
    training: TrainingConfig
    split: Literal["validation", "test"] = Field("test", description="what the gate's evaluation reads")
    evaluation: EvaluationConfig = EvaluationConfig()
