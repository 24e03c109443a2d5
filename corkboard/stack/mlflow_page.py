"""MLflow's server for `corkboard up`: `python -m corkboard.stack.mlflow_page HOST PORT`; its pages open on training.

MLflow 3.17 has pages for language models and pages for training, and opens on the first whatever an experiment's tag
says. The browser stores the choice, so the page makes it if the user has made none.
"""

import json
import os
import sys
from typing import TYPE_CHECKING, NoReturn

from components.lifecycle.tracking import client, is_shared
from data.authentication import USER, password

if TYPE_CHECKING:
    from fastapi import FastAPI
    from flask import Response

__all__ = ["create", "main"]

CHOICES = {
    "mlflow.workflowType_v1": "machine_learning",
    "mlflow.assistant.fab.autoOpenedOnFirstLoad_v1": True,  # a button, rather than a quarter of the page
    "_mlflow_model_registry_promo_modal_dismissed_v1": True,  # on the new pages, which are shown
}


def main(host: str, port: str) -> None:
    """Become the server.

    `mlflow server` starts it as a child and waits for it, in 200 MB of its own; here the child takes its place.
    """
    import mlflow.server
    from mlflow.cli import cli

    def become(cmd: list[str], *, extra_env: dict[str, str], **_: object) -> NoReturn:
        os.execve(cmd[0], cmd, os.environ | extra_env)  # noqa: S606

    mlflow.server._exec_cmd = become  # type: ignore[assignment]
    cli(("server", "--host", host, "--port", port, "--workers", "1", "--app-name", "corkboard"))


def create() -> "FastAPI":
    """MLflow's app with the choices in its first page, behind MLflow's own `basic-auth` if there is a password."""
    from mlflow.server import app as flask
    from mlflow.server.fastapi_app import create_fastapi_app

    if not is_shared():
        client()  # creates the tables, and hides the empty default experiment
    flask.after_request(_choose)
    known = password()
    if known is None:
        return create_fastapi_app(flask)
    from mlflow.server.auth import create_app

    app: FastAPI = create_app(flask)
    agree(known)
    return app


def agree(known: str) -> None:
    """Give the user the password of the setting; MLflow keeps the first one that it was ever given."""
    from mlflow.server.auth import store

    if not store.authenticate_user(USER, known):
        store.update_user(USER, password=known)


def _choose(response: "Response") -> "Response":
    from flask import request

    if request.path == "/" and response.mimetype == "text/html" and response.status_code == 200:
        response.direct_passthrough = False
        response.set_data(chosen(response.get_data(as_text=True)))
    return response


def chosen(html: str) -> str:
    """The page with a script that makes the choices before its own scripts run."""
    lines = (f"localStorage[{json.dumps(key)}] ??= {json.dumps(json.dumps(value))};" for key, value in CHOICES.items())
    assert "<head>" in html
    return html.replace("<head>", f"<head><script>{''.join(lines)}</script>", 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
