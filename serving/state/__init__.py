"""The state of a service: events, boards, items that changed, what waits for review, campaigns and messages."""

from serving.state.board import BoardChange
from serving.state.campaign import Campaign, Offer
from serving.state.event import Event, Happened
from serving.state.item import Item, ItemChange
from serving.state.message import Message, Preferences, Subscription
from serving.state.open import STATE_URL, State, open_items, open_state
from serving.state.review import Review
from serving.state.stores import Boards, Campaigns, Erasures, Events, Items, Messages, Reviews, Unavailable
from serving.state.trend import Trend, Trending

__all__ = [
    "STATE_URL",
    "BoardChange",
    "Boards",
    "Campaign",
    "Campaigns",
    "Erasures",
    "Event",
    "Events",
    "Happened",
    "Item",
    "ItemChange",
    "Items",
    "Message",
    "Messages",
    "Offer",
    "Preferences",
    "Review",
    "Reviews",
    "State",
    "Subscription",
    "Trend",
    "Trending",
    "Unavailable",
    "open_items",
    "open_state",
]
