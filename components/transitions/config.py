"""Settings of the item-transition graph."""

from pydantic import Field

from data.params import Strict

__all__ = ["TransitionConfig"]


class TransitionConfig(Strict):
    """How transitions are counted, and how a history reads them."""

    window: int = Field(20, gt=0, le=200, description="events that a transition may span; one over g events counts 1/g")
    popularity_power: float = Field(0.3, ge=0, le=1, description="counts are divided by both ends' popularity to this")
    last: int = Field(10, gt=0, le=1000, description="items of a history that are read, from its end")
    decay: float = Field(0.7, gt=0, le=1, description="weight of an item of the history against the one after it")
    neighbours: int = Field(1000, gt=0, description="heaviest transitions kept from an item")
