"""A person: all that is stored of them as one file, and its erasure."""

from typing import Any

from pydantic_core import to_json
from starlette.responses import Response

from data.actions import ACTIONS
from data.tombstone import mark_of
from serving.discovery.call import Call
from serving.discovery.context import Context
from serving.discovery.more import told
from serving.state.stores import KEPT_EVENTS

__all__ = ["export", "forget"]


async def forget(context: Context, call: Call) -> Response:
    """Erase a person's events, boards and messages, and whose ads they saw; a tombstone keeps them out of data sets.

    Of somebody unknown there is nothing to erase, which is no error. Where one step fails, asking again does the rest.
    """
    user_id, state = call.path["user_id"], context.state
    await context.blocking(state.erasures.add, mark_of(user_id), int(context.clock()))
    await context.blocking(state.boards.forget, user_id)
    await context.blocking(state.events.forget, user_id)
    if state.campaigns is not None:
        await context.blocking(state.campaigns.forget, user_id)
    if state.messages is not None:
        await context.blocking(state.messages.forget, user_id)
    context.ahead.clear()
    await told(context)
    return Response(status_code=204)


async def export(context: Context, call: Call) -> Response:
    """Everything that is stored of a person, as one JSON file."""
    user_id, state = call.path["user_id"], context.state
    events = await context.blocking(state.events.last, user_id, len(ACTIONS) * KEPT_EVENTS * 2)
    boards = await context.blocking(state.boards.of, user_id)
    content: dict[str, Any] = {"user_id": user_id, "exported_s": int(context.clock()), "events": events}
    content["boards"] = [{"name": name, "item_ids": item_ids} for name, item_ids in boards.items()]
    if state.messages is not None:
        content["messages"] = await context.blocking(state.messages.of, user_id)
        content["preferences"] = await context.blocking(state.messages.preferences, user_id)
    headers = {"Content-Disposition": 'attachment; filename="export.json"', "Cache-Control": "no-store"}
    return Response(to_json(content, indent=1), headers=headers, media_type="application/json")
