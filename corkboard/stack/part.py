"""`python -m corkboard.stack.part NAME HOST PORT`: a part of the stack, which this process becomes once it can begin.

`corkboard up` and containers start the parts alike. The worker waits for Prefect's server, discovery until the system
that searches is released.
"""

import os
import secrets
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from components.lifecycle.artifacts import artifacts_url
from components.lifecycle.tracking import tracking_uri
from corkboard.ports import check_exposed
from corkboard.stack.databases import create_databases
from data.authentication import USER, password
from data.database import authority, database_url
from data.environment import set_environment
from data.project import home
from flows.server import POOL

__all__ = ["main", "released"]

POLL_S, RELEASE_S = 0.5, 5.0
ACCESS = """[mlflow]
default_permission = READ
database_uri = {database}
admin_username = {user}
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
"""


def main(name: str, host: str, port: str) -> None:
    set_environment()
    check_exposed(host)
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    command = BEGIN[name](host, port)
    os.execv(sys.executable, (sys.executable, "-m", *command))  # noqa: S606


def _prefect(host: str, port: str) -> tuple[str, ...]:
    create_databases()
    database, known = database_url("prefect", "+asyncpg"), password()
    if database:
        os.environ["PREFECT_SERVER_DATABASE_CONNECTION_URL"] = database
    if file := authority():
        os.environ["PGSSLROOTCERT"] = file
    if known:
        os.environ["PREFECT_SERVER_API_AUTH_STRING"] = f"{USER}:{known}"
    os.environ.setdefault("PREFECT_SERVER_UI_API_URL", "/api")  # as seen by a browser, which may be elsewhere
    return ("prefect", "server", "start", "--host", host, "--port", port)


def _mlflow(host: str, port: str) -> tuple[str, ...]:
    create_databases()
    known = password()
    os.environ["MLFLOW_BACKEND_STORE_URI"] = tracking_uri()  # not in the command, which every user can read
    os.environ["MLFLOW_ARTIFACTS_DESTINATION"] = artifacts_url()
    os.environ["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] = "false"
    if known:
        access = ACCESS.format(database=tracking_uri().replace("%", "%%"), user=USER)
        os.environ["MLFLOW_AUTH_CONFIG_PATH"] = str(_private(home() / "mlflow-access.ini", access))
        os.environ["MLFLOW_AUTH_ADMIN_PASSWORD"] = known
        os.environ.setdefault("MLFLOW_FLASK_SERVER_SECRET_KEY", secrets.token_hex())
    return ("corkboard.stack.mlflow_page", host, port)


def _private(path: Path, text: str) -> Path:
    """Write a file that others cannot read: the database's address has a password."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    return path


def _worker(_host: str, _port: str) -> tuple[str, ...]:
    while not _answers(f"{os.environ['PREFECT_API_URL']}/health"):
        time.sleep(POLL_S)
    return ("prefect", "worker", "start", "--pool", POOL, "--type", "process", "--name", "corkboard", "--limit", "2")


def _discovery(host: str, port: str) -> tuple[str, ...]:
    while not released():
        time.sleep(RELEASE_S)
    return ("corkboard", "serve", "discovery", "--follow", "--host", host, "--port", port)


BEGIN: dict[str, Callable[[str, str], tuple[str, ...]]] = {
    "prefect": _prefect,
    "mlflow": _mlflow,
    "worker": _worker,
    "discovery": _discovery,
}


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.HTTPError:
        return False


def released() -> bool:
    """Whether there is something for discovery to serve."""
    from components.lifecycle.tracking import is_registry_empty
    from components.roles import SEARCH
    from serving.discovery.declared import filling

    if is_registry_empty():
        return False
    from corkboard.discovery import proven

    return proven(filling(SEARCH)) is not None


if __name__ == "__main__":
    main(*sys.argv[1:])
