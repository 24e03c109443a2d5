"""An answer while it is sent: headers are added, and errors in plain text become JSON."""

from starlette.types import Message, Send

from serving.errors import error_response
from serving.headers import Headers

__all__ = ["Sending"]


class Sending:
    """Adds headers to an answer, and turns a plain-text error of the framework into JSON.

    status: 0 until `started`.
    """

    def __init__(self, send: Send, request_id: bytes, added: Headers) -> None:
        self._send = send
        self._headers = [*added, (b"x-request-id", request_id)]
        self._plain = False
        self._id = request_id
        self.started = False
        self.status = 0

    @property
    def request_id(self) -> str:
        return self._id.decode()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started, self.status = True, message["status"]
            given = dict(message["headers"])
            self._plain = self.status >= 400 and given.get(b"content-type", b"").startswith(b"text/plain")
            if not self._plain:
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
