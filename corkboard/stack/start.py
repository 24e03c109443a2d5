"""Bring the whole stack up, or nothing of it."""

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from corkboard.ports import check_port
from corkboard.stack import record
from corkboard.stack.automation import install
from corkboard.stack.processes import alive, clear, start, stop
from corkboard.stack.record import Part, Record
from corkboard.stack.services import HOST, Service, environment, mlflow, prefect, worker
from data.errors import UserError
from data.locks import locked
from data.project import home

__all__ = ["bring_up", "changing", "take_down"]

GRACE_S = 20.0


@contextmanager
def changing() -> Iterator[None]:
    """Hold the stack while it is started or stopped; a second command is told so."""

    def busy() -> None:
        raise UserError("another `corkboard up` or `corkboard down` is at work; wait for it to end")

    with locked(home() / "locks" / "stack.lock", busy):
        yield


def bring_up(prefect_port: int, mlflow_port: int, timeout_s: float, tell: Callable[[str], None]) -> Record:
    """Start what is not running, wait until all of it is ready, and remember it.

    Parts that a crash took away are started again on the ports they had.

    Raises:
        UserError: a port is in use, or a part did not get ready; what this call started is stopped again.
    """
    before = record.load() or Record(token=uuid4().hex, parts={})
    kept = {name: part for name, part in before.parts.items() if alive(part)}
    for name, part in before.parts.items():
        if name not in kept:
            clear(part, before.token)
    servers = [service for service in (prefect(prefect_port), mlflow(mlflow_port)) if service.name not in kept]
    if prefect_port == mlflow_port and len(servers) > 1:
        raise UserError(f"prefect and mlflow cannot share port {mlflow_port}; choose another by --mlflow-port")
    for service in servers:
        assert service.port is not None
        assert service.option is not None
        check_port(HOST, service.port, service.name, service.option)
    url = kept["prefect"].address if "prefect" in kept else prefect(prefect_port).address
    pages = kept["mlflow"].address if "mlflow" in kept else mlflow(mlflow_port).address
    assert url is not None
    assert pages is not None
    variables = environment(before.token, url, pages)
    started: dict[str, Part] = {}
    try:
        for service in servers:
            started[service.name] = _start(service, variables)
            record.save(Record(token=before.token, parts={**kept, **started}))
        for service in servers:
            tell(f"waiting for {service.name} at {service.address}")
            _wait(service, started[service.name], timeout_s)
        os.environ["PREFECT_API_URL"] = url
        asyncio.run(install())
        if "worker" not in kept:
            service = worker(url)
            started["worker"] = _start(service, variables)
            record.save(Record(token=before.token, parts={**kept, **started}))
            tell("waiting for the worker")
            _wait(service, started["worker"], timeout_s)
    except BaseException:
        stop(reversed(started.values()), GRACE_S)
        if kept:
            record.save(Record(token=before.token, parts=kept))
        else:
            record.forget()
        raise
    complete = Record(token=before.token, parts={**kept, **started})
    record.save(complete)
    return complete


def take_down() -> tuple[list[str], int]:
    """Stop all of the stack: the worker first, so that it can end its runs. Returns what was stopped and killed."""
    found = record.load()
    if found is None:
        return [], 0
    running: list[str] = [
        name for name in ("worker", "mlflow", "prefect") if name in found.parts and alive(found.parts[name])
    ]
    killed = stop([found.parts[name] for name in running], GRACE_S, found.token)
    record.forget()
    return running, killed


def _start(service: Service, variables: dict[str, str]) -> Part:
    return start(service.command, variables, home() / "logs" / f"{service.name}.log", service.address)


def _wait(service: Service, part: Part, timeout_s: float) -> None:
    until = time.monotonic() + timeout_s
    while not service.ready():
        if not alive(part):
            raise UserError(
                f"{service.name} ended before it was ready; its last words are in {part.log}: {_last(part)}"
            )
        if time.monotonic() > until:
            raise UserError(f"{service.name} was not ready within {timeout_s:.0f} s; see {part.log}")
        time.sleep(0.2)


def _last(part: Part) -> str:
    lines = Path(part.log).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1].strip() if lines else "none"
