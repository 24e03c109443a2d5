"""Connections to one service, kept open: HTTP/1.1 on a unix socket or on loopback, one request at a time on each.

Both the client and the server are ours: no redirects, cookies, proxies or encodings, which is most of what a client
for the web does in a request.
"""

import asyncio
from collections import deque
from typing import cast
from urllib.parse import unquote, urlsplit

import httptools

__all__ = ["Connections"]

MOST = 64


class Connection(asyncio.Protocol):
    """One connection. It answers the futures it is given, in turn."""

    def __init__(self) -> None:
        self.is_open, self.is_used = True, False
        self._transport: asyncio.WriteTransport | None = None
        self._waiting: asyncio.Future[tuple[int, bytes]] | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._body: list[bytes] = []

    async def ask(self, request: list[bytes]) -> tuple[int, bytes]:
        """Status and body; raises `ConnectionError` if the other side hangs up before it has answered."""
        if self._transport is None or not self.is_open:
            raise ConnectionResetError
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.writelines(request)
        try:
            return await self._waiting
        except asyncio.CancelledError:
            self.close()  # an answer may still come, to nobody
            raise
        finally:
            self._waiting, self.is_used = None, True

    def close(self) -> None:
        self.is_open = False
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's are none by their class

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._ended(ConnectionAbortedError(f"no HTTP answer: {error}"))
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        self._ended(exc if isinstance(exc, OSError) else ConnectionResetError())

    def on_message_begin(self) -> None:
        self._body = []

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        if not self._parser.should_keep_alive():
            self.close()
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result((self._parser.get_status_code(), b"".join(self._body)))

    def _ended(self, error: OSError) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error)


class Connections:
    """Connections to one address, `unix://path` or `tcp://host:port`. Used from one event loop."""

    def __init__(self, address: str) -> None:
        self._parts = urlsplit(address)
        self._idle: deque[Connection] = deque()  # in turn, since several processes may answer
        self._free = asyncio.Semaphore(MOST)

    async def ask(self, method: str, path: str, body: bytes, content_type: str, request_id: str) -> tuple[int, bytes]:
        """Status and body. Raises `OSError` if nobody is there or the other side hangs up."""
        typed = f"Content-Type: {content_type}\r\n" if content_type else ""
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nX-Request-ID: {request_id}\r\n{typed}"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        request = [head.encode("ascii"), body]
        async with self._free:
            while True:
                connection = self._taken() or await self._opened()
                was_idle = connection.is_used
                try:
                    response = await connection.ask(request)
                except ConnectionError:
                    if was_idle:  # closed for its age just now
                        continue
                    raise
                if connection.is_open:
                    self._idle.append(connection)
                return response

    def close(self) -> None:
        while (connection := self._taken()) is not None:
            connection.close()

    def _taken(self) -> Connection | None:
        while self._idle:
            connection = self._idle.popleft()
            if connection.is_open:
                return connection
        return None

    async def _opened(self) -> Connection:
        loop = asyncio.get_running_loop()
        if self._parts.scheme == "tcp":
            assert self._parts.hostname
            assert self._parts.port
            return (await loop.create_connection(Connection, self._parts.hostname, self._parts.port))[1]
        return (await loop.create_unix_connection(Connection, unquote(self._parts.path)))[1]
