"""What is inferred of a person, and what they did: to be seen, and taken back."""

from typing import Any

from starlette.responses import Response

from components.errors import NotFound
from serving.discovery.call import Call
from serving.discovery.context import Context
from serving.discovery.history import READ, WISHES
from serving.discovery.stock import matches
from serving.state.stores import KEPT_EVENTS

__all__ = ["acted", "interests", "take_back", "uninterested"]

SHOWN, EXAMPLES = 20, 4  # interests, and items of each


async def interests(context: Context, call: Call) -> dict[str, Any]:
    """Values that the items of a person's wishes share more than others do, the most telling first."""
    wished = await _wished(context, call.path["user_id"], READ)
    by_fact: dict[tuple[str, str], list[str]] = {}
    for item_id in wished:
        for fact in context.stock.facts(context.stock.get(item_id)).items():
            by_fact.setdefault(fact, []).append(item_id)
    found: list[dict[str, Any]] = [
        {
            "name": name,
            "value": value,
            "share": len(item_ids) / len(wished),
            "usual": context.stock.share(name, value),
            "item_ids": item_ids[:EXAMPLES],
        }
        for (name, value), item_ids in by_fact.items()
    ]
    telling = [one for one in found if one["share"] > one["usual"]]
    telling.sort(key=lambda one: (one["usual"] - one["share"], one["name"], one["value"]))
    return {"interests": telling[:SHOWN]}


async def uninterested(context: Context, call: Call) -> Response:
    """Take back what an interest was inferred from: the person's clicks and saves of items with that value."""
    user_id, wanted = call.path["user_id"], {call.query.name: frozenset((call.query.value,))}
    wished = await _wished(context, user_id, KEPT_EVENTS)
    behind = [item_id for item_id in wished if matches(context.stock.get(item_id), wanted)]
    if not behind:
        raise NotFound(f"nothing that {user_id!r} wished for has {call.query.name} {call.query.value!r}")
    await context.blocking(context.state.events.take_back, user_id, behind, WISHES)
    return Response(status_code=204)


async def acted(context: Context, call: Call) -> dict[str, Any]:
    """The items that a person hid, saved, clicked or viewed, the latest first; what was deleted since is left out."""
    last = context.state.events.last
    events = await context.blocking(last, call.path["user_id"], KEPT_EVENTS, (call.query.action,))
    times = {event.item_id: int(event.time_s) for event in reversed(events)}
    there = [item_id for item_id in dict.fromkeys(event.item_id for event in events) if item_id in context.stock]
    return {"items": [{**context.stock.get(name), "time_s": times[name]} for name in there[: call.query.k]]}


async def take_back(context: Context, call: Call) -> Response:
    """Undo what a person did with an item, as if it had never been done."""
    user_id, item_id, action = call.path["user_id"], call.path["item_id"], call.query.action
    if not await context.blocking(context.state.events.take_back, user_id, (item_id,), (action,)):
        raise NotFound(f"{user_id!r} never did {action!r} with {item_id!r}")
    return Response(status_code=204)


async def _wished(context: Context, user_id: str, most: int) -> list[str]:
    """Items that are there and that the person clicked or saved, the latest first."""
    events = await context.blocking(context.state.events.last, user_id, most, WISHES)
    return [item_id for item_id in dict.fromkeys(event.item_id for event in events) if item_id in context.stock]
