"""Items: listed, read, added, changed and deleted."""

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from starlette.responses import Response

from components.errors import NotFound
from components.roles import FIND, KEEP, SEARCH, Role
from data.errors import UserError
from data.images import is_made
from serving.discovery.call import Call
from serving.discovery.check import ADULTS, AGE, AUDIENCE, HOLD, checked
from serving.discovery.context import Context
from serving.discovery.peers import PeerFailed
from serving.discovery.picture import shown
from serving.discovery.types import ItemChanges, ItemFields
from serving.state import Item

__all__ = ["delete", "filters", "page", "patch", "picture", "picture_of", "put", "read", "written"]

GENERATED = "generated"  # the attribute of a picture that says that a model made it
TAKEN = ("/picture", "/related", "/scenes")  # ends of other addresses
FOREVER = "private, max-age=31536000, immutable"  # not for a shared cache, which would serve it without a key


async def page(context: Context, call: Call) -> dict[str, Any]:
    """Items to look at, newest first, those of one time mixed, a page at a time."""
    items, cursor = context.stock.page(call.query.cursor, call.query.k, call.where)
    return {"items": items, "cursor": cursor}


async def filters(context: Context, call: Call) -> dict[str, Any]:
    """What items can be filtered by, and how many have each value: of those that the filters of other names leave."""
    return await context.stock.filters(context.blocking, call.where)


async def read(context: Context, call: Call) -> dict[str, Any]:
    """What is known of one item."""
    return context.stock.get(call.path["item_id"])


async def picture(context: Context, call: Call) -> Response:
    """The picture of an item, JPEG."""
    item = context.stock.get(call.path["item_id"])
    version = item["picture"].rpartition("=")[2]
    headers = {"ETag": f'"{version}"', "Cache-Control": FOREVER if call.query.v == version else "no-cache"}
    if call.etag == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    content = await picture_of(context, call.path["item_id"])
    return Response(content, headers=headers, media_type="image/jpeg")


async def picture_of(context: Context, item_id: str) -> bytes:
    """Raises `NotFound` if the item was deleted meanwhile."""
    content = context.stock.picture(item_id)
    if content is None:
        content = await context.blocking(context.state.items.picture, item_id)
    if content is None:
        raise NotFound(f"there is no item {item_id!r}")
    return content


async def put(context: Context, call: Call) -> tuple[int, dict[str, Any]]:
    """Add an item, or replace the one of this id: it is found by the next search, and outlives a crash."""
    fields: ItemFields = call.body
    if call.picture is None:
        raise UserError("an item needs its picture; send a form with the file 'picture'")
    if call.path["item_id"].endswith(TAKEN):
        raise UserError(f"an item cannot be called so, since {', '.join(TAKEN)} lead elsewhere; give another id")
    async with context.decoding:
        known = await context.blocking(shown, call.picture)
    now_s = int(context.clock())
    created_s = now_s if fields.created_s is None else min(fields.created_s, now_s)
    details = known.details() | {"created_s": created_s, "description": fields.description}
    attributes = _attributes(context, fields.attributes)
    if is_made(call.picture):
        attributes[GENERATED] = "yes"
    item = Item(call.path["item_id"], fields.title, fields.category, attributes, picture=known.picture, details=details)
    asked = await checked(context, _words(item), known.picture)
    async with context.writing:
        is_new = item.item_id not in context.stock
        status, answer = await _admitted(context, item, asked)
    return 201 if is_new and status == 200 else status, answer


async def patch(context: Context, call: Call) -> tuple[int, dict[str, Any]]:
    """Change what is known of an item; its picture stays."""
    changes: ItemChanges = call.body
    item_id = call.path["item_id"]
    async with context.writing:
        await context.catch_up()  # another entry may have changed it just now
        known = context.stock.get(item_id)
        stored = await context.blocking(context.state.items.get, item_id)
        before = _as_item(context, known) if stored is None else stored.item
        if before is None:
            raise NotFound(f"there is no item {item_id!r}")
        if changes.attributes.get(GENERATED, "yes") != "yes" and before.attributes.get(GENERATED) == "yes":
            raise UserError(f"a model made this picture; leave its attribute {GENERATED!r} as it is")
        attributes = {**before.attributes, **changes.attributes}
        item = replace(
            before,
            title=before.title if changes.title is None else changes.title,
            details=before.details
            if changes.description is None
            else {**before.details, "description": changes.description},
            category=before.category if changes.category is None else changes.category,
            attributes=_attributes(context, {name: value for name, value in attributes.items() if value is not None}),
            picture=await picture_of(context, item_id),
        )
        return await _admitted(context, item, await checked(context, _words(item)))


async def delete(context: Context, call: Call) -> Response:
    """Delete an item: no answer holds it any more, also after a later release that still knows it."""
    async with context.writing:
        context.stock.get(call.path["item_id"])
        await context.blocking(context.state.items.delete, call.path["item_id"])
        await _made_visible(context)
    return Response(status_code=204)


def _words(item: Item) -> tuple[str, ...]:
    """All that people would read of an item."""
    return (item.title, str(item.details.get("description", "")), item.category, *item.attributes.values())


async def _admitted(context: Context, item: Item, asked: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
    """Write an item, marked for adults where it is for them alone; or let it wait for somebody's decision: 202."""
    if asked["action"] == HOLD:
        now_s = int(context.clock())
        review_id = await context.blocking(context.state.reviews.add, item, asked["findings"], now_s)
        return 202, {"held": True, "review_id": review_id, "findings": asked["findings"]}
    if asked["action"] == AGE:
        item = replace(item, attributes={**item.attributes, AUDIENCE: ADULTS})
    return 200, await written(context, item)


async def written(context: Context, item: Item) -> dict[str, Any]:
    """Embedded, stored and visible; where the network is not there, it embeds the item when it is back."""
    assert item.picture is not None
    if item.vector_D is None:
        try:
            response = await context.peers[SEARCH].post("/v1/embed", item.picture, "image/jpeg")
        except PeerFailed:
            response = None
        if response is not None:
            vector_D = np.frombuffer(base64.b64decode(response["vector"]), "<f4")
            item = replace(item, vector_D=vector_D, model=response["model"])
    await context.blocking(context.state.items.put, item)
    await _made_visible(context)
    return context.stock.get(item.item_id)


async def _made_visible(context: Context) -> None:
    await context.catch_up()
    await asyncio.gather(*(_follows(context, role) for role in (SEARCH, FIND, KEEP) if context.peers[role].is_there))


async def _follows(context: Context, role: Role) -> None:
    try:
        await context.peers[role].post("/v1/follow", b"{}")
    except PeerFailed:
        return  # it follows by itself once it is back


def _as_item(context: Context, known: Mapping[str, Any]) -> Item:
    """An item of the catalogue, as it is stored once it is changed."""
    details = {name: known[name] for name in ("width_px", "height_px", "dominant", "created_s", "description")}
    details["version"] = known["picture"].rpartition("=")[2]
    small = context.stock.near_duplicates.find(known["item_id"])
    details["thumbnail"] = None if small is None else base64.b64encode(small).decode()
    return Item(
        known["item_id"],
        known["title"],
        known["category"],
        known["attributes"],
        details={name: value for name, value in details.items() if value is not None},
    )


def _attributes(context: Context, given: Mapping[str, str]) -> dict[str, str]:
    if "category" in given:
        raise UserError("the category is no attribute; give it as 'category'")
    context.stock.check_names(given)
    return dict(given)
