"""The state of a service: events, boards, and items that were added, changed or deleted."""

from serving.state.event import Event
from serving.state.item import Item, ItemChange
from serving.state.open import STATE_URL, State, open_items, open_state
from serving.state.stores import Boards, Events, Items, Unavailable
from serving.state.trend import Trend, Trending

__all__ = [
    "STATE_URL",
    "Boards",
    "Event",
    "Events",
    "Item",
    "ItemChange",
    "Items",
    "State",
    "Trend",
    "Trending",
    "Unavailable",
    "open_items",
    "open_state",
]
