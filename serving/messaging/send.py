"""Sends what is due: claim, mark, hand over, record. Killed at any moment and started again, it sends nothing twice.

A sender that is killed before the mark has sent nothing: SMTP needs its last dot, a push its request, the bell its row.
The next sender sends the message. After the mark it may have been taken, and neither SMTP nor Web Push can be asked:
the message stays `uncertain`, is sent no more, and the person's bell shows it, so that they are not forgotten either.
"""

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from serving.messaging.hand_over import Away, Carrier, Later, Mark, Refused, Uncertain
from serving.state import Message, Messages, Preferences

__all__ = ["LEASE_S", "Bell", "quiet_until", "send_due"]

LEASE_S = 120.0  # a sender that does nothing for so long is dead; one that lives on after it sends nothing it lost
AGAIN_S = 600.0
AT_ONCE = 20
POLL_S = 0.05


class Bell:
    """A `Carrier` to the page: the row of the outbox is the message, so that its mark sends it."""

    def send(self, message: Message, to: Preferences, mark: Mark) -> None:  # noqa: ARG002
        if not mark():
            raise Refused("switched off meanwhile")


def send_due(
    store: Messages,
    carriers: Mapping[str, Carrier],
    per_second: float,
    lease_s: float = LEASE_S,
    clock: Callable[[], float] = time.time,
) -> dict[str, Any]:
    """Send all that is due by now, and wait for what another sender holds; what became of each, and who was away.

    carriers: by channel; messages of other channels wait. per_second: most messages.
    """
    sender, until_s = uuid4().hex, clock()
    counts: dict[str, int] = {}
    away: dict[str, str] = {channel: "it is not set up" for channel in ("email", "push") if channel not in carriers}
    next_s = time.monotonic()
    while True:
        store.settle(clock(), lease_s)
        claimed = store.claim(sender, until_s, AT_ONCE)
        for message in claimed:
            if message.channel not in away:
                time.sleep(max(0.0, next_s - time.monotonic()))
                next_s = max(next_s, time.monotonic()) + 1 / per_second
            state, why, at_s = _sent(store, carriers, message, sender, away, clock)
            store.settled(message, sender, state, why, clock(), at_s)
            counts[state] = counts.get(state, 0) + 1
        if not claimed:
            if not store.unsettled():
                return {"counts": counts, "away": away}
            time.sleep(POLL_S)


def _sent(
    store: Messages,
    carriers: Mapping[str, Carrier],
    message: Message,
    sender: str,
    away: dict[str, str],
    clock: Callable[[], float],
) -> tuple[str, str, float | None]:
    """What became of a message: its state, why, and when to try again."""
    now_s = clock()
    to = store.preferences(message.user_id)
    if message.channel in to.stopped:
        return "refused", "switched off", None
    if (ends_s := quiet_until(to, now_s)) is not None and message.channel != "in_app":
        return "waiting", "quiet hours", ends_s
    if message.channel in away:
        return "waiting", away[message.channel], now_s + AGAIN_S
    mark = partial(_marked, store, message, sender, clock)
    try:
        carriers[message.channel].send(message, to, mark)
    except Refused as error:
        if error.stops:
            store.stop(message.user_id, message.channel, str(error))
        return "refused", str(error), None
    except Later as error:
        if isinstance(error, Away):
            away[message.channel] = str(error)
        return "waiting", str(error), now_s + AGAIN_S
    except Uncertain as error:
        return "uncertain", str(error), None
    return "sent", "", None


def _marked(store: Messages, message: Message, sender: str, clock: Callable[[], float]) -> bool:
    return store.mark(message, sender, "sent" if message.channel == "in_app" else "sending", clock())


def quiet_until(to: Preferences, now_s: float) -> float | None:
    """When the quiet hours of a person end; None outside of them."""
    if to.quiet_from == to.quiet_to:
        return None
    now = datetime.fromtimestamp(now_s, ZoneInfo(to.timezone))
    if (now.hour - to.quiet_from) % 24 >= (to.quiet_to - to.quiet_from) % 24:
        return None
    end = now.replace(hour=to.quiet_to, minute=0, second=0, microsecond=0)
    return (end if end > now else end + timedelta(days=1)).timestamp()
