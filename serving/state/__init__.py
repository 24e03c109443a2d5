"""The state of a service: events, boards, items that were added, changed or deleted, and what waits for review."""

from serving.state.board import BoardChange
from serving.state.event import Event
from serving.state.item import Item, ItemChange
from serving.state.open import STATE_URL, State, open_items, open_state
from serving.state.review import Review
from serving.state.stores import Boards, Events, Items, Reviews, Unavailable
from serving.state.trend import Trend, Trending

__all__ = [
    "STATE_URL",
    "BoardChange",
    "Boards",
    "Event",
    "Events",
    "Item",
    "ItemChange",
    "Items",
    "Review",
    "Reviews",
    "State",
    "Trend",
    "Trending",
    "Unavailable",
    "open_items",
    "open_state",
]
