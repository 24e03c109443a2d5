"""Starts and stops the whole stack."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import uuid4

import psutil

from components.lifecycle.artifacts import check_artifacts
from corkboard.ports import check_exposed, check_port
from corkboard.stack import record
from corkboard.stack.databases import create_databases
from corkboard.stack.processes import end, is_over, leader, marked
from corkboard.stack.record import Record
from corkboard.stack.services import DISCOVERY, HOST, PORTS, environment, parts, works
from data.errors import UserError
from data.locks import locked
from data.project import home, root
from flows.server import check_server

__all__ = ["bring_up", "changing", "take_down"]

SUPERVISOR = "supervisor"
GRACE_S = 30.0  # more than the parts have in `supervisor.py`


@contextmanager
def changing() -> Iterator[None]:
    """Hold the stack while it is started or stopped; a second command is refused."""

    def busy() -> None:
        raise UserError("another `corkboard up` or `corkboard down` is at work; wait for it to end")

    with locked(home() / "locks" / "stack.lock", busy):
        yield


def bring_up(
    wanted: Mapping[str, int | None], timeout_s: float, tell: Callable[[str], None], host: str | None = None
) -> Record:
    """Start the stack unless it runs, and wait until all works.

    wanted: a port for each server, None for the one that it had or its usual one. host: what the servers listen on,
    None for what they did or the loopback. Discovery is not waited for while nothing is released.

    Raises:
        UserError: a port is in use, other machines could reach a server without a password, the database or the bucket
            is out of reach, or a part did not get ready; what this call started is stopped again.
    """
    before = record.load()
    kept = before is not None and before.supervisor() is not None
    had = {name: before.parts[name].port if before else None for name in PORTS}
    for name, port in wanted.items():
        if kept and port not in (None, had[name]):
            raise UserError(f"{name} runs on port {had[name]}; run `corkboard down` first to have it on port {port}")
    begun: datetime | None = None
    if kept:
        assert before is not None
        if host not in (None, before.host):
            raise UserError(f"the servers listen on {before.host}; run `corkboard down` first to have {host}")
        running_stack = before
    else:
        if before is not None:
            end(marked(before.token), GRACE_S)
        begun = datetime.now(UTC)  # nothing of a former stack is alive
        ports = {name: wanted[name] or had[name] or usual for name, usual in PORTS.items()}
        running_stack = _start(ports, host or (before.host if before else HOST))
    try:
        _ready(running_stack, timeout_s, tell, begun)
    except BaseException:
        if not kept:
            take_down()
            if before is not None:
                record.save(before)  # it knows the ports
        raise
    return running_stack


def _start(ports: dict[str, int], host: str) -> Record:
    check_exposed(host)
    twice = [name for name in ports if list(ports.values()).count(ports[name]) > 1]
    if twice:
        raise UserError(
            f"{' and '.join(twice)} cannot share port {ports[twice[0]]}; choose another by --{twice[-1]}-port"
        )
    for name, port in ports.items():
        check_port(host, port, name, f"--{name}-port")
    check_artifacts()
    create_databases()
    made = Record(token=uuid4().hex, parts=parts(ports, host), host=host)
    record.save(made)
    log = record.log_of(SUPERVISOR)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "corkboard.stack.supervisor"],
            cwd=root(),
            env=environment(made.token, made.parts),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    made = made.model_copy(update={"pid": process.pid})
    record.save(made)
    return made


def _ready(running_stack: Record, timeout_s: float, tell: Callable[[str], None], begun: datetime | None) -> None:
    from corkboard.stack.part import released

    url = str(running_stack.parts["prefect"].address)
    for name in ("prefect", "mlflow", "worker", DISCOVERY):
        if name == DISCOVERY and not released():
            continue
        tell(f"waiting for {name}")
        _wait(running_stack, name, url, timeout_s)
        if name == "prefect":
            os.environ["PREFECT_API_URL"] = url
            check_server(url)
            from flows.automations import install
            from flows.dead_runs import mark_left_runs

            asyncio.run(install())
            if begun is not None:
                asyncio.run(mark_left_runs(begun))


def _wait(running_stack: Record, name: str, url: str, timeout_s: float) -> None:
    until = time.monotonic() + timeout_s
    first = None
    while not works(name, running_stack.parts[name], url):
        first = first or _seen(running_stack, name)
        if running_stack.supervisor() is None or (first is not None and is_over(first)):
            raise UserError(
                f"{name} ended before it was ready; its last words are in {record.log_of(name)}: {_last(name)}"
            )
        if time.monotonic() > until:
            raise UserError(f"{name} was not ready within {timeout_s:.0f} s; see {record.log_of(name)}")
        time.sleep(0.2)


def _seen(running_stack: Record, name: str) -> psutil.Process | None:
    """Its process, looked for often, as one that ends at once is there for some hundredths of a second."""
    for _ in range(20):
        if process := leader(running_stack, name):
            return process
        time.sleep(0.01)
    return None


def _last(name: str) -> str:
    try:
        lines = record.log_of(name).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except FileNotFoundError:
        lines = []
    return lines[-1].strip() if lines else "none"


def take_down() -> tuple[list[str], int]:
    """Stop all of the stack and its flow runs. Returns what was stopped, and how many processes had to be killed."""
    running_stack = record.load()
    if running_stack is None:
        return [], 0
    running = [name for name in running_stack.parts if leader(running_stack, name)]
    supervisor = running_stack.supervisor()
    killed = end([supervisor], GRACE_S) if supervisor else 0
    killed += end(marked(running_stack.token), GRACE_S)
    record.forget()
    return running, killed
