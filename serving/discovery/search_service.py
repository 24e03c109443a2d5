"""The service of visual search behind the entry: searches, embeds, and follows the items."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from serving.app import make_app, threads
from serving.discovery import search_system
from serving.discovery.search_system import LiveSearch
from serving.errors import RequestError, error_response
from serving.limits import MAX_UPLOAD_BYTES
from serving.metrics import RequestMetrics
from serving.state import Unavailable

__all__ = ["make_search_app"]


def make_search_app(metrics: RequestMetrics) -> Any:
    """`POST /v1/search` of any system, and for the entry `POST /v1/embed` and `POST /v1/follow`.

    Whoever opens the bundle sets `app.state.predictor` to a `LiveSearch`, and `app.state.health`.
    """
    app = make_app(search_system.ANSWERING, metrics)
    pool = ThreadPoolExecutor(threads(), "embed")

    async def called(request: Request, work: Callable[[LiveSearch, bytes], bytes]) -> Response:
        body = await request.body()  # within the guard's limit
        if len(body) > MAX_UPLOAD_BYTES:
            raise RequestError(413, f"the picture is over {MAX_UPLOAD_BYTES // 2**20} MiB; send a smaller one")
        loop = asyncio.get_running_loop()
        content = await loop.run_in_executor(pool, work, app.state.predictor, body)
        return Response(content, media_type="application/json")

    async def embed(request: Request) -> Response:
        return await called(request, lambda search, picture: search.embed(picture).model_dump_json().encode())

    async def follow(request: Request) -> Response:
        return await called(request, lambda search, _: b'{"seq": %d}' % search.catch_up())

    async def unavailable(_: Request, error: Exception) -> Response:
        return error_response(503, str(error))

    app.add_route("/v1/embed", embed, methods=["POST"])
    app.add_route("/v1/follow", follow, methods=["POST"])
    app.add_exception_handler(Unavailable, unavailable)
    return app
