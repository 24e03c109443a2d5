"""The parts of the stack: the command of each, and how to tell that it is ready."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from corkboard.stack.processes import TOKEN
from data.environment import variables
from data.project import home
from flows.server import POOL

__all__ = ["HOST", "Service", "environment", "healthy", "mlflow", "online", "prefect", "worker"]

HOST = "127.0.0.1"  # loopback only: there is no authentication


@dataclass(frozen=True)
class Service:
    """A part of the stack. `ready` tells whether it works; `port` is None for a part that does not listen."""

    name: str
    command: tuple[str, ...]
    address: str | None
    port: int | None
    option: str | None
    ready: Callable[[], bool]


def environment(token: str, prefect_url: str, mlflow_url: str) -> dict[str, str]:
    """The environment of the parts: our defaults, then the caller's variables, then those that make them one stack."""
    return {
        **variables(),
        **os.environ,
        TOKEN: token,
        "PREFECT_API_URL": prefect_url,
        "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
        "CORKBOARD_MLFLOW_UI": mlflow_url,  # artifacts of a run link there; see flows/artifacts.py
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "PYTHONUNBUFFERED": "1",
    }


def prefect(port: int) -> Service:
    """Prefect's server and UI; its address is the API's."""
    address = f"http://{HOST}:{port}/api"
    command = (sys.executable, "-m", "prefect", "server", "start", "--host", HOST, "--port", str(port))
    return Service("prefect", command, address, port, "--prefect-port", lambda: healthy(f"{address}/health"))


def mlflow(port: int) -> Service:
    """MLflow over the store that `corkboard run` writes to if no tracking server is set."""
    address = f"http://{HOST}:{port}"
    command = (
        *(sys.executable, "-m", "mlflow", "server", "--host", HOST, "--port", str(port), "--workers", "1"),
        *("--app-name", "corkboard"),  # see corkboard/stack/mlflow_page.py
        *("--backend-store-uri", f"sqlite:///{home() / 'mlflow.db'}"),
        *("--artifacts-destination", str(home() / "mlartifacts")),
    )
    return Service("mlflow", command, address, port, "--mlflow-port", lambda: healthy(f"{address}/health"))


def worker(prefect_url: str) -> Service:
    """One process worker on the pool `local`; it is ready once the server shows it as online."""
    command = (sys.executable, "-m", "prefect", "worker", "start", "--pool", POOL, "--type", "process")
    return Service(
        "worker",
        (*command, "--name", "corkboard", "--limit", "2"),
        address=None,
        port=None,
        option=None,
        ready=lambda: online(prefect_url),
    )


def healthy(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.HTTPError:
        return False


def online(prefect_url: str) -> bool:
    """Whether the server counts the worker as online."""
    try:
        answer = httpx.post(f"{prefect_url}/work_pools/{POOL}/workers/filter", json={}, timeout=5)
    except httpx.HTTPError:
        return False
    return answer.is_success and any(one["name"] == "corkboard" and one["status"] == "ONLINE" for one in answer.json())
