"""What says what belongs on boards: items of the kinds that a board has, each for the one it is most like."""

from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from tests.browser.board_gallery import Gallery

__all__ = ["keep_system"]

NAME = "board-graph"


def keep_system(
    gallery: Gallery, failing: Sequence[str], health: Callable[[Request], Awaitable[JSONResponse]]
) -> Mount:
    """The system below its name; it fails while it is among `failing`."""

    async def keep(request: Request) -> JSONResponse:
        if NAME in failing:
            return JSONResponse({"error": "told to fail"}, 500)
        asked = await request.json()
        held = [item_id for item_id in asked["items"] if item_id in gallery.items]
        if not held:  # somebody added them
            return JSONResponse({"items": [], "boards": [], "unknown": len(asked["items"])})
        likeness_WN = gallery.kinds_ND[[gallery.place(item_id) for item_id in held]] @ gallery.kinds_ND.T
        hits = gallery.best(likeness_WN.sum(axis=0), asked["k"], {}, set(held))
        for hit in hits:
            most_like = int(likeness_WN[:, gallery.place(hit["item_id"])].argmax())
            hit["because"] = {"item_id": held[most_like], "boards": 14}
        return JSONResponse({"items": hits, "boards": [], "unknown": 0})

    async def follow(_: Request) -> JSONResponse:
        return JSONResponse({"seq": 0})

    routes = [
        Route("/v1/health", health),
        Route("/v1/keep", keep, methods=["POST"]),
        Route("/v1/follow", follow, methods=["POST"]),
    ]
    return Mount(f"/{NAME}", routes=routes)
