"""MLflow's server for `corkboard up`, by the entry point `mlflow.app`: its pages open on training.

MLflow 3.17 has pages for language models and pages for training, and opens on the first whatever an experiment's tag
says. The browser stores the choice, so the page makes it if the user has made none.
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
    """MLflow's app with the choices in its first page."""
    from fastapi.responses import HTMLResponse
    from mlflow.server import app as flask
    from mlflow.server.fastapi_app import create_fastapi_app
    from starlette.routing import Route

    if not is_shared():
        client()  # creates the tables, and hides the empty default experiment
    app = create_fastapi_app()
    index = Path(str(flask.static_folder)) / "index.html"

    async def page(_request: object) -> HTMLResponse:
        return HTMLResponse(chosen(index.read_text(encoding="utf-8")))

    app.router.routes.insert(0, Route("/", page))
    return app


def chosen(html: str) -> str:
    """The page with a script that makes the choices before its own scripts run."""
    lines = (f"localStorage[{json.dumps(key)}] ??= {json.dumps(json.dumps(value))};" for key, value in CHOICES.items())
    assert "<head>" in html
    return html.replace("<head>", f"<head><script>{''.join(lines)}</script>", 1)
