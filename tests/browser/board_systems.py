"""The systems that the page's service asks, small enough to start at once.

They answer as the released ones do, over the same pictures, and can be told to fail.
"""

import base64
import io
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from tests.browser.board_ads import ads_system
from tests.browser.board_check import check_system
from tests.browser.board_feed import feed_system
from tests.browser.board_gallery import Gallery, embedded
from tests.browser.board_keep import keep_system
from tests.browser.board_looks import Things, look_systems, scenes_route
from tests.browser.board_make import make_system
from tests.browser.board_words import words_system

__all__ = ["make_systems"]

LATEST = 8  # actions that count
FOLLOWING = ("visual-search", "search-relevance", "board-graph")  # they are told of changes of items


async def _no_trend(_: Request) -> JSONResponse:
    return JSONResponse({"trend": None})


async def _follow(_: Request) -> JSONResponse:
    return JSONResponse({})  # its index is what it was at the start


async def _embed(request: Request) -> JSONResponse:
    vector_D = embedded(Image.open(io.BytesIO(await request.body())))
    return JSONResponse({"vector": base64.b64encode(vector_D.astype("<f4").tobytes()).decode(), "model": "1"})


def look_alikes_of(gallery: Gallery, failing: list[str]) -> Callable[[Request], Awaitable[JSONResponse]]:
    async def look_alikes(request: Request) -> JSONResponse:
        if "visual-search" in failing:
            return JSONResponse({"error": "told to fail"}, 500)
        asked = await request.json()
        return JSONResponse({"hits": [gallery.alike(item_id, asked) for item_id in asked["items"]]})

    return look_alikes


def interests_of(gallery: Gallery, failing: list[str]) -> Callable[[Request], Awaitable[JSONResponse]]:
    async def interests(request: Request) -> JSONResponse:
        if "visual-search" in failing:
            return JSONResponse({"error": "told to fail"}, 500)
        asked = await request.json()
        latest = asked["items"][::-1][: asked["latest"]]
        alike = [gallery.alike(item_id, {"k": asked["each"], "filters": {}}) for item_id in latest]
        return JSONResponse({"interests": [], "alike": alike})

    return interests


def make_systems(
    items: Sequence[Mapping[str, Any]], pictures: Mapping[str, bytes], things: Mapping[str, Things]
) -> Starlette:
    """All systems as one application; `PUT /failing` takes the list of those that shall fail, `GET` tells it."""
    gallery = Gallery(items, pictures)
    failing: list[str] = []

    async def fail(request: Request) -> JSONResponse:
        if request.method == "PUT":
            failing[:] = await request.json()
        return JSONResponse(failing)

    async def health(request: Request) -> JSONResponse:
        return JSONResponse({"version": "1"})  # so that being well again is found out

    async def search(request: Request) -> JSONResponse:
        if "visual-search" in failing:
            return JSONResponse({"error": "told to fail"}, 500)
        form = await request.form() if request.headers["content-type"].startswith("multipart") else None
        asked = json.loads(str(form["request"])) if form else await request.json()
        picture = await form["picture"].read() if form else None  # type: ignore[union-attr]
        image = Image.open(io.BytesIO(picture)) if picture else gallery.images[asked["item_id"]]
        vector_D = embedded(image.crop([round(side) for side in asked["box"]]) if asked.get("box") else image)
        without = {*asked.get("exclude", ()), asked.get("item_id", "")}
        hits = gallery.best(gallery.looks_ND @ vector_D, asked["k"], asked.get("filters") or {}, without)
        first = [gallery.items[hit["item_id"]]["category"] for hit in hits[:1] if picture]
        return JSONResponse({"hits": hits, "categories": [{"category": name, "probability": 0.8} for name in first]})

    async def recommend(request: Request) -> JSONResponse:
        if "user-sequence" in failing:
            return JSONResponse({"error": "told to fail"}, 500)
        asked = await request.json()
        done = [action for action in asked.get("actions", ()) if action["item_id"] in gallery.items]
        seen = {action["item_id"] for action in done}
        wished = [action["item_id"] for action in done if action["action"] in ("click", "save")][-LATEST:]
        likeness_WN = gallery.kinds_ND[[gallery.place(item_id) for item_id in wished]] @ gallery.kinds_ND.T
        among = asked.get("among") or gallery.items
        hits = gallery.best(likeness_WN.sum(axis=0), len(gallery.items), asked.get("filters") or {}, seen)
        hits = [hit for hit in hits if hit["item_id"] in among][: asked["k"]]
        for hit in hits:
            shares_W = likeness_WN[:, gallery.place(hit["item_id"])]
            hit["because"] = [{"item_id": wished[shares_W.argmax()], "share": 0.9}] if wished else []
        return JSONResponse({"items": hits, "personal": bool(wished), "ignored": []})

    alike = [
        Route("/v1/health", health),
        Route("/v1/search", search, methods=["POST"]),
        Route("/v1/alike", look_alikes_of(gallery, failing), methods=["POST"]),
        Route("/v1/embed", _embed, methods=["POST"]),
        Route("/v1/interests", interests_of(gallery, failing), methods=["POST"]),
        scenes_route(gallery, things),
    ]
    next_ones = [
        Route("/v1/health", health),
        Route("/v1/trend", _no_trend),
        Route("/v1/recommend", recommend, methods=["POST"]),
    ]
    return Starlette(
        routes=[
            Route("/failing", fail, methods=["GET", "PUT"]),
            *(Route(f"/{system}/v1/follow", _follow, methods=["POST"]) for system in FOLLOWING),
            Mount("/visual-search", routes=alike),
            Mount("/user-sequence", routes=next_ones),
            feed_system(gallery, failing, health),
            keep_system(gallery, failing, health),
            *look_systems(gallery, things, failing, health),
            words_system(gallery, failing, health),
            check_system(failing, health),
            make_system(tuple(sorted({item["category"] for item in items} - {""}))),
            ads_system(failing, health),
        ]
    )
