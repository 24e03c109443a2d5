"""Requests and answers about what a person did, and what is inferred from it."""

from pydantic import Field

from data.params import Strict
from serving.discovery.types import Action, Item, Name

__all__ = ["Acted", "ActedQuery", "ActionQuery", "InterestQuery", "Interests"]


class Interest(Strict):
    """A value that the wishes of a person have in common."""

    name: str = Field(description="category, or an attribute")
    value: str
    share: float = Field(description="of the items that the person clicked or saved")
    usual: float = Field(description="the same of all items")
    item_ids: list[str] = Field(description="some of those it is inferred from")


class Interests(Strict):
    interests: list[Interest]


class InterestQuery(Strict):
    name: Name
    value: Name


class ActionQuery(Strict):
    action: Action


class ActedQuery(ActionQuery):
    k: int = Field(100, ge=1, le=1000)


class ActedItem(Item):
    time_s: int = Field(description="when it was done last, in seconds since 1970")


class Acted(Strict):
    items: list[ActedItem] = Field(description="the latest first")
