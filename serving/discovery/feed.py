"""The home feed: candidates of several sources, each with a limit of time, in the order of role `rank`."""

import asyncio
import base64
import hashlib
from collections.abc import Awaitable, Mapping, Sequence
from functools import lru_cache
from itertools import zip_longest
from typing import Any

from pydantic_core import from_json, to_json

from components.roles import KEEP, RANK, RECOMMEND, SEARCH
from serving.discovery.ads import among
from serving.discovery.ahead import Ranked, Rest, key_of
from serving.discovery.call import Call
from serving.discovery.context import Context
from serving.discovery.feed_types import FeedRequest
from serving.discovery.history import UNREAD, WISHES, history
from serving.discovery.peers import PeerFailed
from serving.errors import RequestError
from serving.state import Unavailable

__all__ = ["feed"]

SURFACE = "home"
LIMIT_S = 0.15  # for which a source is waited for
AD = "ad"  # the source of what is paid for
PERSONAL, TOGETHER, ALIKE, INTEREST = "for_you", "kept_together", "looks_alike", "interest"
THERE, TREND, FRESH = "trending_there", "trending", "new"
TEXTS = {  # with the item that is the reason, and without
    PERSONAL: ("Because of {}", "Picked for you"),
    TOGETHER: ("", "Kept together with what you saved"),
    ALIKE: ("Looks like {}", "Looks like what you saved"),
    INTEREST: ("You like {}", "Like what you often save"),
    THERE: ("", "Liked where you are just now"),
    TREND: ("", "Many people like this now"),
    FRESH: ("", "New here"),
}
MOST = {
    PERSONAL: 200,
    TOGETHER: 100,
    ALIKE: 100,
    INTEREST: 100,
    THERE: 50,
    TREND: 100,
    FRESH: 100,
}  # candidates of each source
LATEST = 20  # wishes from which walks over boards start
SEEDS = 4  # latest wishes whose look-alikes are candidates
MOST_WISHES = 200  # of which interests are made
FADES_S = 30 * 86_400  # after which a wish counts half for an interest
MOST_ACTIONS = 200  # that the order follows
MARK_BYTES = 5  # of an item in a cursor: two of 10,000 have the same mark once in 20,000 feeds
AD_EVERY = 8  # items of a page for each ad, which stands after half of them
ENOUGH = 4  # candidates for each place of a page; with fewer the sources are asked again
PAGES = 4  # that are ranked at once from the second on
MOST_SHOWN = 1000  # items of a feed until it ends
Pair = tuple[str, str]  # an item, and the item that is the reason for it; empty: that is not known yet, or none is
Proposed = dict[str, list[Pair]]  # by source
Candidates = Mapping[str, Sequence[str]]  # item to its source and the item that is the reason for it


async def feed(context: Context, call: Call) -> dict[str, Any]:
    """A page of what a person may like, without what the cursor says was shown and what they saved or hid."""
    request: FeedRequest = call.body
    shown = _read_cursor(request.cursor)
    degraded: list[dict[str, Any]] = []
    actions, hidden = await history(context, request.user_id, request.actions, degraded)
    done = hidden | {action["item_id"] for action in actions if action["action"] == "save"}
    now_s = int(context.clock())
    rest = await _pages(context, request, actions, done, shown, now_s, degraded)
    is_whole = not degraded
    ranked, *later = rest.pages
    found = [(context.stock.find(item_id), figures) for item_id, figures in ranked]
    pool = [{**item, **figures} for item, figures in found if item is not None]
    ordered, reordered = context.exposure.ordered("feed", pool, request.k, by_place=True)
    page = [
        item if item is drawn else {**item, "propensity": None}
        for item, drawn in zip(ordered[: request.k], pool, strict=False)
    ]
    picked = [item["item_id"] for item in page if item["source"] == PERSONAL]
    caused = await _in_time((PERSONAL,), _causes(context, actions, picked, now_s), degraded)
    reasons = {**rest.candidates} | {
        item_id: (source, cause) for source, pairs in caused.items() for item_id, cause in pairs
    }
    items = [{**item, "because": _because(context, *reasons[item["item_id"]])} for item in page]
    marks = shown | {_mark(item["item_id"]) for item in items}
    paid: list[dict[str, Any]] = []
    if request.ads:
        paid = await among(context, request.user_id, actions, hidden, items, SURFACE, AD_EVERY, degraded)
    cursor = None
    if len(items) == request.k and len(marks) <= MOST_SHOWN:
        cursor = base64.urlsafe_b64encode(b"".join(sorted(marks))).decode()
        if is_whole:  # sources that were left out are asked for the next page
            later = [page for page in later if len(page) == request.k]
            key = key_of(request.user_id, request.k, cursor, actions)
            context.ahead.keep(key, Rest(rest.candidates, later, rest.gathered_s), now_s)
    return {
        "items": _blended(items, paid),
        "cursor": cursor,
        "degraded": degraded,
        "cold": not any(action["action"] in WISHES for action in actions),
        "reordered": reordered,
    }


