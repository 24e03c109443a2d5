"""How user sequences are evaluated: the same for a candidate and the champion."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from components.baselines.sasrec import SasRecConfig
from components.transitions import TransitionConfig
from data.actions import Action
from data.params import Strict

__all__ = ["HALF_LIVES_DAYS", "Baseline", "EvaluationConfig", "HalfLife"]

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
