"""MLflow's server as `corkboard up` starts it, by the entry point `mlflow.app`: its pages open on training.

MLflow 3.17 shows one of two halves of itself, one for language models and one for training, and opens on the first
whatever an experiment's tag says. The choice lies in the browser, so the page makes it where nobody has made it.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from components.lifecycle.tracking import client, is_shared

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["create"]

CHOICES = {
    "mlflow.workflowType_v1": "machine_learning",
    "mlflow.assistant.fab.autoOpenedOnFirstLoad_v1": True,  # a button, rather than a quarter of the page
}


def create() -> "FastAPI":
    """The app of MLflow with its own first page."""
    from fastapi.responses import HTMLResponse
    from mlflow.server import app as flask
    from mlflow.server.fastapi_app import create_fastapi_app
    from starlette.routing import Route

    if not is_shared():
        client()  # makes the tables, and hides the experiment that nobody uses
    app = create_fastapi_app()
    index = Path(str(flask.static_folder)) / "index.html"

    async def page(_request: object) -> HTMLResponse:
        return HTMLResponse(chosen(index.read_text(encoding="utf-8")))

    app.router.routes.insert(0, Route("/", page))
    return app


def chosen(html: str) -> str:
    """The page with the choices made before its own scripts run."""
    lines = (f"localStorage[{json.dumps(key)}] ??= {json.dumps(json.dumps(value))};" for key, value in CHOICES.items())
    assert "<head>" in html
    return html.replace("<head>", f"<head><script>{''.join(lines)}</script>", 1)
