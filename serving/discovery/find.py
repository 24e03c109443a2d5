"""Search by words, and what somebody may want to type."""

from typing import Any

from pydantic_core import to_json

from components.message import PICTURE
from components.roles import FIND
from data.errors import UserError
from serving.discovery.call import Call
from serving.discovery.context import Context
from serving.discovery.item import picture_of
from serving.discovery.picture import part_of
from serving.discovery.search_types import MAX_FOUND, SearchRequest
from serving.form import Field, write_form
from serving.requests import REQUEST

__all__ = ["found", "suggest"]

MORE = 2  # whether there is another page, though one of the results may be what is searched with


async def found(context: Context, request: SearchRequest, picture: bytes | None, offset: int) -> dict[str, Any]:
    """The items that answer a text best, or a text that says what should be otherwise than in a picture.

    Raises:
        UserError: a filter is unknown, or what comes beside the text does not fit it.
        RequestError: 404, there is no such item, or nothing here finds by words.
        PeerFailed: it does not answer.
    """
    context.stock.wanted(request.filters)
    if request.item_id is not None:
        if picture is not None:
            raise UserError("words are said of one picture; upload it or name an item, not both")
        context.stock.get(request.item_id)  # the catalogue keeps the pictures of those that were deleted
        picture = await picture_of(context, request.item_id)
    if request.box is not None:
        if picture is None:
            raise UserError("a box is a part of a picture; upload one or name an item, or leave out the box")
        async with context.decoding:
            picture = await context.blocking(part_of, picture, request.box)
    k = min(context.exposure.pool("search", offset + request.k + MORE), MAX_FOUND)
    asked = {"text": request.text, "filters": request.filters, "k": k}
    answer = await _ask(context, asked, picture)
    stock = context.stock
    hits = [
        {**stock.get(hit["item_id"]), "score": hit["score"]}
        for hit in answer["items"]
        if hit["item_id"] in stock and hit["item_id"] != request.item_id
    ]
    hits, reordered = context.exposure.ordered("search", hits, request.k)
    shown = hits[offset : offset + request.k]
    names = ("name", "value", "words")
    return {
        "items": shown,
        "categories": [],
        "next_offset": offset + len(shown) if shown and len(hits) > offset + len(shown) else None,
        "understood": [
            {name: one[name] for name in names} for one in answer["understood"] if stock.has(one["name"], one["value"])
        ],
        "corrected": answer["corrected"],
        "ideas": answer["ideas"],
        "degraded": [],
        "reordered": reordered,
    }


async def suggest(context: Context, call: Call) -> dict[str, Any]:
    """Queries that begin as what was typed; for nothing, those that are asked most."""
    fields = {"prefix": call.query.text, "k": call.query.k}
    answer = await context.optional(FIND).post("/v1/suggest", to_json(fields))
    return {"suggestions": answer["suggestions"]}


async def _ask(context: Context, fields: dict[str, Any], picture: bytes | None) -> Any:
    if picture is None:
        return await context.optional(FIND).post("/v1/find", to_json(fields))
    form = [Field(REQUEST, to_json(fields)), Field(PICTURE, picture, is_file=True)]
    return await context.optional(FIND).post("/v1/find", *write_form(form))
