"""Hands over what everybody does, whichever process stored it."""

from collections.abc import Callable, Sequence

from serving.state.event import Happened
from serving.state.following import Following
from serving.state.stores import MOST_CHANGES, Events

__all__ = ["following_events"]

OVERLAP = 200  # numbers that are read again, since a transaction may end after one with a greater number


def following_events(events: Events, apply: Callable[[Happened], None]) -> Following[Happened]:
    """Calls `apply` with each event once, nearly in the order in which they were stored."""
    unseen = _Unseen(events, apply)
    return Following(unseen, lambda: unseen.last, unseen.applied)


class _Unseen:
    """The events that were not handed over yet. last: the greatest number that was."""

    def __init__(self, events: Events, apply: Callable[[Happened], None]) -> None:
        self._events, self._apply = events, apply
        self.last = 0
        self._seen: set[int] = set()  # of the latest numbers

    def changes_since(self, number: int) -> list[Happened]:
        found = self._events.since(max(number - OVERLAP, 0), MOST_CHANGES)
        return [one for one in found if one.number not in self._seen]

    def applied(self, found: Sequence[Happened]) -> int:
        for one in found:
            self._apply(one)
        self.last = max(self.last, found[-1].number)
        self._seen = {number for number in self._seen if number > self.last - OVERLAP} | {one.number for one in found}
        return len(found)
