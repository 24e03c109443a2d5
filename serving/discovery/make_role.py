"""Role `make`: pictures made to order, in jobs that the entry starts, follows and cancels."""

import asyncio
import base64
import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse
from starlette.responses import Response as HttpResponse

from components.message import PICTURE, Message
from components.roles import MAKE, Maker, OnStep
from components.system import System
from serving.answering import Answering
from serving.app import make_app
from serving.discovery.jobs import Full, Job, Jobs, Work, facts_of
from serving.errors import error_response
from serving.metrics import RequestMetrics
from serving.requests import read_request

__all__ = ["make_make_app"]

LOOK_S = 0.05  # pause between looks at a job for a caller who waits for its next change
LONGEST_S = 1.0  # of such a wait
MOST = 8  # pictures of a job


def make_make_app(metrics: RequestMetrics, maker: Maker, system: System, threads: int) -> Any:
    """`POST /v1/make` of any system, one picture at a time, and for the entry `/v1/jobs`."""
    app = make_app(Answering(MAKE, system.Request, system.Response, system.takes, system.gives), metrics, threads)
    app.state.predictor = maker
    desk = Desk(maker, system, Jobs(threads))
    app.add_route("/v1/jobs", desk.add, methods=["POST"])
    app.add_route("/v1/jobs/{job_id}", desk.look, methods=["GET"])
    app.add_route("/v1/jobs/{job_id}/pictures/{number:int}", desk.picture, methods=["GET"])
    app.add_route("/v1/jobs/{job_id}/cancel", desk.cancel, methods=["POST"])
    return app


class Desk:
    """Jobs over HTTP: add, look, fetch a picture, cancel."""

    def __init__(self, maker: Maker, system: System, jobs: Jobs) -> None:
        self.maker, self.system, self.jobs = maker, system, jobs

    async def add(self, request: HttpRequest) -> HttpResponse:
        count, person = int(request.query_params["count"]), request.query_params["person"]
        message = await read_request(request, self.system.Request, self.system.takes)
        seeds = [(message.fields.seed + number) % 2**32 for number in range(min(count, MOST))]
        await asyncio.get_running_loop().run_in_executor(None, self.maker.begin, message)
        works = [self._work(message, seed) for seed in seeds]
        try:
            job = self.jobs.add(person, works, message.fields.student_steps or message.fields.steps)
        except Full as full:
            return JSONResponse({"full": str(full), "wait_s": full.wait_s})
        return JSONResponse({**facts_of(job), "ahead": self.jobs.ahead(job)})

    async def look(self, request: HttpRequest) -> HttpResponse:
        """The job; if it has not changed since version `after`, at its next change or after a second."""
        job = self.jobs.get(request.path_params["job_id"])
        after = int(request.query_params.get("after", -1))
        waited_s = 0.0
        while job is not None and job.version <= after and not job.is_over and waited_s < LONGEST_S:
            await asyncio.sleep(LOOK_S)
            waited_s += LOOK_S
        return _unknown() if job is None else JSONResponse(_progress_of(self.jobs, job))

    async def picture(self, request: HttpRequest) -> HttpResponse:
        job, number = self.jobs.get(request.path_params["job_id"]), int(request.path_params["number"])
        if job is None:
            return _unknown()
        if number >= len(job.made):
            return error_response(404, f"this job has {len(job.made)} pictures and is {job.state}; request one of them")
        answer = job.made[number]
        part = answer.parts[PICTURE]
        content = base64.b64encode(part.content).decode()
        return JSONResponse({"picture": content, "media_type": part.media_type, **answer.fields.model_dump()})

    async def cancel(self, request: HttpRequest) -> HttpResponse:
        job = self.jobs.get(request.path_params["job_id"])
        if job is None:
            return _unknown()
        self.jobs.cancel(job)
        return JSONResponse(facts_of(job))

    def _work(self, message: Message, seed: int) -> Work:
        """Makes the picture of `seed`, with PNGs as previews; until it runs it holds no decoded picture."""

        def work(on_step: OnStep | None) -> Message:
            def encoded(step: int, pixels_SS3: np.ndarray) -> None:
                file = io.BytesIO()
                Image.fromarray(pixels_SS3).save(file, "PNG", compress_level=1)
                assert on_step is not None
                on_step(step, file.getvalue())

            begun = self.maker.begin(Message(message.fields.model_copy(update={"seed": seed}), message.parts))
            return begun(None if on_step is None else encoded)

        return work


def _progress_of(jobs: Jobs, job: Job) -> Mapping[str, Any]:
    preview = base64.b64encode(job.preview).decode() if job.preview else None
    return {**facts_of(job), "ahead": jobs.ahead(job), "preview": preview}


def _unknown() -> HttpResponse:
    return error_response(
        404, "there is no such job: it was forgotten, or lost when the service restarted; start another"
    )
