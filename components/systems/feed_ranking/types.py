"""Requests and answers of the predictor."""

from typing import Annotated

from pydantic import Field

from components.systems.feed_ranking.config import Outcome
from data.params import Strict
from data.times import LATEST_S

__all__ = ["MOST_CANDIDATES", "Action", "Candidate", "Request", "Response", "Shown"]

MOST_CANDIDATES = 2000
Name = Annotated[str, Field(min_length=1, max_length=200)]
Weight = Annotated[float, Field(ge=-1000, le=1000)]
Second = Annotated[int, Field(ge=0, lt=LATEST_S)]


class Candidate(Strict):
    """An item that could be shown; what is said of it counts where training did not know it."""

    item_id: Name
    source: Name = "unknown"
    category: str = Field("", max_length=200)
    attributes: dict[str, str] = Field(default_factory=dict, max_length=200)
    created_s: Second | None = None


class Action(Strict):
    """What a person did a moment ago, beyond what the predictor was told as it happened."""

    item_id: Name
    action: Name = Field(description="an outcome of impressions, or shown; others count nothing")
    time_s: Second


class Request(Strict):
    """Order candidates for a person."""

    user_id: Name
    time_s: Second
    surface: str = Field("", max_length=200)
    candidates: tuple[Candidate, ...] = Field((), max_length=MOST_CANDIDATES, description="repeats count once")
    sources: dict[Name, Name] = Field(
        {}, max_length=MOST_CANDIDATES, description="further candidates, of which nothing else is said: item to source"
    )
    actions: tuple[Action, ...] = Field((), max_length=500)
    k: int = Field(20, ge=1, le=200, description="number of results; fewer come back if there are fewer candidates")
    pages: int = Field(1, ge=1, le=10, description="of k results, each as if those before it had been shown")
    diversity: float | None = Field(None, ge=0, le=1, description="null: as set in training")
    explore: bool = Field(True, description="whether some places are for what is little known")
    utility: dict[Outcome, Weight] | None = Field(None, description="of outcomes; null: as set in training")


class Shown(Strict):
    item_id: str
    source: str
    utility: float = Field(description="the sum of probability times utility over all outcomes")
    probabilities: dict[str, float] = Field(description="of each outcome")
    propensity: float = Field(description="with which this item was drawn for its place; 1: it was not drawn")


class Response(Strict):
    items: tuple[Shown, ...] = Field(description="in the order of the page")
