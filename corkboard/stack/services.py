"""The parts of the stack: the command of each, and how to tell that it works."""

import os
import sys

import httpx

from components.lifecycle.tracking import tracking_uri
from corkboard.stack.processes import TOKEN
from corkboard.stack.record import Part
from data.database import database_url
from data.environment import variables
from data.project import home
from flows.server import POOL

__all__ = ["DISCOVERY", "HOST", "PORTS", "environment", "healthy", "parts", "works"]

HOST = "127.0.0.1"  # loopback only: there is no authentication
DISCOVERY = "discovery"
PORTS = {"prefect": 4200, "mlflow": 5000, DISCOVERY: 3000}


def parts(ports: dict[str, int]) -> dict[str, Part]:
    """Prefect's server and UI, MLflow over the store of runs, one process worker, and the service of all champions."""
    prefect, mlflow, discovery = (f"http://{HOST}:{ports[name]}" for name in PORTS)
    after = (sys.executable, "-m", "corkboard.stack.after")
    python = (sys.executable, "-m")
    commands: dict[str, tuple[str, ...]] = {
        "prefect": (*python, "prefect", "server", "start", "--host", HOST, "--port", str(ports["prefect"])),
        "mlflow": (
            *(*python, "mlflow", "server", "--host", HOST, "--port", str(ports["mlflow"]), "--workers", "1"),
            *("--app-name", "corkboard"),  # see corkboard/stack/mlflow_page.py
            *("--backend-store-uri", tracking_uri(), "--artifacts-destination", str(home() / "mlartifacts")),
        ),
        "worker": (
            *(*after, "server", f"{prefect}/api/health"),
            *(*python, "prefect", "worker", "start", "--pool", POOL, "--type", "process"),
            *("--name", "corkboard", "--limit", "2"),
        ),
        DISCOVERY: (*after, "release", str(ports[DISCOVERY])),
    }
    addresses = {"prefect": f"{prefect}/api", "mlflow": mlflow, DISCOVERY: discovery}
    return {
        name: Part(command=command, address=addresses.get(name), port=ports.get(name))
        for name, command in commands.items()
    }


def environment(token: str, made: dict[str, Part]) -> dict[str, str]:
    """The environment of the parts: our defaults, then the caller's variables, then those that make them one stack."""
    database = database_url("prefect", "+asyncpg")
    return {
        **variables(),
        **os.environ,
        TOKEN: token,
        "PREFECT_API_URL": str(made["prefect"].address),
        "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
        "CORKBOARD_MLFLOW_UI": str(made["mlflow"].address),  # artifacts of a run link there; see flows/artifacts.py
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "PYTHONUNBUFFERED": "1",
        **({"PREFECT_SERVER_DATABASE_CONNECTION_URL": database} if database else {}),
    }


def works(name: str, part: Part, prefect_url: str) -> bool:
    """Whether a part does its work: a server answers, and Prefect counts the worker as online."""
    if part.address is None:
        return _online(prefect_url)
    return healthy(f"{part.address}/{'readyz' if name == DISCOVERY else 'health'}")


def healthy(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.HTTPError:
        return False


def _online(prefect_url: str) -> bool:
    try:
        answer = httpx.post(f"{prefect_url}/work_pools/{POOL}/workers/filter", json={}, timeout=5)
    except httpx.HTTPError:
        return False
    return answer.is_success and any(one["name"] == "corkboard" and one["status"] == "ONLINE" for one in answer.json())
