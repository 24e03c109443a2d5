"""The two systems that the page's service asks, small enough to start at once: colours of a grid as the embedding.

They answer as the released ones do, over the same pictures, and can be told to fail.
"""

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

__all__ = ["make_systems"]

GRID = 6
LATEST = 8  # actions that count


def embedded(image: Image.Image) -> np.ndarray:
    small = np.asarray(image.convert("RGB").resize((GRID, GRID), Image.Resampling.BOX), np.float32) / 255
    vector_D = (small - small.mean()).ravel()
    return vector_D / max(float(np.linalg.norm(vector_D)), 1e-6)


def described(facts: Sequence[Mapping[str, str]]) -> np.ndarray:
    """A column a fact: people are taken to want more of the same kind."""
    known = sorted({fact for item in facts for fact in item.items()})
    kinds_ND = np.array([[fact in item.items() for fact in known] for item in facts], np.float32)
    return kinds_ND / np.linalg.norm(kinds_ND, axis=1, keepdims=True)


class Gallery:
    """Items and their vectors."""

    def __init__(self, items: Sequence[Mapping[str, Any]], pictures: Mapping[str, bytes]) -> None:
        self.items = {item["item_id"]: item for item in items}
        self.ids = list(self.items)
        self.images = {item_id: Image.open(io.BytesIO(picture)) for item_id, picture in pictures.items()}
        self.looks_ND = np.stack([embedded(self.images[item_id]) for item_id in self.ids])
        self.kinds_ND = described([{"category": item["category"], **item["attributes"]} for item in items])

    def place(self, item_id: str) -> int:
        return self.ids.index(item_id)

    def best(self, scores_N: np.ndarray, k: int, filters: Mapping[str, Any], without: set[str]) -> list[Any]:
        order = [self.ids[place] for place in np.argsort(-scores_N, kind="stable")]
        wanted = [item_id for item_id in order if item_id not in without and self._matches(item_id, filters)]
        return [{"item_id": item_id, "score": float(scores_N[self.place(item_id)])} for item_id in wanted[:k]]

    def _matches(self, item_id: str, filters: Mapping[str, Any]) -> bool:
        item = self.items[item_id]
        facts = {"category": item["category"], **item["attributes"]}
        return all(facts.get(key) in ([value] if isinstance(value, str) else value) for key, value in filters.items())


def make_systems(items: Sequence[Mapping[str, Any]], pictures: Mapping[str, bytes]) -> Starlette:
    """Both systems as one application; `PUT /failing` takes the list of those that shall fail, `GET` tells it."""
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

    async def trend(request: Request) -> JSONResponse:
        return JSONResponse({"trend": None})

    async def recommend(request: Request) -> JSONResponse:
        if "user-sequence" in failing:
            return JSONResponse({"error": "told to fail"}, 500)
        asked = await request.json()
        done = [action for action in asked.get("actions", ()) if action["item_id"] in gallery.items]
        seen = {action["item_id"] for action in done}
        wished = [action["item_id"] for action in done if action["action"] in ("click", "save")][-LATEST:]
        likeness_WN = gallery.kinds_ND[[gallery.place(item_id) for item_id in wished]] @ gallery.kinds_ND.T
        hits = gallery.best(likeness_WN.sum(axis=0), asked["k"], asked.get("filters") or {}, seen)
        for hit in hits:
            shares_W = likeness_WN[:, gallery.place(hit["item_id"])]
            hit["because"] = [{"item_id": wished[shares_W.argmax()], "share": 0.9}] if wished else []
        return JSONResponse({"items": hits, "personal": bool(wished), "ignored": []})

    alike = [Route("/v1/health", health), Route("/v1/search", search, methods=["POST"])]
    next_ones = [
        Route("/v1/health", health),
        Route("/v1/trend", trend),
        Route("/v1/recommend", recommend, methods=["POST"]),
    ]
    return Starlette(
        routes=[
            Route("/failing", fail, methods=["GET", "PUT"]),
            Mount("/visual-search", routes=alike),
            Mount("/user-sequence", routes=next_ones),
        ]
    )
