"""The HTTP API of one opened bundle, for any system."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from components.bundle import verify
from components.system import Predictor
from data.errors import UserError
from data.params import Strict
from serving.batches import Batches
from serving.errors import error_response, status_of
from serving.metrics import CONTENT_TYPE_LATEST, RequestMetrics
from serving.openapi import describe
from serving.requests import read_request

__all__ = ["Answering", "Health", "health_of", "make_app", "threads"]

Ask = Callable[[Any, bytes | None], Awaitable[bytes]]


class Answering(Protocol):
    """The members of a system, or of what stands before one, that answering over HTTP takes."""

    @property
    def route(self) -> str: ...

    @property
    def takes_pictures(self) -> bool: ...

    @property
    def Request(self) -> type[Strict]: ...  # noqa: N802 - as modules name it

    @property
    def Response(self) -> type[Strict]: ...  # noqa: N802


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
    """What a service of `bundle` says of itself; raises `UserError` if a file of the bundle is not as it was made."""
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


def threads() -> int:
    """Requests that are worked on at once: the cores that this process may use, or `CORKBOARD_THREADS`."""
    configured = os.environ.get("CORKBOARD_THREADS")
    return int(configured) if configured else len(os.sched_getaffinity(0))


def make_app(system: Answering, metrics: RequestMetrics, at_once: int | None = None, batches: bool = False) -> FastAPI:
    """Routes `POST /v1/<system.route>`, `GET /v1/health` and `GET /metrics`.

    Whoever opens the bundle sets `app.state.predictor` and `app.state.health` before the first request.
    at_once: threads that answer; by default `threads()`. batches: answer by `Batches`, which takes a predictor with
    `answers` and `is_quick` and a system without pictures.
    """
    app = FastAPI(title="Corkboard", docs_url=None, redoc_url=None, openapi_url="/v1/openapi.json")
    at_once = at_once or threads()
    ask = _in_batches(app, at_once) if batches else _one_by_one(app, at_once)

    async def answer(request: Request) -> Response:
        asked, picture = await read_request(request, system.Request, system.takes_pictures)
        content = await ask(asked, picture)
        return Response(content, media_type="application/json")

    async def health() -> Health:
        return app.state.health

    async def measured() -> Response:
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)

    # Starlette's plain route: FastAPI's would look for dependencies and parameters in every request.
    app.add_route(f"/v1/{system.route}", answer, methods=["POST"], name=system.route)
    app.add_api_route("/v1/health", health, methods=["GET"], name="health")
    app.add_api_route("/metrics", measured, methods=["GET"], name="metrics", include_in_schema=False)
    app.add_exception_handler(UserError, _user_error)
    app.add_exception_handler(HTTPException, _http_error)
    metrics.routes |= {known.path for known in app.routes if isinstance(known, Route)}
    describe(app, f"/v1/{system.route}", system)
    return app


def _one_by_one(app: FastAPI, at_once: int) -> Ask:
    pool = ThreadPoolExecutor(at_once, "answer")

    def answered(asked: Any, picture: bytes | None) -> bytes:
        predictor: Predictor = app.state.predictor
        return predictor.answer(asked, picture).model_dump_json().encode()

    async def ask(asked: Any, picture: bytes | None) -> bytes:
        return await asyncio.get_running_loop().run_in_executor(pool, answered, asked, picture)

    return ask


def _in_batches(app: FastAPI, at_once: int) -> Ask:
    def answers(batch: Sequence[Strict]) -> list[bytes | Exception]:
        found = app.state.predictor.answers(batch)
        return [one if isinstance(one, Exception) else one.model_dump_json().encode() for one in found]

    def is_quick(asked: Any) -> bool:
        return bool(app.state.predictor.is_quick(asked))

    batches = Batches[Any, bytes](answers, at_once, is_quick)
    return lambda asked, _: batches.ask(asked)


async def _user_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, UserError)
    return error_response(status_of(error), str(error))


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return error_response(error.status_code, str(error.detail))
