"""What holds for every request: a limit on its bytes, a request id, security headers, errors as JSON."""

import logging
import re
import uuid

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.images import MAX_BYTES
from serving.errors import RequestError, error_response

__all__ = ["MAX_BODY_BYTES", "Guard"]

MAX_BODY_BYTES = MAX_BYTES + 64 * 1024  # a picture and its form fields
REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
)
API_HEADERS = ((b"cache-control", b"no-store"), (b"content-security-policy", b"default-src 'none'"))

logger = logging.getLogger("serving")


class Guard:
    """ASGI middleware around everything that the service answers, the mounted API included."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"")
        request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex.encode()
        answer = _Answer(send, request_id, scope["path"].startswith("/v1/"))
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > MAX_BODY_BYTES:
            await error_response(413, too_large())(scope, receive, answer.send)
            return
        try:
            await self.app(scope, _limited(receive), answer.send)
        except RequestError as error:
            if answer.started:
                raise
            await error_response(error.status, str(error))(scope, receive, answer.send)
        except Exception:
            logger.exception("request %s failed", request_id.decode())
            if answer.started:
                raise
            message = f"the service failed; its log tells why under request id {request_id.decode()}"
            await error_response(500, message)(scope, receive, answer.send)


def too_large() -> str:
    return f"the request is over {MAX_BYTES // 2**20} MiB; send a smaller picture"


def _limited(receive: Receive) -> Receive:
    """Bytes are counted as they come: a length need not be announced, or be true."""
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > MAX_BODY_BYTES:
            raise RequestError(413, too_large())
        return message

    return counted


class _Answer:
    """Adds the headers to an answer, and turns a plain-text error of the framework into JSON."""

    def __init__(self, send: Send, request_id: bytes, api: bool) -> None:
        self._send = send
        self._headers = [*HEADERS, *(API_HEADERS if api else ()), (b"x-request-id", request_id)]
        self._plain: int | None = None
        self.started = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            content_type = dict(message["headers"]).get(b"content-type", b"")
            if message["status"] >= 400 and content_type.startswith(b"text/plain"):
                self._plain = message["status"]
                return
            message = {**message, "headers": [*message["headers"], *self._headers]}
        elif self._plain is not None and message["type"] == "http.response.body":
            await self._replace(self._plain, bytes(message.get("body", b"")))
            return
        await self._send(message)

    async def _replace(self, status: int, body: bytes) -> None:
        if self.started:
            self.started, self._plain = True, None
            response = error_response(status, body.decode(errors="replace").strip() or "the request failed")
            start = {"type": "http.response.start", "status": status, "headers": response.raw_headers}
            await self.send(start)
            await self._send({"type": "http.response.body", "body": response.body})
