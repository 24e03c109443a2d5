"""The parts of the stack: the command of each, and how to tell that it works."""

import os
import sys

import httpx

from corkboard.stack.record import TOKEN, Part
from data.environment import variables
from flows.server import POOL, credentials

__all__ = ["DISCOVERY", "HOST", "PORTS", "environment", "healthy", "parts", "works"]

HOST = "127.0.0.1"
DISCOVERY = "discovery"
PORTS = {"prefect": 4200, "mlflow": 5000, DISCOVERY: 3000}


def parts(ports: dict[str, int], host: str = HOST) -> dict[str, Part]:
    """Prefect's server and UI, MLflow over the store of runs, one process worker, and the service of all champions.

    host: what the servers listen on. Their addresses are those for this machine.
    """
    here = HOST if host in ("0.0.0.0", "::") else host  # noqa: S104
    paths = {"prefect": "/api", "mlflow": "", DISCOVERY: ""}
    made = {}
    for name in ("prefect", "mlflow", "worker", DISCOVERY):
        port = ports.get(name)
        address = f"http://{here}:{port}{paths[name]}" if port else None
        command = (sys.executable, "-m", "corkboard.stack.part", name, host, str(port or 0))
        made[name] = Part(command=command, address=address, port=port)
    return made


def environment(token: str, made: dict[str, Part]) -> dict[str, str]:
    """The environment of the parts: our defaults, then the caller's variables, then those that make them one stack."""
    return {
        **variables(),
        **os.environ,
        TOKEN: token,
        "PREFECT_API_URL": str(made["prefect"].address),
        "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
        "CORKBOARD_MLFLOW_UI": str(made["mlflow"].address),  # artifacts of a run link there; see flows/artifacts.py
    }


def works(name: str, part: Part, prefect_url: str) -> bool:
    """Whether a part does its work: a server answers, and Prefect counts the worker as online."""
    if part.address is None:
        return _online(prefect_url)
    return healthy(f"{part.address}/{'readyz' if name == DISCOVERY else 'health'}")


def healthy(url: str) -> bool:
    try:  # without TLS no authorities are read, which would take a tenth of a second
        return httpx.get(url, timeout=2, verify=url.startswith("https")).is_success
    except httpx.HTTPError:
        return False


def _online(prefect_url: str) -> bool:
    try:
        answer = httpx.post(f"{prefect_url}/work_pools/{POOL}/workers/filter", json={}, timeout=5, auth=credentials())
    except httpx.HTTPError:
        return False
    return answer.is_success and any(one["name"] == "corkboard" and one["status"] == "ONLINE" for one in answer.json())
