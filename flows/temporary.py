"""A Prefect server for the length of one run, its database in the state folder.

Without an address Prefect starts a server of its own, but only after it is imported; that one may lose the last task
states when it stops, and outlives a client that was killed. This one starts while Prefect is imported, is stopped only
once it has recorded all states, and ends when the pipe to its parent closes.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from data.environment import variables
from data.errors import UserError
from data.project import home, root

__all__ = ["Temporary", "temporary_server"]

HOST = "127.0.0.1"
READY_S = 120.0
SETTLE_S = 10.0
FINAL = ["COMPLETED", "FAILED", "CRASHED", "CANCELLED"]


@dataclass(frozen=True)
class Temporary:
    """A server that is starting; `url` is its API."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def ready(self) -> bool:
        """Whether the server answers."""
        if self.process.poll() is not None:
            raise UserError(f"Prefect's temporary server ended before it was ready; see {self.log}")
        try:
            return httpx.get(f"{self.url}/health", timeout=5).is_success
        except httpx.HTTPError:
            return False

    def wait(self) -> None:
        """Wait until the server answers."""
        until = time.monotonic() + READY_S
        while not self.ready():
            if time.monotonic() > until:
                raise UserError(f"Prefect's temporary server was not ready within {READY_S:.0f} s; see {self.log}")
            time.sleep(0.05)

    def flush(self) -> None:
        """Wait until the client has sent its events and logs; without a server it would retry for minutes."""
        from prefect.events.worker import EventsWorker
        from prefect.logging.handlers import APILogWorker

        for service in (EventsWorker, APILogWorker):
            service.drain_all(timeout=SETTLE_S)

    def settle(self, flow_run_id: str, tasks: int) -> bool:
        """Wait until the server, in the background, has recorded `tasks` final task runs of the flow run."""
        filters = {
            "flow_runs": {"id": {"any_": [flow_run_id]}},
            "task_runs": {"state": {"type": {"any_": FINAL}}},
        }
        until = time.monotonic() + SETTLE_S
        while time.monotonic() < until:
            try:
                answer = httpx.post(f"{self.url}/task_runs/count", json=filters, timeout=5)
                if answer.is_success and int(answer.json()) >= tasks:
                    return True
            except httpx.HTTPError:
                if self.process.poll() is not None:
                    return False  # the result is settled; only its record is incomplete
            time.sleep(0.05)
        return False


@contextmanager
def temporary_server() -> Iterator[Temporary]:
    """Start a server at once, without waiting for it, and stop it at the end."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    log = home() / "logs" / "prefect-temporary.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    environment = {
        **variables(),
        **os.environ,
        "PREFECT_UI_ENABLED": "0",
        "PREFECT__SERVER_EPHEMERAL": "1",  # only the services that a run needs
        "PREFECT__SERVER_FINAL": "1",
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "flows.serve_prefect", str(port)],
            cwd=root(),
            env=environment,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for the run, which still reports to the server
        )
    try:
        yield Temporary(f"http://{HOST}:{port}/api", process, log)
    finally:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert process.stdin is not None
        process.stdin.close()
