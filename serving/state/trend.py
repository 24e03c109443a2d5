"""Trends: decayed counts of recent events by item, updated as events arrive.

A store keeps one number of each item, its level: the logarithm to base 2 of the sum of 2^(time / half-life) over its
events. No level changes between events, so that items keep their order and an index finds the highest. The count at a
moment is 2^(level - moment / half-life). An event that comes late is added like any other, and one that is erased is
taken out again. Source: forward decay (Cormode, Shkapenyuk, Srivastava and Xu, ICDE 2009), in logarithms, which never
grow too large.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from serving.state.event import Event

__all__ = [
    "FIRSTS_KEPT_S",
    "MOST_NEWCOMERS",
    "MOST_TRENDS",
    "NEW_S",
    "Trend",
    "Trending",
    "added",
    "taken_out",
]

MOST_TRENDS = 2  # kept by a store, so that a rollback finds the counts of the release before
MOST_NEWCOMERS = 2_000  # of all items together, the latest
NEW_S = 86_400  # how long a person counts as new to an item
FIRSTS_KEPT_S = 90 * 86_400  # a person who did nothing with an item for this long is new to it again
FORGOTTEN = 40  # half-lives after which an event counts nothing
LARGEST = 39  # log2 of the largest count that is reported
NOTHING = 1e-6  # share of a count that is left by rounding


@dataclass(frozen=True)
class Trend:
    """Events that count. half_life_s: age at which one counts half. newcomers: whether people are counted, too."""

    half_life_s: float
    actions: tuple[str, ...]
    newcomers: bool = False

    @cached_property
    def name(self) -> str:
        """The name under which a store keeps it."""
        return json.dumps([self.half_life_s, sorted(self.actions), self.newcomers])

    @classmethod
    def named(cls, name: str) -> "Trend":
        half_life_s, actions, newcomers = json.loads(name)
        return cls(half_life_s, tuple(actions), newcomers)

    def forgotten(self, now_s: float) -> float:
        """The level below which an item counts nothing."""
        return now_s / self.half_life_s - FORGOTTEN

    def count(self, level: float, now_s: float) -> float:
        """The count at `now_s`, which is later than the item's events."""
        return 2.0 ** min(max(level - now_s / self.half_life_s, -FORGOTTEN), LARGEST)

    def levels(self, events: Sequence[Event]) -> dict[str, float]:
        """The level of each item from these events alone, in the order of ids."""
        levels: dict[str, float] = {}
        for event in events:
            if event.action in self.actions:
                level = event.time_s / self.half_life_s
                levels[event.item_id] = added(levels[event.item_id], level) if event.item_id in levels else level
        return dict(sorted(levels.items()))

    def firsts(self, events: Sequence[Event]) -> dict[tuple[str, str], float]:
        """When each person first acted on each item: (user, item) to seconds, sorted; empty without `newcomers`."""
        firsts: dict[tuple[str, str], float] = {}
        for event in events if self.newcomers else ():
            if event.action in self.actions:
                pair = event.user_id, event.item_id
                firsts[pair] = min(firsts.get(pair, event.time_s), event.time_s)
        return dict(sorted(firsts.items()))


@dataclass(frozen=True)
class Trending:
    """An item with its count at a moment, and the people who first acted on it within the day before."""

    item_id: str
    count: float
    user_ids: tuple[str, ...] = ()


def added(level: float, other: float) -> float:
    """The level of the events of both levels together."""
    low, high = sorted((level, other))
    return high + math.log2(1 + 2.0 ** (low - high))


def taken_out(level: float, other: float) -> float | None:
    """The level without the events of `other`; None: nothing is left."""
    rest = 1 - 2.0 ** min(other - level, 0)
    return level + math.log2(rest) if rest > NOTHING else None
