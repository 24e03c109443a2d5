"""Shop the look: items like the things in a picture, and what goes with them."""

import asyncio
from typing import Any

from pydantic_core import to_json

from components.message import check_one
from components.roles import COMPLETE
from data.images import LEAST_BOX_PX
from serving.discovery.call import Call
from serving.discovery.context import Context
from serving.discovery.item import picture_of
from serving.discovery.parse import parsed
from serving.discovery.peers import PeerFailed
from serving.discovery.search import hits_of
from serving.discovery.types import LookRequest

__all__ = ["look"]

CATEGORY = "category"
SPARE = 10  # items that may have been deleted since


async def look(context: Context, call: Call) -> dict[str, Any]:
    """Items like each thing in a picture, of its category, and the categories and items that complete the look."""
    request: LookRequest = call.body
    check_one(call.picture, request.item_id)
    item = None if request.item_id is None else context.stock.get(request.item_id)
    if item is not None and item[CATEGORY]:  # one thing, of which all is known
        context.optional(COMPLETE)
        alone = {CATEGORY: item[CATEGORY], "item_id": request.item_id}
        goes_with = await _goes_with(context, [alone], request)
        return {**{side: item[side] for side in ("width_px", "height_px")}, "regions": [], **goes_with, "degraded": []}
    found = await parsed(context, call.picture, request.item_id)
    picture = call.picture if request.item_id is None else await picture_of(context, request.item_id)
    assert picture is not None
    degraded: list[dict[str, Any]] = []
    regions = await _matched(context, found["regions"], picture, request, degraded)
    goes_with = {"goes_with": []}
    try:
        goes_with = await _goes_with(context, [_thing(region) for region in regions], request)
    except PeerFailed as failure:
        degraded.append(failure.degraded.model_dump())
    return {**found, "regions": regions, **goes_with, "degraded": degraded}


async def _matched(
    context: Context, regions: list[dict[str, Any]], picture: bytes, request: LookRequest, degraded: list[Any]
) -> list[dict[str, Any]]:
    """Each region with the items that look like it; with none where the search does not answer."""
    asked = [_matches(context, region, picture, request) for region in regions]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    matched = []
    for region, answer in zip(regions, answers, strict=True):
        if isinstance(answer, BaseException):
            if not isinstance(answer, PeerFailed):
                raise answer
            if not degraded:
                degraded.append(answer.degraded.model_dump())
            answer = []
        matched.append({**region, "items": answer})
    return matched


async def _matches(
    context: Context, region: dict[str, Any], picture: bytes, request: LookRequest
) -> list[dict[str, Any]]:
    x0, y0, x1, y1 = region["box"]
    if min(x1 - x0, y1 - y0) < LEAST_BOX_PX:
        return []
    fields: dict[str, Any] = {"k": request.k, "box": region["box"]}
    if context.stock.has(CATEGORY, region["label"]):
        fields["filters"] = {CATEGORY: region["label"]}
    if request.item_id is not None:
        fields["exclude"] = [request.item_id]
    hits = await hits_of(context, fields, picture)
    return [{**context.stock.get(hit["item_id"]), "score": hit["score"]} for hit in hits]


def _thing(region: dict[str, Any]) -> dict[str, Any]:
    """A region as a thing of the look: the item that it looks most like stands for it."""
    return {CATEGORY: region["label"], "item_id": region["items"][0]["item_id"] if region["items"] else None}


async def _goes_with(context: Context, things: list[dict[str, Any]], request: LookRequest) -> dict[str, Any]:
    """Categories that items here have, and of each the items that go best; beside nothing, nothing."""
    if not things or not request.categories:
        return {"goes_with": []}
    fields = {"look": things, "categories": request.categories + SPARE, "k": request.k + SPARE}
    answer = await context.peers[COMPLETE].post("/v1/complete", to_json(fields))
    there = {thing["item_id"] for thing in things} | {request.item_id}
    companions = []
    for found in answer["goes_with"]:
        if context.stock.has(CATEGORY, found[CATEGORY]):
            hits = [hit for hit in found["items"] if hit["item_id"] in context.stock and hit["item_id"] not in there]
            items = [{**context.stock.get(hit["item_id"]), "score": hit["score"]} for hit in hits[: request.k]]
            companions.append({**found, "items": items})
    return {"goes_with": companions[: request.categories]}