async def _pages(
    context: Context,
    request: FeedRequest,
    actions: list[dict[str, Any]],
    done: set[str],
    shown: set[bytes],
    now_s: int,
    degraded: list[dict[str, Any]],
) -> Rest:
    """The page, those after it that are ranked already, and the candidates; from what the page before left, if any."""
    found = None
    if request.cursor is not None:
        found = context.ahead.find(key_of(request.user_id, request.k, request.cursor, actions), now_s)
    left: dict[str, Sequence[str]] = {}
    gathered_s = float(now_s)
    if found is not None:
        left, gathered_s = _left(context, found.candidates, done, shown), found.gathered_s
        pages = [page for page in found.pages if all(item_id in left for item_id, _ in page)]
        if pages:
            return Rest(left, pages, gathered_s)
    if len(left) < ENOUGH * request.k:
        gathered = await _gathered(context, request.country, actions, now_s, len(shown), degraded)
        left = _left(context, gathered, done, shown)
        gathered_s = now_s
    pages = await _ranked(context, request, actions, left, now_s, degraded) if left else [[]]
    return Rest(left, pages, gathered_s)


def _left(context: Context, candidates: Candidates, done: set[str], shown: set[bytes]) -> dict[str, Sequence[str]]:
    """The candidates that are there, nothing was done with, and were not shown."""
    there = context.stock.there(candidates) - done
    return {
        item_id: one
        for item_id, one in candidates.items()
        if item_id in there and not (shown and _mark(item_id) in shown)
    }


async def _gathered(
    context: Context,
    country: str | None,
    actions: list[dict[str, Any]],
    now_s: int,
    shown: int,
    degraded: list[dict[str, Any]],
) -> Candidates:
    """What the sources propose, in turns, so that order has no favourite; each item is of the first that names it.

    Of near-duplicates the oldest is kept, so that a copy takes nobody's place; also where it was shown or hidden.
    """
    sources: dict[tuple[str, ...], Awaitable[Proposed]] = {
        (PERSONAL,): _personal(context, actions, now_s),
        (TOGETHER,): _together(context, actions),
        (ALIKE, INTEREST): _looking_like(context, actions, now_s),
        (THERE,): _trending_there(context, country, now_s),
        (TREND,): _trending(context, now_s),
        (FRESH,): _fresh(context, shown),
    }
    results = await asyncio.gather(*(_in_time(names, source, degraded) for names, source in sources.items()))
    order = list(TEXTS)
    turns = [
        (turn, order.index(name), item_id, (name, cause))
        for proposed in results
        for name, pairs in proposed.items()
        for turn, (item_id, cause) in enumerate(pairs)
    ]
    found: dict[str, tuple[str, str]] = {}
    for _, _, item_id, one in sorted(turns):
        found.setdefault(item_id, one)
    copies = context.stock.near_duplicates.among(context.stock.oldest_first(found))
    return {item_id: one for item_id, one in found.items() if item_id not in copies}


