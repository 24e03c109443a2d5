"""What people of a country act on just now."""

import threading
from heapq import nlargest

from data.times import DAY_S
from serving.state import Events, Happened, Trend
from serving.state.following_events import following_events
from serving.state.trend import added

__all__ = ["Countries"]

TREND = Trend(DAY_S, ("click", "save"))
MANY = 1.5  # the least count of an item: one event is no trend, two are for ten hours
MOST = 1_000  # items of a country that are counted, at least


class Countries:
    """Counts of items by country, in memory, of events as they are stored. Safe to call from several threads."""

    def __init__(self, events: Events) -> None:
        self._levels: dict[str, dict[str, float]] = {}
        self._lock = threading.Lock()
        self._following = following_events(events, self._count)
        self._follows = False

    def highest(self, country: str, now_s: float, most: int) -> list[str]:
        """The items with the highest counts at `now_s`, the highest first. The first call begins to count."""
        with self._lock:
            if not self._follows:
                self._following.begin()
                self._follows = True
            highest = nlargest(most, self._levels.get(country, {}).items(), key=lambda pair: pair[1])
        return [item_id for item_id, level in highest if TREND.count(level, now_s) >= MANY]

    def stop(self) -> None:
        self._following.stop()

    def _count(self, one: Happened) -> None:
        if one.country is None or one.action not in TREND.actions:
            return
        level = one.time_s / TREND.half_life_s
        with self._lock:
            levels = self._levels.setdefault(one.country, {})
            levels[one.item_id] = added(levels[one.item_id], level) if one.item_id in levels else level
            if len(levels) >= 2 * MOST:
                self._levels[one.country] = dict(nlargest(MOST, levels.items(), key=lambda pair: pair[1]))
