"""What everybody acts on just now, in the form that the recommending system takes."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from pydantic_core import to_json

from data.times import DAY_S
from serving.discovery.peers import Peer
from serving.state import Events, Trend

__all__ = ["Crowd"]

KEPT_S = 1.0  # for which counts are taken for those of now
MOST = 300  # items: reading all 1,000 that the system takes would cost as much as the rest of a quick answer
WANTED = "/v1/trend"
Blocking = Callable[..., Awaitable[bytes]]


class Crowd:
    """Asks the system once what it counts, and the store once a second for the counts. Used from one event loop."""

    def __init__(self, peer: Peer, events: Events) -> None:
        self._peer, self._events = peer, events
        self._reading = asyncio.Lock()
        self._is_known = False
        self._trend: Trend | None = None
        self._now_s, self._read_at, self._counts = -1, 0.0, b"[]"

    async def trending(self, blocking: Blocking, now_s: int) -> bytes:
        """The field `trending` of a request, as JSON; an empty list where the system counts nothing.

        blocking: calls in a thread.

        Raises:
            PeerFailed: the system does not say what it counts.
            Unavailable: the store cannot be reached.
        """
        if not self._is_known:
            wanted = (await self._peer.get(WANTED))["trend"]
            self._trend = wanted and Trend(
                wanted["half_life_days"] * DAY_S, tuple(wanted["actions"]), wanted["newcomers"]
            )
            self._is_known = True
        if self._trend is None:
            return b"[]"
        async with self._reading:
            if now_s != self._now_s or time.monotonic() - self._read_at >= KEPT_S:
                read_at = time.monotonic()
                self._counts = await blocking(_read_counts, self._events, self._trend, now_s)
                self._now_s, self._read_at = now_s, read_at
            return self._counts


def _read_counts(events: Events, trend: Trend, now_s: int) -> bytes:
    items = events.trending(trend, now_s, MOST)
    return to_json([{"item_id": one.item_id, "count": one.count, "user_ids": one.user_ids} for one in items])
