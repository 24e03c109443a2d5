"""What orders the home feed: candidates that are most like the latest wishes come first."""

from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from tests.browser.board_gallery import Gallery

__all__ = ["feed_system"]

LATEST = 8  # actions that count
NAME = "feed-ranking"


def feed_system(
    gallery: Gallery, failing: Sequence[str], health: Callable[[Request], Awaitable[JSONResponse]]
) -> Mount:
    """The system below its name; it fails while it is among `failing`."""

    async def rank(request: Request) -> JSONResponse:
        if NAME in failing:
            return JSONResponse({"error": "told to fail"}, 500)
        asked = await request.json()
        wished = [one["item_id"] for one in asked["actions"] if one["action"] in ("click", "save")][-LATEST:]
        likeness_WN = gallery.kinds_ND[[gallery.place(item_id) for item_id in wished]] @ gallery.kinds_ND.T
        utility_N = likeness_WN.sum(axis=0)
        page = sorted(asked["sources"].items(), key=lambda one: -utility_N[gallery.place(one[0])])
        page = page[: asked["k"] * asked["pages"]]
        items = [
            {"item_id": item_id, "source": source, "probabilities": {}, "propensity": 1.0}
            | {"utility": float(utility_N[gallery.place(item_id)])}
            for item_id, source in page
        ]
        return JSONResponse({"items": items})

    return Mount(f"/{NAME}", routes=[Route("/v1/health", health), Route("/v1/rank", rank, methods=["POST"])])
