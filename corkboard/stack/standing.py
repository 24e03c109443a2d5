"""The state of the stack: which parts run and answer, and how many flow runs wait."""

from datetime import UTC, datetime
from typing import Any

import httpx

from corkboard.stack import record, services
from corkboard.stack.processes import alive
from corkboard.stack.record import Record

__all__ = ["mlflow_url", "prefect_url", "standing"]

PARTS = ("prefect", "mlflow", "worker")


def standing() -> dict[str, Any]:
    """Each part with its state (`healthy`, `running` or `stopped`), address, process id and log; and pending runs."""
    loaded = record.load()
    parts = {name: _part(name, loaded) for name in PARTS}
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


def _answering(name: str, loaded: Record | None) -> str | None:
    part = loaded.parts.get(name) if loaded else None
    if part is None or part.address is None or not alive(part):
        return None
    return part.address if services.healthy(f"{part.address}/health") else None


def _part(name: str, loaded: Record | None) -> dict[str, Any]:
    part = loaded.parts.get(name) if loaded else None
    if loaded is None or part is None or not alive(part):
        return {"state": "stopped", "address": None, "pid": None, "log": part.log if part else None}
    if part.address is not None:
        well = services.healthy(f"{part.address}/health")
    else:
        server = loaded.parts.get("prefect")
        well = server is not None and server.address is not None and services.online(server.address)
    return {"state": "healthy" if well else "running", "address": part.address, "pid": part.pid, "log": part.log}


def _runs(url: str) -> dict[str, int] | None:
    """How many flow runs are running, due, and scheduled for later; None if the server does not answer."""
    now = datetime.now(UTC).isoformat()
    waiting = {"state": {"type": {"any_": ["PENDING", "SCHEDULED"]}}}
    filters = {
        "running": {"state": {"type": {"any_": ["RUNNING"]}}},
        "pending": {**waiting, "expected_start_time": {"before_": now}},
        "scheduled": {**waiting, "expected_start_time": {"after_": now}},
    }
    counts = {}
    for name, runs in filters.items():
        try:
            answer = httpx.post(f"{url}/flow_runs/count", json={"flow_runs": runs}, timeout=5)
        except httpx.HTTPError:
            return None
        if not answer.is_success:
            return None
        counts[name] = int(answer.json())
    return counts
