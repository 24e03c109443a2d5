"""A stand-in for the system of role `check`: it holds what is odd, and lets in all else that it can read."""

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
        action = "hold" if b"odd" in await request.body() else "allow"
        finding = {"kind": "hateful", "probability": 0.4, "action": action}
        return JSONResponse({"action": action, "findings": [finding]})

    return Mount("/safety", routes=[Route("/v1/health", health), Route("/v1/check", check, methods=["POST"])])
