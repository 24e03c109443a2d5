"""What the guard holds for every request: a limit of time and of how many there are, and an answer to each."""

import asyncio

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from serving.guard import Guard
from serving.metrics import RequestMetrics


class Slow:
    """`/v1/slow` answers once it is let go."""

    def __init__(self) -> None:
        self.go, self.metrics = asyncio.Event(), RequestMetrics("test", "1")
        self.app = Starlette(routes=[Route("/v1/slow", self.answer), Route("/livez", self.answer)])

    async def answer(self, request: Request) -> Response:
        if request.url.path == "/v1/slow":
            await self.go.wait()
        return PlainTextResponse("done")


def asking(guard: Guard) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(guard), base_url="http://127.0.0.1")


def test_what_takes_too_long_is_given_up() -> None:
    async def asked() -> httpx.Response:
        slow = Slow()
        async with asking(Guard(slow.app, slow.metrics, timeout_s=0.05)) as client:
            answer = await client.get("/v1/slow")
        assert slow.metrics.in_progress == 0
        return answer

    answer = asyncio.run(asked())
    assert answer.status_code == 504
    assert answer.json() == {
        "error": "no answer within 0.05 s; ask again later",
        "request_id": answer.headers["x-request-id"],
    }


def test_who_is_one_too_many_is_told_to_wait_and_probes_never_are() -> None:
    async def asked() -> None:
        slow = Slow()
        async with asking(Guard(slow.app, slow.metrics, most=2)) as client:
            first = [asyncio.create_task(client.get("/v1/slow")) for _ in range(2)]
            while slow.metrics.in_progress < 2:
                await asyncio.sleep(0)
            refused = await client.get("/v1/slow")
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
            assert (await client.get("/livez")).status_code == 200
            slow.go.set()
            assert [answer.status_code for answer in await asyncio.gather(*first)] == [200, 200]
            assert (await client.get("/v1/slow")).status_code == 200

    asyncio.run(asked())


def test_counts_and_times_are_told_by_route() -> None:
    metrics = RequestMetrics("test", "1")
    metrics.routes.add("/v1/items")
    for path, status, seconds in (("/v1/items", 200, 0.004), ("/v1/items", 200, 0.2), ("/made-up", 404, 0.001)):
        metrics.count(path, status, seconds)
    lines = metrics.text().decode().splitlines()
    labels = 'endpoint="/v1/items",http_response_code="200",service_name="test",service_version="1"'
    assert f"bentoml_service_request_total{{{labels}}} 2.0" in lines
    name = "bentoml_service_request_duration_seconds"
    for edge, count in (("0.005", 1), ("0.1", 1), ("0.25", 2), ("+Inf", 2)):
        assert any(
            line.startswith(f"{name}_bucket")
            and f'le="{edge}"' in line
            and "items" in line
            and line.endswith(f" {count}.0")
            for line in lines
        )
    assert any('endpoint="other"' in line for line in lines)
