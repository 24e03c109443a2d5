"""The request and the response of user sequences."""

from itertools import pairwise
from typing import Annotated

from pydantic import Field, model_validator

from data.params import Strict
from data.times import LATEST_S

__all__ = ["MAX_ACTIONS", "Action", "Cause", "Recommendation", "Request", "Response", "Trending"]

MAX_ACTIONS = 10_000

Name = Annotated[str, Field(min_length=1, max_length=200)]


class Action(Strict):
    """Something a person did to an item."""

    item_id: Name
    action: Name | None = Field(None, description="view, click, save …; null: the most frequent one in training")
    surface: str | None = Field(None, max_length=200, description="where: home, search …; null: unknown")
    time_s: int | None = Field(None, ge=0, description="seconds since 1970; null: only the order is known")

    @model_validator(mode="after")
    def _in_seconds(self) -> "Action":
        if self.time_s is not None and self.time_s >= LATEST_S:
            raise ValueError(f"time_s is {self.time_s}, which looks like milliseconds; give seconds since 1970")
        return self


class Trending(Strict):
    """What everybody acts on just now, as the caller's stream of events tells it."""

    item_id: Name
    count: float = Field(
        gt=0,
        le=1e12,
        description="its events up to now, each counting half for every half-life of its age; the bundle's blend says "
        "which half_life_days",
    )
    user_ids: tuple[Name, ...] = Field(
        (), max_length=1000, description="known people who first acted on it within the last day"
    )


class Request(Strict):
    """What to show next to somebody who did `actions`, after what is stored of `user_id`."""

    user_id: Name | None = Field(None, description="a known user's stored history comes before the actions")
    actions: tuple[Action, ...] = Field(
        (), max_length=MAX_ACTIONS, description="newest last; actions on unknown items are passed over"
    )
    time_s: int | None = Field(
        None,
        ge=0,
        lt=LATEST_S,
        description="now, in seconds since 1970; items that came later are left out",
    )
    trending: tuple[Trending, ...] = Field(
        (), max_length=1000, description="what everybody acts on just now; unknown items are passed over"
    )
    k: int = Field(20, ge=1, le=1000, description="number of items; fewer come back if fewer match")
    exclude_history: bool = Field(True, description="leave out the items of the actions and of the stored history")
    explain: bool = Field(False, description="name the items of the history that moved each recommendation most")
    among: tuple[Name, ...] = Field(
        (), max_length=1000, description="the only items that may be recommended; empty: all are"
    )
    filters: dict[Name, Name | Annotated[list[Name], Field(min_length=1, max_length=100)]] = Field(
        default_factory=dict,
        max_length=20,
        description="category or attribute to the value, or to values of which one has to match; all keys have to",
    )

    @model_validator(mode="after")
    def _newest_last(self) -> "Request":
        times_s = [action.time_s for action in self.actions if action.time_s is not None]
        for earlier_s, later_s in pairwise(times_s):
            if later_s < earlier_s:
                raise ValueError(f"time_s falls from {earlier_s} to {later_s}: sort the actions, the newest last")
        return self


class Cause(Strict):
    """An item of the history that moved a recommendation up."""

    item_id: str
    share: float = Field(description="of what all items of the history together moved it up, 0 to 1")


class Recommendation(Strict):
    item_id: str
    score: float = Field(description="larger is better; comparable within one answer")
    title: str | None = None
    because: tuple[Cause, ...] = Field((), description="the strongest cause first; empty unless asked for")


class Response(Strict):
    items: tuple[Recommendation, ...] = Field(description="by falling score")
    personal: bool = Field(description="false: nothing usable was known, and popular items are shown")
    ignored: tuple[str, ...] = Field((), description="item ids of the actions that are unknown, each once, 100 at most")
