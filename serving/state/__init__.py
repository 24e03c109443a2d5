"""What a service has to remember: what people did, and which items came, changed or went."""

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
