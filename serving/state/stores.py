"""What the service asks of a state store, whichever backend keeps it. All of it is safe from several threads."""

from collections.abc import Sequence
from typing import Protocol

from serving.state.event import Event
from serving.state.item import Item, ItemChange
from serving.state.trend import Trend, Trending

__all__ = ["KEPT_EVENTS", "MOST_CHANGES", "Boards", "Events", "Items", "Unavailable"]

KEPT_EVENTS = 10_000  # of one user and action
MOST_CHANGES = 1_000  # at once


class Unavailable(RuntimeError):
    """The store cannot be reached, or did not answer in time; asking again later may help."""


class Events(Protocol):
    """What people did. At least the latest `KEPT_EVENTS` of each person and action are kept, and not many more.

    Each action by itself, since pages post a view for whatever they show: views never drive out a hide.
    """

    def append(self, events: Sequence[Event]) -> None:
        """Store all of them or, when this raises, none."""

    def last(self, user_id: str, most: int, actions: Sequence[str] | None = None) -> list[Event]:
        """A user's latest events by time, latest first; of the same time, the one that came later.

        actions: only these count; None: all.
        """

    def trending(self, trend: Trend, now_s: float, most: int) -> list[Trending]:
        """The items with the highest counts at `now_s`, the highest first; of all events that were appended by then.

        The first call for a trend counts what is stored, while appending waits; from then on every event is counted
        as it is appended. The latest `MOST_TRENDS` trends are kept.
        """

    def forget(self, user_id: str) -> int:
        """Delete a user's events, and take them out of all counts; how many there were."""

    def close(self) -> None: ...


class Items(Protocol):
    """Items that were added, changed or deleted, each with the number of its latest change.

    Numbers rise by commit: whoever has seen change n finds everything after it by asking for what is greater. A
    deletion is kept as a change, so that readers learn of it and a later release does not bring the item back. What
    was acknowledged outlives the process.
    """

    def put(self, item: Item) -> int:
        """Add or replace an item, picture included; the number of the change."""

    def delete(self, item_id: str) -> int:
        """Delete an item, known here or in a bundle only; the number of the change."""

    def get(self, item_id: str) -> ItemChange | None:
        """The latest change of an item; None if it never had one."""

    def picture(self, item_id: str) -> bytes | None:
        """The encoded picture of an item; None if it is not here or has none."""

    def changes_since(self, seq: int, most: int = MOST_CHANGES) -> list[ItemChange]:
        """The changes after number `seq` in order, of each item the latest; at most `most` of them."""

    def store_id(self) -> str:
        """Made at random with the store: changes are numbered anew in another one."""

    def last_seq(self) -> int:
        """The number of the latest change; 0 if there was none."""

    def close(self) -> None: ...


class Boards(Protocol):
    """Items that a person keeps together under names. What was acknowledged outlives the process."""

    def add(self, user_id: str, board: str, item_id: str) -> None:
        """Save an item to a board, which needs no making; again: it counts as saved just now."""

    def remove(self, user_id: str, board: str, item_id: str) -> bool:
        """Take an item off a board; whether it was there."""

    def drop(self, user_id: str, board: str) -> int:
        """Delete a board; how many items it held."""

    def count(self, user_id: str) -> int:
        """How many items a user's boards hold together."""

    def of(self, user_id: str) -> dict[str, list[str]]:
        """A user's boards with their items, the latest saved first, in both."""

    def forget(self, user_id: str) -> int:
        """Delete a user's boards; how many items they held."""

    def close(self) -> None: ...
