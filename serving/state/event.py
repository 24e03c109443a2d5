"""An event as it is stored: what a person did with an item."""

from dataclasses import dataclass

__all__ = ["Event", "Happened"]


@dataclass(frozen=True)
class Event:
    """What is known of an event when it happens: columns of the table `events`, and what the feed gave of the item.

    action: one of `data.actions.ACTIONS`, which the caller has checked. surface: where; empty: unknown. time_s: seconds
    since 1970-01-01 00:00 UTC. position: of the item in what was shown, from 0. propensity: with which the feed drew
    the item for its place, as in the table `impressions`. source: of the feed, which proposed the item. country: where
    the person is, by ISO 3166 in two letters.
    """

    user_id: str
    item_id: str
    action: str
    time_s: float
    surface: str = ""
    session_id: str | None = None
    position: int | None = None
    propensity: float | None = None
    source: str | None = None
    country: str | None = None


@dataclass(frozen=True)
class Happened:
    """That somebody did something with an item: what counts of everybody may know. number: of the event."""

    number: int
    item_id: str
    action: str
    time_s: float
    country: str | None
