"""Role `recommend`: the champion recommends, and says what it needs to know of everybody's actions."""

from typing import Any

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from components.roles import Recommender
from components.system import System
from serving.answering import Answering
from serving.app import make_app
from serving.metrics import RequestMetrics

__all__ = ["make_recommend_app"]


def make_recommend_app(
    metrics: RequestMetrics, system: System, recommender: Recommender, at_once: int | None = None
) -> Any:
    """`POST /v1/recommend` of any system, and for the entry `GET /v1/trend`.

    at_once: threads that answer; by default as many as there are cores.
    """
    answering = Answering("recommend", system.Request, system.Response, batch=system.batch)
    app = make_app(answering, metrics, at_once)
    app.state.predictor = recommender

    async def trend(_: Request) -> Response:
        return Response(to_json({"trend": recommender.trend()}), media_type="application/json")

    app.add_route("/v1/trend", trend, methods=["GET"])
    return app
