"""Shop the look: items like the things in a picture, and what goes with them."""

import asyncio
from collections.abc import Set
from typing import Any

from pydantic_core import to_json

from components.message import PICTURE, check_one
from components.roles import COMPLETE
from data.images import LEAST_BOX_PX
from serving.discovery.call import Call
from serving.discovery.check import checked
from serving.discovery.context import Context
from serving.discovery.item import picture_of
from serving.discovery.parse import parsed
from serving.discovery.peers import PeerFailed
from serving.discovery.search import hits_of
from serving.discovery.types import LookRequest
from serving.form import Field, write_form
from serving.requests import REQUEST

__all__ = ["look"]

CATEGORY = "category"
POOL = 100  # items found of each region, of which those are shown that are most alike in colour too
SPARE = 10


async def look(context: Context, call: Call) -> dict[str, Any]:
    """Items like each thing in a picture, of its category, and the categories and items that complete the look."""
    request: LookRequest = call.body
    check_one(call.picture, request.item_id)
    await checked(context, (), call.picture)
    item = None if request.item_id is None else context.stock.get(request.item_id)
    if item is not None and item[CATEGORY]:  # one thing, of which all is known
        fields = {"look": [{CATEGORY: item[CATEGORY], "item_id": request.item_id}], **_wanted(request)}
        answer = await context.optional(COMPLETE).post("/v1/complete", to_json(fields))
        goes_with = _companions(context, answer, request, {request.item_id})
        size = {side: item[side] for side in ("width_px", "height_px")}
        return {**size, "regions": [], "goes_with": goes_with, "degraded": []}
    known = await parsed(context, call.picture, request.item_id)
    picture = call.picture if request.item_id is None else await picture_of(context, request.item_id)
    assert picture is not None
    degraded: dict[str, Any] = {}
    regions = await _searched(context, known["regions"], picture, request, degraded)
    answer = await _completed(context, regions, picture, request, degraded)
    shown = [
        {**region, "items": _shown(context, items, request)}
        for region, items in zip(known["regions"], answer["regions"], strict=True)
    ]
    there = {item["item_id"] for region in shown for item in region["items"][:1]} | {request.item_id}
    goes_with = _companions(context, answer, request, there)
    return {**known, "regions": shown, "goes_with": goes_with, "degraded": list(degraded.values())}


async def _searched(
    context: Context, regions: list[dict[str, Any]], picture: bytes, request: LookRequest, degraded: dict[str, Any]
) -> list[dict[str, Any]]:
    """Each region with what is `found`; with nothing where the search does not answer."""
    answers = await asyncio.gather(
        *(_found(context, region, picture, request) for region in regions), return_exceptions=True
    )
    searched = []
    for region, answer in zip(regions, answers, strict=True):
        if isinstance(answer, PeerFailed):
            degraded[answer.degraded.role] = answer.degraded.model_dump()
            answer = []
        elif isinstance(answer, BaseException):
            raise answer
        searched.append({**region, "found": answer})
    return searched


async def _found(
    context: Context, region: dict[str, Any], picture: bytes, request: LookRequest
) -> list[dict[str, Any]]:
    x0, y0, x1, y1 = region["box"]
    if min(x1 - x0, y1 - y0) < LEAST_BOX_PX:
        return []
    fields: dict[str, Any] = {"k": POOL, "box": region["box"]}
    if context.stock.has(CATEGORY, region["label"]):
        fields["filters"] = {CATEGORY: region["label"]}
    if request.item_id is not None:
        fields["exclude"] = [request.item_id]
    return await hits_of(context, fields, picture)


async def _completed(
    context: Context, regions: list[dict[str, Any]], picture: bytes, request: LookRequest, degraded: dict[str, Any]
) -> dict[str, Any]:
    """The items of each region in order, and what goes with them; without the system as found, and nothing."""
    try:
        fields = {"regions": regions, **_wanted(request)}
        form = [Field(REQUEST, to_json(fields)), Field(PICTURE, picture, is_file=True)]
        answer = await context.peers[COMPLETE].post("/v1/complete", *write_form(form))
    except PeerFailed as failure:
        degraded[COMPLETE] = failure.degraded.model_dump()
        return {"regions": [region["found"] for region in regions], "goes_with": []}
    return {**answer, "regions": [region["items"] for region in answer["regions"]]}


def _wanted(request: LookRequest) -> dict[str, int]:
    """Some more of each: items may have been deleted, and categories may be unknown here."""
    return {"k": request.k + SPARE, "categories": request.categories + SPARE if request.categories else 0}


def _shown(context: Context, hits: list[dict[str, Any]], request: LookRequest) -> list[dict[str, Any]]:
    there = [hit for hit in hits if hit["item_id"] in context.stock]
    return [{**context.stock.get(hit["item_id"]), "score": hit["score"]} for hit in there[: request.k]]


def _companions(
    context: Context, answer: dict[str, Any], request: LookRequest, there: Set[str | None]
) -> list[dict[str, Any]]:
    """The categories that items here have, with the items that go best and are not `there`."""
    companions = []
    for found in answer["goes_with"]:
        if context.stock.has(CATEGORY, found[CATEGORY]):
            hits = [hit for hit in found["items"] if hit["item_id"] not in there]
            companions.append({**found, "items": _shown(context, hits, request)})
    return companions[: request.categories]
