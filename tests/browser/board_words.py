"""A stand-in for the system that answers words: an item answers with as many of them as its title and facts hold."""

import io
import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from PIL import Image
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from tests.browser.board_gallery import Gallery, embedded

__all__ = ["words_system"]

FINDING = "search-relevance"
MISSPELT = {"snaeker": "sneaker"}
ASKED = ("red sofa", "striped dress", "sneaker", "מנורה אדומה", "赤い花瓶")


def words_system(gallery: Gallery, failing: Sequence[str], health: Callable[..., Any]) -> Mount:
    """Composed queries add likeness to the picture, whose part in words counts more."""
    facts = [{"category": item["category"], **item["attributes"]} for item in gallery.items.values()]
    words_of = [
        {*item["title"].casefold().split(), *known.values()}
        for item, known in zip(gallery.items.values(), facts, strict=True)
    ]
    named = {value: name for known in facts for name, value in known.items() if value}
    log = sorted({*ASKED, *(item["title"].casefold() for item in gallery.items.values())})

    async def find(request: Request) -> JSONResponse:
        if FINDING in failing:
            return JSONResponse({"error": "told to fail"}, 500)
        form = await request.form() if request.headers["content-type"].startswith("multipart") else None
        asked = json.loads(str(form["request"])) if form else await request.json()
        typed = asked["text"].casefold().split()
        meant = [MISSPELT.get(word, word) for word in typed]
        scores_N = np.array([len(words & set(meant)) for words in words_of], np.float32)
        if form:
            image = Image.open(io.BytesIO(await form["picture"].read()))  # type: ignore[union-attr]
            scores_N = 2 * scores_N + gallery.looks_ND @ embedded(image) + 1
        best = gallery.best(scores_N, asked["k"], asked["filters"], set())
        items = [hit for hit in best if hit["score"] > 0]
        return JSONResponse(
            {
                "items": items,
                "understood": [{"name": named[word], "value": word, "words": word} for word in meant if word in named],
                "corrected": " ".join(meant) if meant != typed else None,
                "ideas": [] if items else list(ASKED[:3]),
            }
        )

    async def suggest(request: Request) -> JSONResponse:
        asked = await request.json()
        prefix = asked["prefix"].casefold()
        known = [text for text in log if text.startswith(prefix)] if prefix else list(ASKED)
        return JSONResponse({"suggestions": known[: asked["k"]]})

    return Mount(
        f"/{FINDING}",
        routes=[
            Route("/v1/health", health),
            Route("/v1/find", find, methods=["POST"]),
            Route("/v1/suggest", suggest, methods=["POST"]),
        ],
    )
