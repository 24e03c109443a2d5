"""The HTTP API of one opened bundle, for any system."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from components.bundle import verify
from components.message import Message
from components.system import Predictor
from data.errors import UserError
from data.params import Strict
from serving.answering import Answering
from serving.answers import accepted, encoded
from serving.batches import Batches
from serving.errors import RequestError, error_response, status_of
from serving.limits import threads
from serving.metrics import CONTENT_TYPE_LATEST, RequestMetrics
from serving.openapi import describe
from serving.requests import read_request

__all__ = ["Health", "health_of", "make_app"]


class Health(Strict):
    """What is being served."""

    status: str
    system: str
    version: str
    bundle_hash: str
    dataset: str
    data_version: str
    simulated: bool
    git_revision: str


def health_of(bundle: Path, version: str) -> Health:
    """The health of a service of `bundle`; raises `UserError` if a file of the bundle has changed."""
    manifest = verify(bundle)
    return Health(
        status="ok",
        system=manifest.system,
        version=version,
        bundle_hash=manifest.bundle_hash,
        dataset=manifest.dataset,
        data_version=manifest.data_version,
        simulated=manifest.simulated,
        git_revision=manifest.git_revision,
    )


def make_app(answering: Answering, metrics: RequestMetrics, at_once: int | None = None) -> FastAPI:
    """Routes `POST /v1/<route>`, `GET /v1/health` and `GET /metrics`.

    Whoever opens the bundle sets `app.state.predictor` and `app.state.health` before the first request.
    at_once: threads that answer; by default `threads()`.
    """
    app = FastAPI(title="Corkboard", docs_url=None, redoc_url=None, openapi_url="/v1/openapi.json")
    path = f"/v1/{answering.route}"
    batches = Batches[_Waiting, tuple[bytes, str]](
        lambda batch: _answered(app.state.predictor, batch),
        at_once or threads(),
        lambda waiting: bool(app.state.predictor.is_quick(waiting.request)),
        answering.batch,
    )

    async def answer(request: Request) -> Response:
        media_type = accepted(request.headers.get("accept", ""), answering.gives)
        message = await read_request(request, answering.request, answering.takes)
        content, content_type = await batches.ask(_Waiting(message, media_type))
        return Response(content, media_type=content_type)

    async def health() -> Health:
        return app.state.health

    async def measured() -> Response:
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)

    # Starlette's plain route: FastAPI's resolves dependencies and parameters in every request.
    app.add_route(path, answer, methods=["POST"], name=answering.route)
    app.add_api_route("/v1/health", health, methods=["GET"], name="health")
    app.add_api_route("/metrics", measured, methods=["GET"], name="metrics", include_in_schema=False)
    app.add_exception_handler(UserError, _user_error)
    app.add_exception_handler(HTTPException, _http_error)
    metrics.routes |= {known.path for known in app.routes if isinstance(known, Route)}
    describe(app, path, answering)
    return app


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A request, and the media type of its answer."""

    request: Message
    media_type: str


def _answered(predictor: Predictor, batch: Sequence[_Waiting]) -> list[tuple[bytes, str] | Exception]:
    answers = predictor.answers([waiting.request for waiting in batch])
    return [_encoded(answer, waiting.media_type) for waiting, answer in zip(batch, answers, strict=True)]


def _encoded(answer: Message | UserError, media_type: str) -> tuple[bytes, str] | Exception:
    try:
        return answer if isinstance(answer, UserError) else encoded(answer, media_type)
    except RequestError as error:  # of this request alone
        return error


async def _user_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, UserError)
    return error_response(status_of(error), str(error))


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return error_response(error.status_code, str(error.detail))
