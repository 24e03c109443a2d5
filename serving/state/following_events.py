"""Hands over what everybody does, whichever process stored it."""

from collections.abc import Callable, Sequence

from serving.state.event import Happened
from serving.state.following import Following
from serving.state.stores import MOST_CHANGES, Events

__all__ = ["FollowingEvents"]

OVERLAP = 200  # numbers that are read again, since a transaction may end after one with a greater number


class FollowingEvents(Following[Happened]):
    """Calls `apply` with each event once, nearly in the order in which they were stored; see `Following`."""

    def __init__(self, events: Events, apply: Callable[[Happened], None]) -> None:
        super().__init__(self, lambda: self._last, self._applied)
        self._events, self._apply_one = events, apply
        self._last = 0
        self._seen: set[int] = set()  # of the latest numbers

    def changes_since(self, number: int) -> list[Happened]:
        """Events that were not seen, after a number or shortly before it."""
        found = self._events.since(max(number - OVERLAP, 0), MOST_CHANGES)
        return [one for one in found if one.number not in self._seen]

    def _applied(self, found: Sequence[Happened]) -> int:
        for one in found:
            self._apply_one(one)
        self._last = max(self._last, found[-1].number)
        self._seen = {number for number in self._seen if number > self._last - OVERLAP} | {one.number for one in found}
        return len(found)