async def _in_time(names: tuple[str, ...], source: Awaitable[Proposed], degraded: list[dict[str, Any]]) -> Proposed:
    try:
        async with asyncio.timeout(LIMIT_S):
            return await source
    except TimeoutError:
        reason = f"nothing within {LIMIT_S:g} s"
        degraded += [{"system": name, "role": "source", "reason": reason} for name in names]
    except PeerFailed as failure:
        degraded.append(failure.degraded.model_dump())
    except Unavailable:
        degraded.append(UNREAD)
    return {}


async def _personal(context: Context, actions: list[dict[str, Any]], now_s: int) -> Proposed:
    if not context.peers[RECOMMEND].is_there:
        return {}
    trending = await context.crowd.trending(context.blocking, now_s)
    fields = to_json({"actions": actions, "k": MOST[PERSONAL], "time_s": now_s})
    hits = (await context.peers[RECOMMEND].post("/v1/recommend", fields[:-1] + b',"trending":%b}' % trending))["items"]
    return {PERSONAL: [(hit["item_id"], "") for hit in hits]}


async def _causes(context: Context, actions: list[dict[str, Any]], picked: list[str], now_s: int) -> Proposed:
    """Of items that were recommended the one of the person's history that counted most, if it is still there."""
    if not picked or not actions:
        return {}
    fields = {"actions": actions, "k": len(picked), "explain": True, "among": picked, "time_s": now_s}
    hits = (await context.peers[RECOMMEND].post("/v1/recommend", to_json(fields)))["items"]
    causes = [(hit["item_id"], cause["item_id"]) for hit in hits for cause in reversed(hit["because"])]
    return {PERSONAL: [(item_id, cause) for item_id, cause in causes if cause in context.stock]}


async def _together(context: Context, actions: list[dict[str, Any]]) -> Proposed:
    """What lies on boards with the latest wishes."""
    seeds = _wishes(context, actions)[:LATEST]
    if not seeds or not context.peers[KEEP].is_there:
        return {}
    fields = {"items": seeds[::-1], "k": MOST[TOGETHER], "explain": False}
    hits = (await context.peers[KEEP].post("/v1/keep", to_json(fields)))["items"]
    return {TOGETHER: [(hit["item_id"], "") for hit in hits]}


def _wishes(context: Context, actions: list[dict[str, Any]]) -> list[str]:
    """Items that the person wished for and that are still there, the latest first."""
    wishes = [action["item_id"] for action in reversed(actions) if action["action"] in WISHES]
    return [item_id for item_id in dict.fromkeys(wishes) if item_id in context.stock]


