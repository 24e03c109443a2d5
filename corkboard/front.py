"""An address that stays while the service behind it is replaced: requests are passed on over HTTP, and none is lost.

Beside the service a challenger may answer some people, or repeat in shadow what others were answered.
"""

import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from ipaddress import ip_address
from typing import Literal, NamedTuple, Protocol

import aiohttp
from aiohttp import web

from serving.limits import MAX_BODY_BYTES

__all__ = ["Arm", "Backend", "Challenge", "Front", "Shown"]

Arm = Literal["champion", "challenger"]

# of one connection, not of the request (RFC 9110, 7.6.1)
HOPS = ("connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade")
IDLE_S = 2.0  # below the 5 s after which the service closes an idle connection
CONNECT_S = 5.0
SAFE = ("GET", "HEAD", "OPTIONS")  # may be asked twice
NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


class Backend:
    """A service at an address, and how many of its requests are not answered yet."""

    def __init__(self, name: str, address: str) -> None:
        self.name, self.address, self.busy = name, address, 0

    @property
    def lives(self) -> bool:
        return True

    @contextmanager
    def answering(self) -> Iterator[None]:
        self.busy += 1
        try:
            yield
        finally:
            self.busy -= 1


class Shown(NamedTuple):
    """What the service answered, and how long it took."""

    status: int
    ms: float
    content: bytes


class Challenge(Protocol):
    """A challenger beside the service; see `corkboard.challenge`."""

    backend: Backend
    in_shadow: bool

    async def arm(self, request: web.Request, body: bytes | None) -> Arm | None:
        """Who answers this request; None: the champion, and the request takes no part."""

    def answered(self, arm: Arm, status: int, ms: float) -> None:
        """Count an answer to a request that takes part; one that does not answer counts as status 502 or 503."""

    def repeat(self, request: web.Request, headers: list[tuple[str, str]], body: bytes | None, shown: Shown) -> None:
        """In shadow, ask the challenger the same, compare and count both; at once, nobody waits for it."""


class Front:
    """Passes each request on to `backend` as it is when the request begins.

    A caller on another machine is named in `X-Forwarded-For`, so that the service does not take it for one on this.
    """

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.challenge: Challenge | None = None
        self.session: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def listening(self, host: str, port: int) -> AsyncIterator[None]:
        """Answer at `host:port` for the length of the block."""
        app = web.Application(client_max_size=MAX_BODY_BYTES + 1)
        app.router.add_route("*", "/{path:.*}", self._passed)
        runner = web.AppRunner(app, access_log=None, auto_decompress=False)
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=IDLE_S)
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout, auto_decompress=False) as self.session:
            await runner.setup()
            try:
                await web.TCPSite(runner, host, port).start()
                yield
            finally:
                await runner.cleanup()

    async def _passed(self, request: web.Request) -> web.StreamResponse:
        challenge = self.challenge
        if challenge is None:
            return await self._from(self.backend, request, request.content if request.body_exists else None)
        body = await request.read() if request.body_exists else None
        started = time.perf_counter()

        def ms() -> float:
            return (time.perf_counter() - started) * 1e3

        arm = await challenge.arm(request, body)
        if arm == "challenger":
            answer = await self._from(challenge.backend, request, body)
            challenge.answered(arm, answer.status, ms())
            if answer.prepared or answer.status != web.HTTPServiceUnavailable.status_code:
                return answer
        if arm != "champion":
            return await self._from(self.backend, request, body)
        if not challenge.in_shadow:
            answer = await self._from(self.backend, request, body)
            challenge.answered(arm, answer.status, ms())
            return answer
        content = bytearray()
        answer = await self._from(self.backend, request, body, content)
        challenge.repeat(request, _headers(request), body, Shown(answer.status, ms(), bytes(content)))
        return answer

    async def _from(
        self,
        backend: Backend,
        request: web.Request,
        body: aiohttp.StreamReader | bytes | None,
        shown: bytearray | None = None,
    ) -> web.StreamResponse:
        """The answer of a service, added to `shown` too.

        Where it does not answer, one that is not sent yet: 503 if the same may be asked again; 502 if the service may
        have done what it was asked.
        """
        assert self.session is not None
        with backend.answering():
            try:
                async with self.session.request(
                    request.method,
                    backend.address + request.raw_path,
                    headers=_headers(request),
                    data=body,
                    allow_redirects=False,
                ) as answer:
                    passed = web.StreamResponse(
                        status=answer.status, reason=answer.reason, headers=_kept(answer.headers)
                    )
                    await passed.prepare(request)
                    async for part in answer.content.iter_any():
                        await passed.write(part)
                        if shown is not None:
                            shown += part
                    await passed.write_eof()
                    return passed
            except aiohttp.ClientConnectionError as error:
                if request.writer.output_size:
                    raise
                if request.method in SAFE or isinstance(error, NOT_SENT):
                    return web.json_response({"error": f"{backend.name} does not answer; ask again"}, status=503)
                why = f"{backend.name} ended before it answered, and may have done what it was asked"
                return web.json_response({"error": why}, status=502)


def _headers(request: web.Request) -> list[tuple[str, str]]:
    is_local = not request.remote or ip_address(request.remote).is_loopback
    return [*_kept(request.headers), *([] if is_local else [("X-Forwarded-For", str(request.remote))])]


def _kept(headers: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers.items() if name.lower() not in HOPS]
