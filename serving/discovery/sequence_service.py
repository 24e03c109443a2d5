"""The service of user sequences behind the entry: recommends, and says what it wants to be told of everybody."""

from typing import Any

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from serving.app import make_app
from serving.discovery import sequence_system
from serving.metrics import RequestMetrics

__all__ = ["make_sequence_app"]


def make_sequence_app(metrics: RequestMetrics, at_once: int | None = None) -> Any:
    """`POST /v1/recommend` of any system, and for the entry `GET /v1/trend`.

    Whoever opens the bundle sets `app.state.predictor` to a `KnownWords`, and `app.state.health`.
    at_once: threads that answer; by default as many as there are cores.
    """
    app = make_app(sequence_system.ANSWERING, metrics, at_once)

    async def trend(_: Request) -> Response:
        return Response(to_json({"trend": app.state.predictor.trend()}), media_type="application/json")

    app.add_route("/v1/trend", trend, methods=["GET"])
    return app
