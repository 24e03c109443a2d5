"""How the stack stands: what runs, what answers, what waits."""

from typing import Any

import httpx

from corkboard.stack import record, services
from corkboard.stack.processes import alive
from corkboard.stack.record import Record

__all__ = ["mlflow_url", "prefect_url", "standing"]

PARTS = ("prefect", "mlflow", "worker")


def standing() -> dict[str, Any]:
    """Each part with its state (`healthy`, `running` or `stopped`), address, process id and log; and pending runs."""
    found = record.load()
    parts = {name: _part(name, found) for name in PARTS}
    states = {part["state"] for part in parts.values()}
    overall = states.pop() if len(states) == 1 else "degraded"
    url = prefect_url()
    return {"state": overall, "parts": parts, "runs": _runs(url) if url else None}


def prefect_url() -> str | None:
    """The API of the stack's Prefect server if it runs and answers."""
    return _answering("prefect", record.load())


def mlflow_url() -> str | None:
    """The address of the stack's MLflow server if it runs and answers."""
    return _answering("mlflow", record.load())


def _answering(name: str, found: Record | None) -> str | None:
    part = found.parts.get(name) if found else None
    if part is None or part.address is None or not alive(part):
        return None
    return part.address if services.healthy(f"{part.address}/health") else None


def _part(name: str, found: Record | None) -> dict[str, Any]:
    part = found.parts.get(name) if found else None
    if found is None or part is None or not alive(part):
        return {"state": "stopped", "address": None, "pid": None, "log": part.log if part else None}
    if part.address is not None:
        well = services.healthy(f"{part.address}/health")
    else:
        server = found.parts["prefect"].address
        well = server is not None and services.online(server)
    return {"state": "healthy" if well else "running", "address": part.address, "pid": part.pid, "log": part.log}


def _runs(url: str) -> dict[str, int] | None:
    """Flow runs that are under way or wait for their turn; None if the server does not say."""
    counts = {}
    for name, types in {"running": ["RUNNING"], "pending": ["PENDING", "SCHEDULED"]}.items():
        states = {"state": {"type": {"any_": types}}}
        try:
            answer = httpx.post(f"{url}/flow_runs/count", json={"flow_runs": states}, timeout=5)
        except httpx.HTTPError:
            return None
        if not answer.is_success:
            return None
        counts[name] = int(answer.json())
    return counts
