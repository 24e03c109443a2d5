"""Starts the whole stack, or nothing of it."""

import asyncio
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
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
PREFECT_PORT, MLFLOW_PORT = 4200, 5000


@contextmanager
def changing() -> Iterator[None]:
    """Hold the stack while it is started or stopped; a second command is refused."""

    def busy() -> None:
        raise UserError("another `corkboard up` or `corkboard down` is at work; wait for it to end")

    with locked(home() / "locks" / "stack.lock", busy):
        yield


def bring_up(
    prefect_port: int | None, mlflow_port: int | None, timeout_s: float, tell: Callable[[str], None]
) -> Record:
    """Start what is not running, wait until all of it is ready, and record it.

    A part that crashed is started again on its former port, where the others expect it.

    Raises:
        UserError: a port is in use, or a part did not get ready; what this call started is stopped again.
    """
    before = record.load() or Record(token=uuid4().hex, parts={})
    kept = {name: part for name, part in before.parts.items() if alive(part)}
    for name, part in before.parts.items():
        if name not in kept:
            clear(part, before.token)
    at_prefect = prefect(_port("prefect", prefect_port, PREFECT_PORT, before, kept))
    at_mlflow = mlflow(_port("mlflow", mlflow_port, MLFLOW_PORT, before, kept))
    if at_prefect.port == at_mlflow.port:
        raise UserError(f"prefect and mlflow cannot share port {at_mlflow.port}; choose another by --mlflow-port")
    servers = [service for service in (at_prefect, at_mlflow) if service.name not in kept]
    for service in servers:
        assert service.port is not None
        assert service.option is not None
        check_port(HOST, service.port, service.name, service.option)
    url, pages = at_prefect.address, at_mlflow.address
    assert url is not None
    assert pages is not None
    variables = environment(before.token, url, pages)
    started: dict[str, Part] = {}

    def begin(service: Service) -> None:
        started[service.name] = _start(service, variables)
        record.save(_with(before, started))

    try:
        for service in servers:
            begin(service)
        for service in servers:
            tell(f"waiting for {service.name} at {service.address}")
            _wait(service, started[service.name], timeout_s)
        os.environ["PREFECT_API_URL"] = url
        asyncio.run(install())
        if "worker" not in kept:
            service = worker(url)
            begin(service)
            tell("waiting for the worker")
            _wait(service, started["worker"], timeout_s)
    except BaseException:
        _undo(before, kept, started)
        raise
    return _with(before, started)


def _port(name: str, wanted: int | None, default: int, before: Record, kept: Mapping[str, Part]) -> int:
    """The port of a server: its former one, unless another is wanted and possible."""
    part = before.parts.get(name)
    had = urlsplit(part.address).port if part and part.address else None
    if had is None:
        return wanted or default
    if wanted not in (None, had) and kept:
        raise UserError(
            f"{name} is on port {had} for the parts that run ({', '.join(kept)}); run `corkboard down` first to have "
            f"it on port {wanted}"
        )
    return wanted or had


def _with(before: Record, started: Mapping[str, Part]) -> Record:
    """The record with the started parts. Dead parts stay in it until they run again, since it holds their ports."""
    return Record(token=before.token, parts={**before.parts, **started})


def _undo(before: Record, kept: Mapping[str, Part], started: dict[str, Part]) -> None:
    """Stop the started parts, and the orphans of those that ended by themselves."""
    stop(reversed(started.values()), GRACE_S, None if kept else before.token)
    for part in started.values():
        clear(part, before.token)
    if before.parts:
        record.save(before)
    else:
        record.forget()


def take_down() -> tuple[list[str], int]:
    """Stop all of the stack: the worker first, so that it can end its runs. Returns what was stopped and killed."""
    running_stack = record.load()
    if running_stack is None:
        return [], 0
    running: list[str] = [
        name
        for name in ("worker", "mlflow", "prefect")
        if name in running_stack.parts and alive(running_stack.parts[name])
    ]
    killed = stop([running_stack.parts[name] for name in running], GRACE_S, running_stack.token)
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
