"""Stand-ins for the systems behind shop the look: what a scene shows they know, and what goes with it is written here.

Legend: H height, W width.
"""

import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from tests.browser.board_gallery import Gallery, embedded

__all__ = ["Things", "look_systems", "parsed_scenes", "scenes_route"]

PARSING, COMPLETING = "scene-parsing", "shop-the-look"
SAME = 0.9  # likeness of a picture to a scene that it shows
GOING = ("lamp", "sofa", "bag", "hat", "sneaker", "dress")
Things = Sequence[tuple[str, np.ndarray]]  # labels, and the pixels of each, bool (H, W)


def region(label: str, inside_HW: np.ndarray) -> dict[str, Any]:
    """As a parser answers it."""
    rows, columns = (np.flatnonzero(inside_HW.any(axis=axis)) for axis in (1, 0))
    bounds = np.flatnonzero(np.diff(inside_HW.T.ravel().astype(int), prepend=0))
    counts = np.diff(np.concatenate([[0], bounds, [inside_HW.size]])).tolist()
    box = [int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1]
    mask = {"size": list(inside_HW.shape), "counts": counts}
    known = {"label": label, "score": 0.9, "box": box, "area_px": int(inside_HW.sum())}
    return {**known, "mask": mask, "attributes": {}}


def regions_of(things: Things) -> list[dict[str, Any]]:
    return [region(label, inside_HW) for label, inside_HW in things if inside_HW.any()]


def parsed_scenes(versions: Mapping[str, str], things: Mapping[str, Things]) -> list[dict[str, Any]]:
    """The scenes as they were parsed when the service was packaged."""
    scenes = []
    for scene_id, seen in things.items():
        height, width = seen[0][1].shape
        known = {"item_id": scene_id, "version": versions[scene_id], "width_px": width, "height_px": height}
        scenes.append({**known, "regions": regions_of(seen)})
    return scenes


def scenes_route(gallery: Gallery, things: Mapping[str, Things]) -> Route:
    """Of the system that searches: regions that look like an item."""
    parts = [
        (f"{place} {scene_id}", one) for scene_id, seen in things.items() for place, one in enumerate(regions_of(seen))
    ]

    async def scenes(request: Request) -> JSONResponse:
        asked = await request.json()
        if asked["item_id"] not in gallery.items:  # somebody added it
            return JSONResponse({"hits": [], "categories": []})
        own_D = gallery.looks_ND[gallery.place(asked["item_id"])]
        hits = []
        for name, one in parts:
            if one["label"] == asked["label"]:
                crop = gallery.images[name.partition(" ")[2]].crop(one["box"])
                hits.append({"item_id": name, "score": float(embedded(crop) @ own_D)})
        return JSONResponse({"hits": sorted(hits, key=lambda hit: -hit["score"])[: asked["k"]], "categories": []})

    return Route("/v1/scenes", scenes, methods=["POST"])


def look_systems(
    gallery: Gallery, things: Mapping[str, Things], failing: Sequence[str], health: Callable[..., Any]
) -> list[Mount]:
    """The system that parses and the one that completes; those in `failing` fail."""

    async def parse(request: Request) -> JSONResponse:
        if PARSING in failing:
            return JSONResponse({"error": "told to fail"}, 500)
        picture = await (await request.form())["picture"].read()  # type: ignore[union-attr]
        image = Image.open(io.BytesIO(picture))
        likeness = {name: float(embedded(gallery.images[name]) @ embedded(image)) for name in things}
        seen = things[max(likeness, key=lambda name: likeness[name])]
        resized = [(label, np.asarray(Image.fromarray(inside).resize(image.size))) for label, inside in seen]
        regions = regions_of(resized) if max(likeness.values()) > SAME else []
        return JSONResponse({"width_px": image.width, "height_px": image.height, "regions": regions})

    async def complete(request: Request) -> JSONResponse:
        if COMPLETING in failing:
            return JSONResponse({"error": "told to fail"}, 500)
        form = await request.form() if request.headers["content-type"].startswith("multipart") else None
        asked = json.loads(str(form["request"])) if form else await request.json()
        regions = asked.get("regions", [])
        there = {thing["category"] for thing in asked.get("look", [])} | {region["label"] for region in regions}
        further = [category for category in GOING if category not in there][: asked["categories"]]
        scores_N = np.ones(len(gallery.ids))
        found = [gallery.best(scores_N, asked["k"], {"category": category}, set()) for category in further]
        pairs = zip(further, found, strict=True)
        goes_with = [{"category": name, "probability": 0.2, "items": items} for name, items in pairs]
        items = [{"items": region["found"][: asked["k"]]} for region in regions]
        return JSONResponse({"goes_with": goes_with, "regions": items})

    def mounted(system: str, path: str, answer: Callable[..., Any]) -> Mount:
        return Mount(f"/{system}", routes=[Route("/v1/health", health), Route(path, answer, methods=["POST"])])

    return [mounted(PARSING, "/v1/parse", parse), mounted(COMPLETING, "/v1/complete", complete)]
