"""Messages to people: whether to send one now, how people want to be told things, and what came of what was sent."""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from pydantic_core import to_json
from starlette.responses import RedirectResponse, Response

from components.errors import NotFound
from components.roles import NOTIFY
from data.errors import UserError
from serving.discovery.call import Call
from serving.discovery.check import ADULTS, AUDIENCE, may_leave
from serving.discovery.context import Context
from serving.discovery.notification_types import Decide, Outcome, PreferencesChange, Subscribe
from serving.discovery.recommendations import recommendations
from serving.discovery.types import RecommendationsRequest
from serving.errors import RequestError
from serving.messaging.letter import words_of
from serving.messaging.push import is_push_service, public_key
from serving.messaging.secret import secret, unsigned
from serving.messaging.send import quiet_until
from serving.state import Messages, Preferences, Subscription
from serving.state.message import CHANNELS

__all__ = [
    "bell",
    "decide",
    "goes_off",
    "key",
    "outcomes",
    "prefer",
    "preferences",
    "see",
    "subscribe",
    "told",
    "unsubscribe",
]

LATELY_S = 28 * 86_400  # for which nothing is sent again
SPARE = 50  # further recommendations, of which some were sent or saved
ENDS = {"unsubscribed": "unsubscribed by a message's link", "bounced": "bounced"}
CHOICE = "switched off by the person"
FORGED = "the link is not one of ours, or not whole; open the link of an e-mail again"


async def decide(context: Context, call: Call) -> dict[str, Any]:
    """Whether to tell a person something now, what, by which channel, and why."""
    request: Decide = call.body
    peer, store, now_s = context.optional(NOTIFY), _store(context), int(context.clock())
    asked = {"user_id": request.user_id, "attributes": request.attributes}
    found = await peer.post("/v1/notify", to_json(asked))
    decision = {name: found[name] for name in ("send", "arm", "channel", "reason", "held_back", "because")}
    decision |= {"items": [], "degraded": []}
    if not found["send"]:
        return decision
    open_to = await context.blocking(_open_now, store, request.user_id, now_s)
    channel = found["channel"] if found["channel"] in open_to else next(iter(open_to), None)
    if channel is None:
        reason = f"{found['reason']}; but no channel reaches the person now"
        return decision | {"send": False, "arm": None, "channel": None, "reason": reason}
    shown = await context.blocking(store.shown, request.user_id, now_s - LATELY_S)
    saved = {
        item_id
        for item_ids in (await context.blocking(context.state.boards.of, request.user_id)).values()
        for item_id in item_ids
    }
    wanted = RecommendationsRequest(user_id=request.user_id, k=request.k + SPARE, explain=False)
    picked = await recommendations(context, Call(body=wanted))
    items: list[Any] = []
    for item_id in (one["item_id"] for one in picked["items"] if one["item_id"] not in shown | saved):
        item = context.stock.get(item_id)
        if len(items) < request.k and await _may_be_told(context, item):
            items.append(item)
    return decision | {"channel": channel, "items": items, "degraded": picked["degraded"]}


async def outcomes(context: Context, call: Call) -> dict[str, Any]:
    """Keep what came of a message, once; after a bounce or an opt-out its channel is off."""
    given: Outcome = call.body
    store = _store(context)
    message = await context.blocking(store.outcome, given.message_id, given.outcome, context.clock())
    if message is None:
        raise NotFound(f"no message {given.message_id!r} was sent")
    if given.outcome in ENDS:
        await context.blocking(store.stop, message.user_id, message.channel, ENDS[given.outcome])
    return {"recorded": True}


async def preferences(context: Context, call: Call) -> dict[str, Any]:
    """How a person wants to be told things."""
    return await context.blocking(_told, _store(context), call.query.user_id)


async def prefer(context: Context, call: Call) -> dict[str, Any]:
    """Change how a person wants to be told things."""
    wanted: PreferencesChange = call.body
    store, user_id = _store(context), call.query.user_id
    before = (await context.blocking(store.preferences, user_id)).stopped
    stopped: dict[str, str] = {
        channel: before.get(channel, CHOICE) for channel in CHANNELS if not wanted.channels.get(channel, True)
    }
    made = Preferences(wanted.email, wanted.timezone, wanted.quiet_from, wanted.quiet_to, stopped)
    await context.blocking(store.prefer, user_id, made)
    return await preferences(context, call)


