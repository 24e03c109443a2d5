"""The peer of the service: plain Starlette on uvloop, calling the same predictor in a thread, and nothing else.

A form with a picture or, of a system that takes none, a JSON object.

Run as `python -m corkboard.bench._plain SYSTEM BUNDLE PORT`.
"""

import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from components.message import answer_one, pictured
from components.system import load_system
from serving.limits import threads

__all__ = ["main"]


def main(system_name: str, bundle: Path, port: int) -> None:
    import anyio.to_thread

    system = load_system(system_name)
    predictor = system.open_bundle(bundle)

    async def answered(request: Request) -> Response:
        picture = None
        if system.takes:
            async with request.form() as form:
                values = {name: value for name, value in form.items() if name != "picture"}
                picture = await form["picture"].read()  # type: ignore[union-attr]
            fields = system.Request.model_validate(values)
        else:
            fields = system.Request.model_validate_json(await request.body())
        answer = await run_in_threadpool(answer_one, predictor.answers, pictured(fields, picture))
        return Response(answer.fields.model_dump_json(), media_type="application/json")

    async def ready(_: Request) -> Response:
        anyio.to_thread.current_default_thread_limiter().total_tokens = threads()
        return PlainTextResponse("")

    app = Starlette(routes=[Route("/v1/answer", answered, methods=["POST"]), Route("/readyz", ready)])
    uvicorn.run(app, host="127.0.0.1", port=port, loop="uvloop", log_level="warning", access_log=False)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
