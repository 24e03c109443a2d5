"""What becomes of a peer that fails: it is left alone for a moment, and probes neither keep it so nor end it."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from serving.discovery.breaker import FAILURES, Breaker
from serving.discovery.metrics import PeerMetrics
from serving.discovery.peers import Peer, PeerFailed

LIMIT_S = 60.0


class Service:
    """Answers questions by `status`, probes by 200 where `is_well`."""

    def __init__(self) -> None:
        self.status, self.is_well = 200, True
        self.posts = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if head.startswith(b"POST"):
            self.posts += 1
            await reader.readexactly(2)
            status = self.status
        else:
            status = 200 if self.is_well else 500
        writer.write(b"HTTP/1.1 %d X\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}" % status)
        await writer.drain()
        writer.close()


def test_probes_do_not_make_a_peer_rest() -> None:
    async def ask(service: Service, peer: Peer) -> None:
        service.is_well = False
        for _ in range(FAILURES + 1):
            with pytest.raises(PeerFailed, match="status 500"):
                await peer.probe("/v1/health", LIMIT_S)
        assert await peer.post("/v1/x", b"{}") == {}

    run(ask)


def test_probes_neither_wait_for_a_rest_nor_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serving.discovery.peers.Breaker", lambda: Breaker(rest_s=LIMIT_S))

    async def ask(service: Service, peer: Peer) -> None:
        service.status = 500
        for _ in range(FAILURES):
            with pytest.raises(PeerFailed, match="status 500"):
                await peer.post("/v1/x", b"{}")
        assert await peer.probe("/v1/health", LIMIT_S) == {}
        with pytest.raises(PeerFailed, match="left alone"):
            await peer.post("/v1/x", b"{}")
        assert service.posts == FAILURES

    run(ask)


def run(ask: Callable[[Service, Peer], Awaitable[None]]) -> None:
    async def asked(path: str) -> None:
        service = Service()
        server = await asyncio.start_unix_server(service.answer, path)
        peer = Peer("one", "search", f"unix://{path}", LIMIT_S, PeerMetrics(CollectorRegistry()))
        try:
            await ask(service, peer)
        finally:
            await peer.close()
            server.close()

    with tempfile.TemporaryDirectory() as folder:  # a short path: a socket's has to be
        asyncio.run(asked(str(Path(folder) / "s")))