async def _looking_like(context: Context, actions: list[dict[str, Any]], now_s: int) -> Proposed:
    """What looks like the latest wishes, and like each of the person's interests, in turns."""
    weights: dict[str, float] = {}
    for action in actions:
        if action["action"] in WISHES and action["item_id"] in context.stock:
            age_s = 0 if action["time_s"] is None else max(0, now_s - action["time_s"])
            weights.pop(action["item_id"], None)
            weights[action["item_id"]] = 2.0 ** (-age_s / FADES_S)
    if not weights:
        return {}
    names, weighed = zip(*list(weights.items())[-MOST_WISHES:], strict=True)
    more = len(names) > SEEDS  # otherwise each wish has its look-alikes
    fields = {"items": names, "weights": weighed, "k": MOST[INTEREST] * more}
    fields |= {"latest": SEEDS, "each": MOST[ALIKE] // SEEDS}
    found = await context.peers[SEARCH].post("/v1/interests", to_json(fields))
    parts = [(one["item_id"], one["hits"]) for one in found["interests"]]
    turns = zip_longest(*([(hit["item_id"], medoid) for hit in hits] for medoid, hits in parts))
    alike = zip(names[::-1], found["alike"], strict=False)
    return {
        ALIKE: [(hit["item_id"], seed) for seed, hits in alike for hit in hits if hit["item_id"] in context.stock],
        INTEREST: [pair for turn in turns for pair in filter(None, turn)],
    }


async def _trending(context: Context, now_s: int) -> Proposed:
    if not context.peers[RECOMMEND].is_there:  # which says what is to be counted
        return {}
    counts = from_json(await context.crowd.trending(context.blocking, now_s))[: MOST[TREND]]
    return {TREND: [(one["item_id"], "") for one in counts]}


async def _trending_there(context: Context, country: str | None, now_s: int) -> Proposed:
    if country is None:
        return {}
    highest = context.countries.highest(country, now_s, MOST[THERE])
    return {THERE: [(item_id, "") for item_id in highest]}


async def _fresh(context: Context, shown: int) -> Proposed:
    """The newest, so many more as were shown: the feed ends where everything was."""
    newest = context.stock.newest(MOST[FRESH] + shown, {})
    return {FRESH: [(item["item_id"], "") for item in newest]}


def _because(context: Context, source: str, cause: str) -> dict[str, str]:
    """Why an item is there, in words."""
    named, plain = TEXTS[source]
    item = context.stock.find(cause)
    name = "" if item is None else item["title"] or (cause if source == PERSONAL else "")
    return {"kind": source, "text": named.format(name) if name else plain}


async def _ranked(
    context: Context,
    request: FeedRequest,
    actions: Sequence[Mapping[str, Any]],
    left: Candidates,
    now_s: int,
    degraded: list[dict[str, Any]],
) -> list[Sequence[Ranked]]:
    """The page, and where somebody goes on those after it; in turns of the sources where nothing ranks."""
    k = context.exposure.pool("feed", request.k)
    in_turns: list[Sequence[Ranked]] = [
        [
            (item_id, {"source": source, "score": 0.0, "propensity": 1.0})
            for item_id, (source, _) in list(left.items())[:k]
        ]
    ]
    if not context.peers[RANK].is_there:
        return in_turns
    timed = [action for action in actions if action["time_s"] is not None][-MOST_ACTIONS:]
    names = ("item_id", "action", "time_s")
    fields = {
        "user_id": request.user_id or "somebody",
        "time_s": now_s,
        "surface": SURFACE,
        "sources": {item_id: source for item_id, (source, _) in left.items()},
        "actions": [{name: action[name] for name in names} for action in timed],
        "k": k,
        "pages": 1 if request.cursor is None or k > request.k else PAGES,
    }
    try:
        items = (await context.peers[RANK].post("/v1/rank", to_json(fields)))["items"]
    except PeerFailed as failure:
        degraded.append(failure.degraded.model_dump())
        return in_turns
    ranked = [
        (one["item_id"], {"source": one["source"], "score": one["utility"], "propensity": one["propensity"]})
        for one in items
    ]
    return [ranked[start : start + k] for start in range(0, len(ranked), k)] or in_turns


def _blended(items: list[dict[str, Any]], paid: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A page with its ads in between, each marked."""
    page = [item | {"ad": None} for item in items]
    for number, ad in enumerate(paid):
        because = {"kind": AD, "text": ad["ad"]["why"]}
        page.insert(
            number * (AD_EVERY + 1) + AD_EVERY // 2,
            {**ad, "because": because, "source": AD, "score": 0.0, "propensity": 1.0},
        )
    return page


@lru_cache(maxsize=100_000)
def _mark(item_id: str) -> bytes:
    return hashlib.blake2b(item_id.encode(), digest_size=MARK_BYTES).digest()


def _read_cursor(cursor: str | None) -> set[bytes]:
    """The marks of all items that were shown; raises `RequestError` 422 for what is no cursor of a feed."""
    try:
        content = base64.b64decode(cursor or "", altchars=b"-_", validate=True)
    except ValueError:
        content = b"?"
    if len(content) % MARK_BYTES:
        raise RequestError(422, "cursor: this is none of a feed; send the one of the page before, or leave it out")
    return {content[start : start + MARK_BYTES] for start in range(0, len(content), MARK_BYTES)}
