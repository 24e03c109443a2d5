"""The middleware of every request: limits, request id, security headers, errors as JSON, metrics and log lines."""

import asyncio
import itertools
import logging
import re
import secrets
import time
from collections.abc import Callable

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.current import Current, starting
from serving.errors import RequestError, error_response
from serving.headers import HEADERS, Headers, api_headers
from serving.limits import MAX_BODY_BYTES, MAX_CONCURRENCY, MAX_UPLOAD_BYTES, TIMEOUT_S
from serving.metrics import PROBES, RequestMetrics
from serving.sending import Sending

__all__ = ["Guard"]

TOO_LARGE = f"the request is over {MAX_UPLOAD_BYTES // 2**20} MiB; send a smaller picture"
REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")

logger = logging.getLogger("serving")


class Guard:
    """ASGI middleware around everything that the service answers.

    served: the application that BentoML mounts. Once BentoML's server has started, the guard comes first and calls
    `served` directly, so that BentoML's own middleware does not run: its time limit keeps a timer of 60 s for each
    request. BentoML still answers its own routes, the probes.
    headers_of: the headers to add by path; headers of the answer itself take precedence. log_requests: log a line for
    each request. most: concurrent requests; further ones get 429. timeout_s: requests that take longer get 504.
    """

    def __init__(
        self,
        app: ASGIApp,
        metrics: RequestMetrics,
        headers_of: Callable[[str], Headers] = api_headers,
        log_requests: bool = False,
        served: ASGIApp | None = None,
        most: int = MAX_CONCURRENCY,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self.app, self.served = app, app if served is None else served
        self.metrics = metrics
        self._headers_of, self._log_requests = headers_of, log_requests
        self._most, self._timeout_s = most, timeout_s
        # A counter: random ids would release the interpreter's lock in every request.
        self._series, self._numbers = secrets.token_hex(6), itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan" and self.served is not self.app:
                scope["app"].middleware_stack = self  # of the Starlette application that BentoML serves
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id")
        request_id = (
            given if given and REQUEST_ID.fullmatch(given) else f"{self._series}-{next(self._numbers):x}".encode()
        )
        current = starting(request_id.decode())
        path = scope["path"]
        answer = Sending(send, request_id, (*HEADERS, *self._headers_of(path)))
        self.metrics.in_progress += 1
        try:
            await self._guarded(scope, receive, answer, headers.get(b"content-length", b"0"))
        finally:
            self.metrics.in_progress -= 1
            seconds = time.perf_counter() - started
            self.metrics.count(current.route or path, answer.status, seconds)
            if current.seen is not None:
                current.seen.ended(answer.status, seconds)
        if self._log_requests and path not in PROBES:
            _log(scope, current, self.metrics.route_of(current.route or path), answer.status, seconds)

    async def _guarded(self, scope: Scope, receive: Receive, answer: Sending, length: bytes) -> None:
        try:
            if scope["path"] in PROBES:
                await self.app(scope, receive, answer.send)
                return
            if self.metrics.in_progress > self._most:
                raise RequestError(429, "the service has too much to do; ask again in a moment", {"Retry-After": "1"})
            if not length.isdigit() or int(length) > MAX_BODY_BYTES:
                raise RequestError(413, TOO_LARGE)
            await self._timed(scope, _limited(receive), answer.send)
        except RequestError as error:
            if answer.started:
                raise
            await error_response(error.status, str(error), error.headers)(scope, receive, answer.send)
        except ClientDisconnect:
            logger.info("request %s was given up by its sender", answer.request_id)
        except Exception:
            logger.exception("request %s failed", answer.request_id)
            if answer.started:
                raise
            message = f"the service failed; its log says why under request id {answer.request_id}"
            await error_response(500, message)(scope, receive, answer.send)

    async def _timed(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with asyncio.timeout(self._timeout_s) as limit:
                await self.served(scope, receive, send)
        except TimeoutError:
            if not limit.expired():
                raise
            message = f"no answer within {self._timeout_s:g} s; ask again later"
            raise RequestError(504, message) from None


def _log(scope: Scope, current: Current, route: str, status: int, seconds: float) -> None:
    """Log the request without what its address, query, headers and body say, which may be secret or personal."""
    facts = {
        "method": scope["method"],
        "path": route,
        "status": status,
        "ms": round(seconds * 1e3, 1),
        **current.facts,
    }
    logger.info("answered", extra={"facts": facts})


def _limited(receive: Receive) -> Receive:
    """Count the bytes as they arrive: the announced length may be missing or false."""
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > MAX_BODY_BYTES:
            raise RequestError(413, TOO_LARGE)
        return message

    return counted
