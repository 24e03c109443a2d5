"""A stand-in for the system of role `check`: it lets in whatever it can read."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

__all__ = ["check_system"]


def check_system(failing: list[str], health: Callable[[Request], Awaitable[Any]]) -> Mount:
    async def check(request: Request) -> JSONResponse:
        if "safety" in failing:
            return JSONResponse({"error": "told to fail"}, 500)
        await request.body()
        return JSONResponse({"action": "allow", "findings": []})

    return Mount("/safety", routes=[Route("/v1/health", health), Route("/v1/check", check, methods=["POST"])])
