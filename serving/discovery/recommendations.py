"""What to show to somebody, from all that is known of what they did."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from pydantic_core import to_json

from components.roles import RECOMMEND
from data.actions import ACTIONS
from serving.discovery.call import Call
from serving.discovery.context import Context
from serving.discovery.peers import PeerFailed
from serving.discovery.search import look_alikes
from serving.discovery.stock import matches
from serving.discovery.types import Done, RecommendationsRequest
from serving.state import Event, Events, Unavailable
from serving.state.stores import KEPT_EVENTS

__all__ = ["UNREAD", "WISHES", "known_of", "merged", "recommendations"]

READ = 500  # latest stored events, and as many that are no views: a page posts a view for whatever it shows
ACTED = tuple(action for action in ACTIONS if action != "view")
MOST = 1000  # that the system gives
MOST_SPARE = 50  # further results requested because as many were gone from an answer before
SEEDS = 4  # latest items whose look-alikes stand in
WISHES = ("click", "save")
UNWANTED = 3  # more hides than wishes of a category, from which on it is shown last
UNREAD = {"system": "state", "role": "state", "reason": "what people did cannot be read"}


async def recommendations(context: Context, call: Call) -> dict[str, Any]:
    """Items for a person; their stored events, the actions of the request and what everybody does count."""
    request: RecommendationsRequest = call.body
    wanted = context.stock.wanted(request.filters)
    degraded: list[dict[str, Any]] = []
    stored: list[Event] = []
    hidden: set[str] = set()
    if request.user_id is not None:
        try:
            stored, hidden = await context.blocking(known_of, context.state.events, request.user_id)
        except Unavailable:
            degraded.append(UNREAD)
    actions = merged(stored, request.actions)
    hidden |= {action["item_id"] for action in actions if action["action"] == "hide"}
    unwanted = _unwanted(context, actions)
    spare = len(hidden) + request.k * bool(unwanted)
    items: list[dict[str, Any]] = []
    personal = False
    try:
        moment = await _moment(context, request, degraded)
        personal, hits = await _recommended(context, request, actions, spare, moment)
        items = _shown(context, hits, hidden, wanted)
    except PeerFailed as failure:
        degraded.append(failure.degraded.model_dump())
    if not personal:  # unknown to the system, or only as somebody who acted on items that came after its training
        alike = await _alike(context, request, actions)
        if alike:
            personal, items = True, alike
    if not items:
        newest = context.stock.newest(request.k + len(actions) + spare, request.filters)
        items = _shown(context, [{**item, "score": 0.0} for item in newest], hidden, wanted)
    last = [item for item in items if item["category"] in unwanted]
    items = [item for item in items if item["category"] not in unwanted]
    items += last if len(items) < request.k else []
    items, reordered = context.exposure.ordered("recommendations", items, request.k)
    return {"items": items[: request.k], "degraded": degraded, "cold": not personal, "reordered": reordered}


def _unwanted(context: Context, actions: Sequence[Mapping[str, Any]]) -> set[str]:
    """Categories that the person hid rather than wished for."""
    hides: Counter[str] = Counter()
    for action in actions:
        item = context.stock.find(action["item_id"])
        if item is not None and item["category"]:
            hides[item["category"]] += {"hide": 1, **dict.fromkeys(WISHES, -1)}.get(action["action"], 0)
    return {category for category, count in hides.items() if count >= UNWANTED}


def merged(stored: Sequence[Event], given: Sequence[Done]) -> list[dict[str, Any]]:
    """Stored events, latest first, and those of the request as one history, oldest first.

    An action of unknown time comes after what was done before it in the request.
    """
    timed = [(int(event.time_s), event) for event in reversed(stored)]
    history: list[tuple[int, dict[str, Any]]] = [
        (time_s, _action(event.item_id, event.action, event.surface or None, time_s)) for time_s, event in timed
    ]
    latest_s = history[-1][0] if history else 0
    for action in given:
        latest_s = latest_s if action.time_s is None else action.time_s
        history.append((latest_s, _action(action.item_id, action.action, action.surface, action.time_s)))
    history.sort(key=lambda entry: entry[0])
    return [action for _, action in history]


def known_of(events: Events, user_id: str) -> tuple[list[Event], set[str]]:
    """What a person did last, latest first, and all that they hid."""
    stored = events.last(user_id, READ)
    hidden = {event.item_id for event in stored if event.action == "hide"}
    if len(stored) == READ:  # there may be more
        acted = events.last(user_id, READ, ACTED)
        hidden |= {event.item_id for event in events.last(user_id, KEPT_EVENTS, ("hide",))}
        stored += acted[sum(event.action in ACTED for event in stored) :]
    return stored, hidden


def _action(item_id: str, action: str, surface: str | None, time_s: int | None) -> dict[str, Any]:
    return {"item_id": item_id, "action": action, "surface": surface, "time_s": time_s}


async def _moment(context: Context, request: RecommendationsRequest, degraded: list[dict[str, Any]]) -> bytes:
    """The time of the request, and what everybody acts on then, as the last fields of a JSON object."""
    now_s = int(context.clock())
    if request.time_s is not None:
        now_s = min(request.time_s, now_s)
    trending = b"[]"
    try:
        trending = await context.crowd.trending(context.blocking, now_s)
    except Unavailable:
        if UNREAD not in degraded:
            degraded.append(UNREAD)
    return b',"time_s":%d,"trending":%s}' % (now_s, trending)


async def _recommended(
    context: Context,
    request: RecommendationsRequest,
    actions: list[dict[str, Any]],
    spare: int,
    moment: bytes,
) -> tuple[bool, list[dict[str, Any]]]:
    """What the system recommends; `spare` more for what is not shown, and more where deleted items took the places."""
    wanted = context.exposure.pool("recommendations", request.k) + spare
    k = wanted + context.gone
    while True:
        fields = {
            "user_id": request.user_id,
            "actions": actions,
            "k": min(k, MOST),
            "explain": request.explain,
            "filters": request.filters,
        }
        response = await context.peers[RECOMMEND].post("/v1/recommend", to_json(fields)[:-1] + moment)
        hits: list[dict[str, Any]] = response["items"]
        left = sum(hit["item_id"] in context.stock for hit in hits)
        context.gone = min(max(context.gone, len(hits) - left), MOST_SPARE)
        if left >= wanted or len(hits) < min(k, MOST) or k >= MOST:
            return response["personal"], hits
        k *= 4


async def _alike(
    context: Context, request: RecommendationsRequest, actions: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """What looks like the latest items that the person wished for, taking turns; nothing where that is not known."""
    done = {action["item_id"] for action in actions}
    wishes = [action["item_id"] for action in reversed(actions) if action["action"] in WISHES]
    seeds = [item_id for item_id in dict.fromkeys(wishes) if item_id in context.stock][:SEEDS]
    try:
        parts = await look_alikes(context, seeds, min(100, request.k + len(done)), request.filters)
    except PeerFailed:
        return []
    items: dict[str, dict[str, Any]] = {}
    for hits in zip_longest(*parts):
        for seed, hit in zip(seeds, hits, strict=True):
            if hit is not None and hit["item_id"] not in done and hit["item_id"] in context.stock:
                because = [{"item_id": seed, "share": 1.0}]
                item = {**context.stock.get(hit["item_id"]), "score": hit["score"], "because": because}
                items.setdefault(hit["item_id"], item)
    return list(items.values())


def _shown(
    context: Context, hits: list[dict[str, Any]], hidden: set[str], wanted: dict[str, frozenset[str]]
) -> list[dict[str, Any]]:
    """The hits that can be shown now, with what is known of them now."""
    shown = []
    for hit in hits:
        item = context.stock.find(hit["item_id"])
        if item is not None and hit["item_id"] not in hidden and (not wanted or matches(item, wanted)):
            because = [cause for cause in hit.get("because", ()) if cause["item_id"] in context.stock]
            shown.append({**item, "score": hit["score"], "because": because})
    return shown
