"""The load generator of the benchmarks counts what is no whole answer."""

import asyncio

import pytest

from corkboard.bench._load import _loaded


@pytest.mark.parametrize(
    ("status", "body", "failure"),
    [
        (200, b'{"items":[],"degraded":[]}', ""),
        (200, b'{"status":"degraded"}', ""),
        (200, b'{"items":[],"degraded":[{"system":"visual-search","reason":"it is slow"}]}', "degraded"),
        (200, b'{"degraded": [ {"system": "state"}]}', "degraded"),
        (503, b'{"error":"nothing useful can be answered now"}', "503"),
    ],
)
def test_failures_are_counted_by_kind(status: int, body: bytes, failure: str) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readline():
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body))
        writer.close()

    async def run() -> None:
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            found = await _loaded(port, [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"], 2, 0.3)
        assert found["requests"]
        assert found["failures"] == ({failure: found["requests"]} if failure else {})

    asyncio.run(asyncio.wait_for(run(), 60))