async def key(context: Context, call: Call) -> dict[str, Any]:
    """The key to which a browser subscribes."""
    del call
    return {"key": await context.blocking(lambda: public_key(secret()))}


async def subscribe(context: Context, call: Call) -> Response:
    """Let a browser take messages to a person."""
    given: Subscribe = call.body
    if not is_push_service(given.endpoint):
        raise UserError("the endpoint is of no push service that is known here; see CORKBOARD_PUSH_HOSTS")
    subscription = Subscription(given.endpoint, given.keys.p256dh, given.keys.auth)
    await context.blocking(_store(context).subscribe, given.user_id, subscription)
    return Response(status_code=204)


async def bell(context: Context, call: Call) -> dict[str, Any]:
    """What a person is told on the page, the latest first."""
    found = await context.blocking(_store(context).bell, call.query.user_id, call.query.k)
    named = dict.fromkeys(item_id for message in found for item_id in message.item_ids)
    known = [item for item_id in named if (item := context.stock.find(item_id)) is not None]
    allowed = await asyncio.gather(*(_may_be_told(context, item) for item in known))
    shown = {item["item_id"]: item for item, may in zip(known, allowed, strict=True) if may}
    entries = []
    for message in found:
        items = [shown[item_id] for item_id in message.item_ids if item_id in shown]
        entry = {"message_id": message.message_id, "items": items, "reason": message.reason, "seen": message.seen}
        entry |= {"text": words_of([item["title"] for item in items]), "sent_s": message.changed_s}
        entries.append(entry)
    return {"messages": entries, "unseen": sum(not message.seen for message in found)}


async def told(context: Context, call: Call) -> dict[str, Any]:
    """An item that a message is about to show; not found where a message may not."""
    item = context.stock.get(call.path["item_id"])
    if not await _may_be_told(context, item):
        raise NotFound(f"no message may show the item {call.path['item_id']!r}")
    return dict(item)


async def see(context: Context, call: Call) -> Response:
    """The person has seen what they were told."""
    await context.blocking(_store(context).see, call.query.user_id)
    return Response(status_code=204)


async def goes_off(context: Context, call: Call) -> Response:
    """Lead whoever follows the link of an e-mail to the page, which asks; mail programs follow links by themselves."""
    del context
    return RedirectResponse(f"/#/notifications?token={quote(call.query.token)}", 303)


async def unsubscribe(context: Context, call: Call) -> dict[str, Any]:
    """Switch off the channel that a signed link names, with one click (RFC 8058)."""
    store = _store(context)
    known = await context.blocking(lambda: unsigned(secret(), call.query.token))
    if known is None:
        raise RequestError(403, FORGED)
    user_id, channel = known
    await context.blocking(store.stop, user_id, channel, ENDS["unsubscribed"])
    name, _, host = (await context.blocking(store.preferences, user_id)).email.partition("@")
    return {"channel": channel, "email": f"{name[:1]}…@{host}" if host else ""}


async def _may_be_told(context: Context, item: Mapping[str, Any]) -> bool:
    return item["attributes"].get(AUDIENCE) != ADULTS and await may_leave(context, (item["title"],))


def _store(context: Context) -> Messages:
    if context.state.messages is None:
        raise RequestError(404, "Redis keeps no messages; keep the state in SQLite or PostgreSQL")
    return context.state.messages


def _told(store: Messages, user_id: str) -> dict[str, Any]:
    known, on = store.preferences(user_id), _open_to(store, user_id)
    channels = {name: {"on": name in on, "why": known.stopped.get(name, "")} for name in CHANNELS}
    fields = {name: getattr(known, name) for name in ("email", "timezone", "quiet_from", "quiet_to")}
    return fields | {"channels": channels}


def _open_to(store: Messages, user_id: str) -> list[str]:
    """Channels that reach a person and that they did not switch off."""
    known = store.preferences(user_id)
    there = {"in_app": True, "push": bool(store.subscriptions(user_id)), "email": bool(known.email)}
    return [channel for channel, reaches in there.items() if reaches and channel not in known.stopped]


def _open_now(store: Messages, user_id: str, now_s: float) -> list[str]:
    """In quiet hours the page alone, which never interrupts."""
    quiet = quiet_until(store.preferences(user_id), now_s) is not None
    return [channel for channel in _open_to(store, user_id) if channel == "in_app" or not quiet]
