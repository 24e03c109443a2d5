"""Events on their way into counts: each once, in the order in which they come to count.

`replayed` is what training reads, `Stream` what serves. Both count an event `delay_s` after it happened, ordered by
that time and then by id, so that both read the same bits, however a service got the events within the delay.

Legend: N rows, E entities, H half-lives, O outcomes.
"""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from components.features.counters import Columns, Counters, Keys

__all__ = ["Event", "Stream", "replayed"]


@dataclass(frozen=True, slots=True)
class Event:
    """event_id: one for each event. outcome_O: 1 or 0 of each outcome of the definition."""

    event_id: str
    time_ms: int
    keys: Mapping[str, str]
    outcome_O: NDArray[np.float64]


class Stream:
    """Counts that events flow into. Not safe for several threads."""

    def __init__(self, counters: Counters) -> None:
        self.counters = counters
        self._delay_ms = int(counters.definition.delay_s * 1000)
        self._late_ms = int(counters.definition.late_s * 1000)
        self._waiting: list[tuple[int, str, Event]] = []
        self._seen: dict[str, int] = {}
        self._newest_ms = 0
        self._forgotten_ms = 0

    def put(self, event: Event) -> bool:
        """Take an event; False for one that came before, or is older than the newest by more than `late_s`."""
        if event.event_id in self._seen or event.time_ms < self._newest_ms - self._late_ms:
            return False
        self._seen[event.event_id] = event.time_ms
        self._newest_ms = max(self._newest_ms, event.time_ms)
        self._forget()
        heapq.heappush(self._waiting, (event.time_ms + self._delay_ms, event.event_id, event))
        return True

    def read(self, keys: Sequence[Keys] | Columns, now_ms: int) -> NDArray[np.float64]:
        """The counts as of `now_ms` (N, E, H, O), of events that count by then."""
        self.advance(now_ms)
        return self.counters.read(keys, now_ms)

    def advance(self, now_ms: int) -> None:
        """Count what counts by `now_ms`."""
        while self._waiting and self._waiting[0][0] <= now_ms:
            event = heapq.heappop(self._waiting)[2]
            self.counters.add(event.keys, event.outcome_O, event.time_ms)

    def _forget(self) -> None:
        """Ids of events that are too old to come again, so that memory follows the window and not the log."""
        oldest_ms = self._newest_ms - self._late_ms
        if oldest_ms > self._forgotten_ms + self._late_ms // 8:
            self._seen = {name: time_ms for name, time_ms in self._seen.items() if time_ms >= oldest_ms}
            self._forgotten_ms = oldest_ms


def replayed(
    events: Sequence[Event], questions: Sequence[tuple[int, Mapping[str, str]]], counters: Counters
) -> Iterator[NDArray[np.float64]]:
    """The counts (E, H, O) that each question (time_ms, keys) would have read, by a sweep over sorted times.

    Questions ascend in time. In the end all events have been counted in `counters`.
    """
    delay_ms = int(counters.definition.delay_s * 1000)
    order = sorted(range(len(events)), key=lambda row: (events[row].time_ms + delay_ms, events[row].event_id))
    due = 0
    for time_ms, keys in questions:
        while due < len(order) and events[order[due]].time_ms + delay_ms <= time_ms:
            event = events[order[due]]
            counters.add(event.keys, event.outcome_O, event.time_ms)
            due += 1
        yield counters.read([keys], time_ms)[0]
    for row in order[due:]:
        counters.add(events[row].keys, events[row].outcome_O, events[row].time_ms)
