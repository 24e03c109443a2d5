"""The HTTP API and the page, as one ASGI application."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

from pydantic_core import to_json
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from components.message import PICTURE
from data.errors import UserError
from serving.current import current
from serving.discovery.call import Call, check_address, path_of, query_of
from serving.discovery.context import Context
from serving.discovery.endpoint import MASK, Answer, Endpoint, parts_of
from serving.discovery.endpoints import ENDPOINTS
from serving.discovery.openapi import document
from serving.discovery.page import page_routes
from serving.discovery.peers import PeerFailed
from serving.discovery.seen import Seen, watched
from serving.errors import RequestError, error_response, status_of
from serving.metrics import CONTENT_TYPE_LATEST
from serving.requests import read_request
from serving.state import Unavailable
from serving.state.tries import Tries

__all__ = ["make_app"]

FOLLOW_EVERY_S = 0.1
JSON = "application/json"

logger = logging.getLogger(__name__)


def make_app(opened: Callable[[], Context]) -> Starlette:
    """The application; `opened` is called when it starts, and may raise `UserError`."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.context = context = opened()
        context.metrics.routes |= by_path.keys() | {"/", "/metrics", "/v1/openapi.json"}
        await context.catch_up()
        context.exposure.check(context.stock)
        following = asyncio.create_task(_follow(context))
        try:
            yield
        finally:
            following.cancel()
            await context.close()

    by_path: dict[str, list[Endpoint]] = {}
    for endpoint in ENDPOINTS:
        by_path.setdefault(endpoint.path, []).append(endpoint)
    described = to_json(document(ENDPOINTS))

    async def openapi(_: Request) -> Response:
        return Response(described, media_type=JSON)

    async def measured(request: Request) -> Response:
        context: Context = request.app.state.context
        context.doors.check(request, "admin")
        return Response(context.metrics.text(), media_type=CONTENT_TYPE_LATEST)

    routes: list[BaseRoute] = [_route(path, endpoints) for path, endpoints in by_path.items()]
    routes += [Route("/v1/openapi.json", openapi), Route("/metrics", measured), *page_routes()]
    handlers: dict[Any, Any] = {
        UserError: _user_error,
        HTTPException: _http_error,
        PeerFailed: _peer_failed,
        Unavailable: _unavailable,
    }
    return Starlette(routes=routes, exception_handlers=handlers, lifespan=lifespan)


def _route(path: str, endpoints: Iterable[Endpoint]) -> Route:
    by_method = {endpoint.method: endpoint for endpoint in endpoints}
    if "GET" in by_method:
        by_method["HEAD"] = by_method["GET"]

    async def answer(request: Request) -> Response:
        endpoint = by_method[request.method]
        known = current()
        if known is not None:
            known.route = path
        context: Context = request.app.state.context
        key = ""
        if context.in_shadow and (endpoint.scope != "read" or 202 in endpoint.answers):
            raise RequestError(403, "this service is in shadow: it changes nothing and begins nothing")
        if endpoint.scope is not None:
            key = context.doors.check(request, endpoint.scope)
            if known is not None and key:
                known.facts["key"] = key
        call = await _call(request, endpoint, key)
        seen = None
        if context.traffic is not None and known is not None and watched(endpoint):
            known.seen = seen = Seen(context.traffic, context.stock, endpoint, call, context.clock())
        made = await endpoint.answer(context, call)
        if seen is not None:
            seen.answer = made
        return _response(made)

    return Route(path.replace("{item_id}", "{item_id:path}"), answer, methods=list(by_method))


async def _call(request: Request, endpoint: Endpoint, caller: str) -> Call:
    check_address(request)
    path = path_of(request)
    query, where = query_of(request, endpoint.query, endpoint.filtered)
    body, picture, mask = None, None, None
    if endpoint.body is not None:
        takes = parts_of(endpoint)
        message = await read_request(request, endpoint.body, takes, bare=False)
        body, given = message.fields, {name: part.content for name, part in message.parts.items()}
        picture, mask = given.get(PICTURE), given.get(MASK)
    etag, secure = request.headers.get("if-none-match", ""), request.scope["scheme"] == "https"
    return Call(path, query, where, body, picture, mask, etag, secure, caller)


def _response(answer: Answer) -> Response:
    if isinstance(answer, Response):
        return answer
    status, content = answer if isinstance(answer, tuple) else (200, answer)
    if degraded := content.get("degraded"):
        known = current()
        if known is not None:
            known.facts["degraded"] = [part["system"] for part in degraded]
    return Response(to_json(content), status, media_type=JSON)


async def _follow(context: Context) -> None:
    """Take over what other processes change."""
    tries = Tries(FOLLOW_EVERY_S, logger)
    while True:
        await asyncio.sleep(tries.wait_s)
        try:
            await context.catch_up()
        except Unavailable as error:
            tries.failed("items are not followed: %s", error)
        except Exception as error:  # the next change may be well; what is shown stays as it is
            tries.failed("items could not be brought up to date: %s", error, trace=True)
        else:
            tries.worked("items are followed again")


async def _user_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, UserError)
    headers = error.headers if isinstance(error, RequestError) else None
    return error_response(status_of(error), str(error), headers)


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return error_response(error.status_code, str(error.detail), error.headers)


async def _peer_failed(_: Request, error: Exception) -> Response:
    assert isinstance(error, PeerFailed)
    sentence = f"{error.degraded.system} cannot answer now: {error.degraded.reason}; ask again in a moment"
    return error_response(503, sentence, {"Retry-After": "2"})


async def _unavailable(_: Request, error: Exception) -> Response:
    logger.error("%s", error)  # the caller is not told where the state lies
    return error_response(503, "the state cannot be reached now; ask again in a moment", {"Retry-After": "2"})
