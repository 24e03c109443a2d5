"""The state of the stack: which parts run and answer, and how many flow runs wait."""

from datetime import UTC, datetime
from typing import Any

import httpx

from corkboard.stack import record, services
from corkboard.stack.part import released
from corkboard.stack.processes import leader
from corkboard.stack.record import Record
from flows.server import credentials

__all__ = ["mlflow_url", "prefect_url", "stale", "standing"]

PARTS = ("prefect", "mlflow", "worker", services.DISCOVERY)


def standing() -> dict[str, Any]:
    """Each part with its state, address, process id, log and what is stale about it; and pending runs.

    A part is `healthy`, `running` (it does not answer yet), `stopped`, or `waiting` (for a first release).
    """
    loaded = record.load()
    parts = {name: _part(name, loaded) for name in PARTS}
    states = {part["state"] for part in parts.values()} - {"waiting"}
    overall = states.pop() if len(states) == 1 else "degraded"
    url = prefect_url()
    return {"state": overall, "parts": parts, "runs": _runs(url) if url else None}


def prefect_url() -> str | None:
    """The API of the stack's Prefect server if it runs and answers."""
    return _answering("prefect", record.load())


def mlflow_url() -> str | None:
    """The address of the stack's MLflow server if it runs and answers."""
    return _answering("mlflow", record.load())


def stale(loaded: Record) -> list[str]:
    """A sentence for each champion that discovery does not serve; empty if it does not answer."""
    from corkboard.discovery import proven
    from serving.discovery.declared import declared

    try:
        answer = httpx.get(f"{loaded.parts[services.DISCOVERY].address}/v1/health", timeout=5)
    except httpx.HTTPError:
        return []
    if not answer.is_success:
        return []
    served = answer.json()["systems"]
    sentences = []
    for member in declared().values():
        release = proven(member.system)
        known = served.get(member.system, {}).get("bundle_hash")
        if release is not None and release.bundle_hash != known:
            sentences.append(f"version {release.version} of {member.system} is released and not served yet")
    return sentences


def _answering(name: str, loaded: Record | None) -> str | None:
    part = loaded.parts.get(name) if loaded and loaded.supervisor() else None
    if part is None or part.address is None:
        return None
    return part.address if services.healthy(f"{part.address}/health") else None


def _part(name: str, loaded: Record | None) -> dict[str, Any]:
    log = str(record.log_of(name))
    made: dict[str, Any] = {"state": "stopped", "address": None, "pid": None, "log": log, "stale": []}
    process = leader(loaded, name) if loaded else None
    if loaded is None or process is None:
        return made
    part = loaded.parts[name]
    made |= {"state": "running", "address": part.address, "pid": process.pid}
    if services.works(name, part, str(loaded.parts["prefect"].address)):
        made["state"] = "healthy"
    elif name == services.DISCOVERY and not released():
        made["state"] = "waiting"
    if name == services.DISCOVERY and made["state"] == "healthy":
        made["stale"] = stale(loaded)
    return made


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
            answer = httpx.post(f"{url}/flow_runs/count", json={"flow_runs": runs}, timeout=5, auth=credentials())
        except httpx.HTTPError:
            return None
        if not answer.is_success:
            return None
        counts[name] = int(answer.json())
    return counts
