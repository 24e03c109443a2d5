"""What holds for every request: a limit on its bytes, a request id, security headers, errors as JSON, metrics."""

import itertools
import logging
import re
import secrets
import time
from collections.abc import Callable, Sequence

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.current import Current, starting
from serving.errors import RequestError, error_response
from serving.limits import MAX_BODY_BYTES, MAX_UPLOAD_BYTES
from serving.metrics import PROBES, RequestMetrics

__all__ = ["Guard"]

TOO_LARGE = f"the request is over {MAX_UPLOAD_BYTES // 2**20} MiB; send a smaller picture"
LONGEST_PATH = 300  # characters of a path in the log
REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
)
API_HEADERS = ((b"cache-control", b"no-store"), (b"content-security-policy", b"default-src 'none'"))

Headers = Sequence[tuple[bytes, bytes]]

logger = logging.getLogger("serving")


def api_headers(path: str) -> Headers:
    """What is added to every answer besides `HEADERS`: nothing of the API is kept or run by a browser."""
    return API_HEADERS if path.startswith("/v1/") else ()


class Guard:
    """ASGI middleware around everything that the service answers, the mounted API included.

    headers_of: the headers to add by path, which those of the answer itself win over. log_requests: a line for each.
    """

    def __init__(
        self,
        app: ASGIApp,
        metrics: RequestMetrics,
        headers_of: Callable[[str], Headers] = api_headers,
        log_requests: bool = False,
    ) -> None:
        self.app = app
        self.metrics = metrics
        self._headers_of, self._log_requests = headers_of, log_requests
        # Counted, not drawn: asking the system for randomness gives up the interpreter's lock in every request.
        self._series, self._numbers = secrets.token_hex(6), itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"")
        request_id = given if REQUEST_ID.fullmatch(given) else f"{self._series}-{next(self._numbers):x}".encode()
        current = starting(request_id.decode())
        answer = _Answer(send, request_id, self._headers_of(scope["path"]))
        with self.metrics.in_progress.track_inprogress():
            await self._guarded(scope, receive, answer, headers.get(b"content-length", b"0"))
        seconds = time.perf_counter() - started
        self.metrics.count(current.route or scope["path"], answer.status, seconds)
        if self._log_requests and scope["path"] not in PROBES:
            _log(scope, current, answer.status, seconds)

    async def _guarded(self, scope: Scope, receive: Receive, answer: "_Answer", length: bytes) -> None:
        try:
            if not length.isdigit() or int(length) > MAX_BODY_BYTES:
                raise RequestError(413, TOO_LARGE)
            await self.app(scope, _limited(receive), answer.send)
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


def _log(scope: Scope, current: Current, status: int, seconds: float) -> None:
    """Neither the query nor headers nor bodies: they may hold what nobody should read in a log."""
    facts = {
        "method": scope["method"],
        "path": scope["path"][:LONGEST_PATH],
        "status": status,
        "ms": round(seconds * 1e3, 1),
        **current.facts,
    }
    logger.info("answered", extra={"facts": facts})


def _limited(receive: Receive) -> Receive:
    """Bytes are counted as they come: a length need not be announced, or be true."""
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > MAX_BODY_BYTES:
            raise RequestError(413, TOO_LARGE)
        return message

    return counted


class _Answer:
    """Adds the headers to an answer, and turns a plain-text error of the framework into JSON."""

    def __init__(self, send: Send, request_id: bytes, added: Headers) -> None:
        self._send = send
        self._headers = [*HEADERS, *added, (b"x-request-id", request_id)]
        self._plain = False
        self.request_id = request_id.decode()
        self.started = False
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started, self.status = True, message["status"]
            content_type = dict(message["headers"]).get(b"content-type", b"")
            self._plain = self.status >= 400 and content_type.startswith(b"text/plain")
            if not self._plain:
                given = {name for name, _ in message["headers"]}
                added = [header for header in self._headers if header[0] not in given]
                await self._send({**message, "headers": [*message["headers"], *added]})
        elif not self._plain:
            await self._send(message)
        elif not message.get("more_body"):
            text = bytes(message.get("body", b"")).decode(errors="replace").strip()
            response = error_response(self.status, text or "the request failed")
            headers = [*response.raw_headers, *self._headers]
            await self._send({"type": "http.response.start", "status": self.status, "headers": headers})
            await self._send({"type": "http.response.body", "body": response.body})
