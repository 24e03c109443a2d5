"""How many ads are offered in each hour of the week, by which budgets are spent."""

import threading
from collections.abc import Sequence

from components.auction.pacing import FLAT, HOUR_S, WEEK_H, forecast
from serving.state import Campaigns

__all__ = ["Hours"]

WEEKS = 4  # at most, that are looked back on


class Hours:
    """Counted once an hour from the offers of everybody; they follow visits, since a pace lowers bids and not who bids.

    Safe to call from several threads.
    """

    def __init__(self, campaigns: Campaigns | None) -> None:
        self._campaigns = campaigns
        self._counting = threading.Lock()
        self._until_s = 0
        self._hours: Sequence[float] = FLAT

    def expected(self, now_s: int) -> Sequence[float]:
        """What is to be expected in each hour of the week, from Monday 00:00 UTC."""
        until_s = now_s // HOUR_S * HOUR_S
        with self._counting:
            if until_s != self._until_s and self._campaigns is not None:
                since_s = until_s - WEEKS * WEEK_H * HOUR_S
                self._hours = forecast(self._campaigns.offered(since_s, HOUR_S), since_s, until_s)
                self._until_s = until_s
            return self._hours
