"""A light load generator: keep-alive connections of a protocol of its own, in a process of its own.

Run as `python -m corkboard.bench._load PORT CONCURRENCY SECONDS` with the requests, which are sent in turns, on stdin
as a JSON list of {"method", "path", "content_type", "body": base64}; prints one JSON object.
"""

import asyncio
import base64
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any, cast

import httptools
import uvloop

__all__ = ["main", "make_request"]

DEGRADED = re.compile(rb'"degraded"\s*:\s*\[\s*[^\]\s]')  # an answer that did without a system


def make_request(method: str, path: str, body: bytes = b"", content_type: str = "application/json") -> dict[str, str]:
    """One of the requests, as `main` reads them."""
    return {"method": method, "path": path, "content_type": content_type, "body": base64.b64encode(body).decode()}


class _Caller(asyncio.Protocol):
    """One connection that sends a request as soon as the last is answered, until it is time to stop."""

    def __init__(self, load: "_Load") -> None:
        self._load = load
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.WriteTransport | None = None
        self._started = 0.0
        self._body: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's are none by their class
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, part: bytes) -> None:
        self._body.append(part)

    def on_message_complete(self) -> None:
        seconds = time.perf_counter() - self._started
        self._load.answered(self._parser.get_status_code(), seconds, b"".join(self._body))
        self._body.clear()
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._load.ended(early=time.perf_counter() < self._load.until)

    def _ask(self) -> None:
        assert self._transport is not None
        self._started = time.perf_counter()
        if self._started >= self._load.until:
            self._transport.close()
        else:
            self._transport.write(self._load.next())


class _Load:
    """Requests, and what came back. `failures`: statuses of 400 and more, "degraded", and "closed"."""

    def __init__(self, requests: Sequence[bytes], connections: int, seconds: float) -> None:
        self._requests, self._number, self._left = requests, 0, connections
        self.until = time.perf_counter() + seconds
        self.latencies_s: list[float] = []
        self.failures: Counter[str] = Counter()
        self.done = asyncio.Event()

    def next(self) -> bytes:
        self._number += 1
        return self._requests[self._number % len(self._requests)]

    def answered(self, status: int, seconds: float, body: bytes) -> None:
        self.latencies_s.append(seconds)
        if status >= 400:
            self.failures[str(status)] += 1
        elif DEGRADED.search(body):
            self.failures["degraded"] += 1

    def ended(self, early: bool) -> None:
        if early:
            self.failures["closed"] += 1
        self._left -= 1
        if not self._left:
            self.done.set()


async def _loaded(port: int, requests: Sequence[bytes], connections: int, seconds: float) -> dict[str, Any]:
    load = _Load(requests, connections, seconds)
    loop, started = asyncio.get_running_loop(), time.perf_counter()
    for _ in range(connections):
        await loop.create_connection(lambda: _Caller(load), "127.0.0.1", port)
    await load.done.wait()
    ordered = sorted(load.latencies_s)
    return {
        "requests": len(ordered),
        "per_second": len(ordered) / (time.perf_counter() - started),
        "p50_ms": ordered[len(ordered) // 2] * 1e3,
        "p99_ms": ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] * 1e3,
        "failures": dict(load.failures),
    }


def _as_http(request: dict[str, str]) -> bytes:
    body = base64.b64decode(request["body"])
    head = (
        f"{request['method']} {request['path']} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Content-Type: {request['content_type']}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def main(port: int, connections: int, seconds: float) -> None:
    requests = [_as_http(request) for request in json.load(sys.stdin)]
    print(json.dumps(uvloop.run(_loaded(port, requests, connections, seconds))))  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
