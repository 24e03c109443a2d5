"""What to show to somebody, from all that is known of what they did."""

from itertools import zip_longest
from typing import Any

from pydantic_core import to_json

from components.roles import RECOMMEND
from serving.discovery.call import Call
from serving.discovery.context import Context
from serving.discovery.history import UNREAD, WISHES, history, tastes
from serving.discovery.peers import PeerFailed
from serving.discovery.search import look_alikes
from serving.discovery.stock import matches
from serving.discovery.types import RecommendationsRequest
from serving.state import Unavailable

__all__ = ["recommendations"]

MOST = 1000  # that the system gives
MOST_SPARE = 50  # further results requested because as many were gone from an answer before
SEEDS = 4  # latest items whose look-alikes stand in
UNWANTED = 3  # more hides than wishes of a category, from which on it is shown last


async def recommendations(context: Context, call: Call) -> dict[str, Any]:
    """Items for a person; their stored events, the actions of the request and what everybody does count."""
    request: RecommendationsRequest = call.body
    wanted = context.stock.wanted(request.filters)
    degraded: list[dict[str, Any]] = []
    actions, hidden = await history(context, request.user_id, request.actions, degraded)
    unwanted = {name for name, wishes in tastes(context, actions).items() if wishes <= -UNWANTED}
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
