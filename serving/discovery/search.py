"""Search by a picture, by part of one, by an item, by words, or by words and what they are said of."""

from collections.abc import Sequence
from typing import Any

from pydantic_core import to_json

from components.message import PICTURE, check_one
from components.roles import SEARCH
from data.errors import UserError
from serving.discovery.call import Call
from serving.discovery.check import checked
from serving.discovery.context import Context
from serving.discovery.find import found
from serving.discovery.item import picture_of
from serving.discovery.search_types import MAX_RESULTS, SearchRequest
from serving.form import Field, write_form
from serving.requests import REQUEST

__all__ = ["hits_of", "look_alikes", "search"]


async def search(context: Context, call: Call) -> dict[str, Any]:
    """The items that look most alike, or that answer words best, a page at a time."""
    request: SearchRequest = call.body
    offset = request.offset if call.query.offset is None else call.query.offset
    await checked(context, (request.text,), call.picture)
    if request.text.strip():
        return await found(context, request, call.picture, offset)
    if call.picture is None and request.item_id is None:
        raise UserError("there is nothing to search for; give a text, a picture or an item_id")
    check_one(call.picture, request.item_id)
    fields: dict[str, Any] = {
        "k": context.exposure.pool("search", min(offset + request.k, MAX_RESULTS)) + 1,
        "filters": request.filters,
    }
    picture = call.picture
    if request.item_id is not None:
        context.stock.get(request.item_id)
        if request.box is None:
            fields["item_id"] = request.item_id
        else:  # by a part of the item's own picture
            picture = await picture_of(context, request.item_id)
            fields["exclude"] = [request.item_id]
    if request.box is not None:
        fields["box"] = request.box
    response = await _ask(context, fields, picture)
    hits = [
        {**context.stock.get(hit["item_id"]), "score": hit["score"]}
        for hit in response["hits"]
        if hit["item_id"] in context.stock
    ]
    hits, reordered = context.exposure.ordered("search", hits, request.k)
    shown = hits[offset : min(offset + request.k, MAX_RESULTS)]
    more = len(hits) > offset + len(shown) and offset + len(shown) < MAX_RESULTS
    return {
        "items": shown,
        "categories": response["categories"],
        "next_offset": offset + len(shown) if more else None,
        "understood": [],
        "corrected": None,
        "ideas": [],
        "degraded": [],
        "reordered": reordered,
    }


async def look_alikes(
    context: Context, item_ids: Sequence[str], k: int, filters: Any = None
) -> list[list[dict[str, Any]]]:
    """Of each item those that look most like it, as `{"item_id", "score"}`; raises `PeerFailed`.

    None of an item whose picture could not be embedded.
    """
    if not item_ids:
        return []
    fields = {"items": item_ids, "k": k, "filters": filters or {}}
    response = await context.peers[SEARCH].post("/v1/alike", to_json(fields))
    return [[hit for hit in hits if hit["item_id"] in context.stock] for hits in response["hits"]]


async def hits_of(context: Context, fields: dict[str, Any], picture: bytes | None) -> list[dict[str, Any]]:
    """The items that a search finds and that are still there, as `{"item_id", "score"}`; raises `PeerFailed`."""
    response = await _ask(context, fields, picture)
    return [hit for hit in response["hits"] if hit["item_id"] in context.stock]


async def _ask(context: Context, fields: dict[str, Any], picture: bytes | None) -> Any:
    if picture is None:
        return await context.peers[SEARCH].post("/v1/search", to_json(fields))
    form = [Field(REQUEST, to_json(fields)), Field(PICTURE, picture, is_file=True)]
    return await context.peers[SEARCH].post("/v1/search", *write_form(form))
