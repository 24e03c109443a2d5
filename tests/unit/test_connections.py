"""Connections to a service: kept, opened anew when the other side closed them, and never waited on in vain."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from serving.discovery.connections import Connections

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


async def question(reader: asyncio.StreamReader) -> bytes:
    """The head and the body of a question."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.split(b"\r\n") if line.startswith(b"Content-Length: "))
    return head + await reader.readexactly(int(length.partition(b": ")[2]))


def asked(handler: Handler, times: int = 1) -> list[tuple[int, bytes]]:
    async def run(path: str) -> list[tuple[int, bytes]]:
        server = await asyncio.start_unix_server(handler, path)
        connections = Connections(f"unix://{path}")
        try:
            return [await connections.ask("POST", "/v1/x", b"body", "text/x", "id-1") for _ in range(times)]
        finally:
            connections.close()
            server.close()

    with tempfile.TemporaryDirectory() as folder:  # a short path: a socket's has to be
        return asyncio.run(asyncio.wait_for(run(f"{folder}/s"), 30))


def test_a_connection_is_kept() -> None:
    seen: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(3):
            seen.append(await question(reader))
            writer.write(ANSWER[:20])
            await writer.drain()
            writer.write(ANSWER[20:])
        writer.close()

    assert asked(answer, 3) == [(200, b"{}")] * 3
    assert seen[0].startswith(b"POST /v1/x HTTP/1.1\r\n")
    assert b"\r\nX-Request-ID: id-1\r\nContent-Type: text/x\r\nContent-Length: 4\r\n\r\nbody" in seen[2]


def test_one_that_was_closed_meanwhile_is_opened_anew() -> None:
    opened: list[int] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.append(1)
        await question(reader)
        writer.write(ANSWER)
        writer.close()  # without a word, as uvicorn does with one that lay idle

    assert asked(answer, 3) == [(200, b"{}")] * 3
    assert len(opened) == 3


@pytest.mark.parametrize("sent", [b"", ANSWER[:-1], b"garbage\r\n\r\n"])
def test_an_answer_that_does_not_come_whole_is_an_error(sent: bytes) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await question(reader)
        writer.write(sent)
        writer.close()

    with pytest.raises(ConnectionError):
        asked(answer)


def test_nobody_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        asyncio.run(Connections(f"unix://{tmp_path / 'nothing'}").ask("GET", "/", b"", "", "id"))
