"""Role `recommend`: beside its recommendations, the champion says what it needs to know of everybody's actions."""

from typing import Any

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from components.roles import Recommender

__all__ = ["tell_trend"]


def tell_trend(app: Any, recommender: Recommender) -> None:
    """Add `GET /v1/trend`, for the entry."""

    async def trend(_: Request) -> Response:
        return Response(to_json({"trend": recommender.trend()}), media_type="application/json")

    app.add_route("/v1/trend", trend, methods=["GET"])
