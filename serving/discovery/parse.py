"""The things in a picture."""

from typing import Any

from components.message import PICTURE, check_one
from components.roles import PARSE
from serving.discovery.call import Call
from serving.discovery.check import checked
from serving.discovery.context import Context
from serving.discovery.item import picture_of
from serving.discovery.types import MAX_REGIONS, ParseRequest, Region
from serving.form import Field, write_form

__all__ = ["parse", "parsed", "region_of"]


async def parse(context: Context, call: Call) -> dict[str, Any]:
    """The things in a picture, with their boxes and masks."""
    request: ParseRequest = call.body
    check_one(call.picture, request.item_id)
    await checked(context, (), call.picture)
    return await parsed(context, call.picture, request.item_id)


async def parsed(context: Context, picture: bytes | None, item_id: str | None) -> dict[str, Any]:
    """Size and regions of a picture, or of an item's; those of a scene that is as it was packaged are known.

    Raises:
        RequestError: 404, there is no such item, or nothing here parses.
        PeerFailed: it does not answer.
    """
    if item_id is not None:
        known = context.catalogue.scene(item_id, context.stock.get(item_id)["picture"].rpartition("=")[2])
        if known is not None:
            return known
        picture = await picture_of(context, item_id)
    assert picture is not None
    peer = context.optional(PARSE)
    answer = await peer.post("/v1/parse", *write_form([Field(PICTURE, picture, is_file=True)]))
    regions = [region_of(region) for region in answer["regions"][:MAX_REGIONS]]
    return {"width_px": answer["width_px"], "height_px": answer["height_px"], "regions": regions}


def region_of(answered: dict[str, Any]) -> dict[str, Any]:
    """What callers are told of a region."""
    return {name: answered[name] for name in Region.model_fields}
