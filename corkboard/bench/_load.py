"""A light load generator: keep-alive connections over plain asyncio streams, in a process of its own.

Run as `python -m corkboard.bench._load PORT PATH CONCURRENCY SECONDS` with the request's body on stdin, its content
type as the fifth argument; prints one JSON object.
"""

import asyncio
import json
import sys
import time

__all__ = ["main"]


async def _worker(port: int, request: bytes, until: float, latencies_s: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while time.perf_counter() < until:
            started = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            await reader.readexactly(int(length.partition(b":")[2]))
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"the service answered {head.splitlines()[0].decode()}")
            latencies_s.append(time.perf_counter() - started)
    finally:
        writer.close()


async def _load(port: int, request: bytes, concurrency: int, seconds: float) -> dict[str, float]:
    latencies_s: list[float] = []
    started = time.perf_counter()
    until = started + seconds
    await asyncio.gather(*(_worker(port, request, until, latencies_s) for _ in range(concurrency)))
    took_s = time.perf_counter() - started
    ordered = sorted(latencies_s)
    return {
        "requests": len(ordered),
        "per_second": len(ordered) / took_s,
        "p50_ms": ordered[len(ordered) // 2] * 1e3,
        "p99_ms": ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] * 1e3,
    }


def main(port: int, path: str, concurrency: int, seconds: float, content_type: str) -> None:
    body = sys.stdin.buffer.read()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    print(json.dumps(asyncio.run(_load(port, head.encode() + body, concurrency, seconds))))  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), sys.argv[5])
