"""The scenes in which an item, or what looks like it, stands."""

from typing import Any

from pydantic_core import to_json

from components.roles import PARSE, SEARCH
from serving.discovery.call import Call
from serving.discovery.context import Context
from serving.errors import RequestError

__all__ = ["scenes"]

REGIONS = 4  # of one scene that may look like the item: as many times more are asked for than scenes


async def scenes(context: Context, call: Call) -> dict[str, Any]:
    """Scenes of the catalogue with a region that looks like an item, of its category, the most alike first.

    Raises:
        PeerFailed: the search does not answer.
        RequestError: 404, there is no such item, or no scene of this release was parsed.
    """
    item_id, k = call.path["item_id"], call.query.k
    item = context.stock.get(item_id)
    if not context.catalogue.has_scenes:
        context.optional(PARSE)  # which says why none was
    fields = {"item_id": item_id, "label": item["category"] or None, "k": k * REGIONS}
    found: dict[str, dict[str, Any]] = {}
    for hit in await _hits(context, fields):
        number, _, scene_id = hit["item_id"].partition(" ")
        scene = context.stock.find(scene_id)
        if scene is None or scene_id in found or scene_id == item_id or len(found) == k:
            continue
        known = context.catalogue.scene(scene_id, scene["picture"].rpartition("=")[2])
        if known is not None:  # its picture is still the one that was parsed
            found[scene_id] = {**scene, "score": hit["score"], "region": known["regions"][int(number)]}
    return {"items": list(found.values()), "degraded": []}


async def _hits(context: Context, fields: dict[str, Any]) -> list[dict[str, Any]]:
    try:
        answer = await context.peers[SEARCH].post("/v1/scenes", to_json(fields))
    except RequestError as error:
        if error.status == 404:  # a picture that could not be embedded looks like nothing
            return []
        raise
    hits: list[dict[str, Any]] = answer["hits"]
    return hits
