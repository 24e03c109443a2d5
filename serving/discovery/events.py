"""What people do: stored, and counted in the same person's next answer."""

from typing import Any

from serving.discovery.call import Call
from serving.discovery.context import Context
from serving.discovery.types import EventsRequest
from serving.state import Event

__all__ = ["post"]


async def post(context: Context, call: Call) -> tuple[int, dict[str, Any]]:
    """Store what people did; all of it or, if an item is unknown, nothing. It counts in the next answer.

    A time ahead of the service's clock counts as now: of a clock that is fast nothing would come later.
    """
    request: EventsRequest = call.body
    now_s = context.clock()
    for event in request.events:
        context.stock.get(event.item_id)
    events = [
        Event(
            event.user_id,
            event.item_id,
            event.action,
            now_s if event.time_s is None else min(float(event.time_s), now_s),
            event.surface,
            event.session_id,
            event.position,
            event.propensity,
            event.source,
            event.country,
        )
        for event in request.events
    ]
    await context.blocking(context.state.events.append, events)
    return 202, {"accepted": len(events)}
