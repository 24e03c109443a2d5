"""The state of a service: events, boards, items that changed, what waits for review, and campaigns."""

from serving.state.campaign import Campaign, Offer
from serving.state.event import Event
from serving.state.item import Item, ItemChange
from serving.state.open import STATE_URL, State, open_items, open_state
from serving.state.review import Review
from serving.state.stores import Boards, Campaigns, Events, Items, Reviews, Unavailable
from serving.state.trend import Trend, Trending

__all__ = [
    "STATE_URL",
    "Boards",
    "Campaign",
    "Campaigns",
    "Event",
    "Events",
    "Item",
    "ItemChange",
    "Items",
    "Offer",
    "Review",
    "Reviews",
    "State",
    "Trend",
    "Trending",
    "Unavailable",
    "open_items",
    "open_state",
]
