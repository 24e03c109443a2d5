"""A packaged service as a process: started on a loopback port, awaited, and stopped with all of its workers."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from typing import IO

from data.errors import UserError
from serving.store import store

__all__ = ["ONE_THREAD", "alone", "free_port", "port_is_free", "running", "serve_command", "stop", "with_parent"]

START_TIMEOUT_S = 90.0
STOP_TIMEOUT_S = 10.0
# One thread a request: idle threads of numpy and faiss spin on cores that other requests need.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
PR_SET_PDEATHSIG = 1  # linux/prctl.h


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def serve_command(tag: str, host: str, port: int) -> list[str]:
    """`bentoml serve`, with this interpreter."""
    return [sys.executable, "-m", "bentoml", "serve", tag, "--host", host, "--port", str(port)]


def alone(home: str) -> dict[str, str]:
    """Environment of a service that shares nothing with others: it has no events, API keys or policy of exposure.

    home: an empty folder for its state. Bentos come from the present store.
    """
    return {
        "CORKBOARD_HOME": home,
        "CORKBOARD_STATE_URL": "",
        "CORKBOARD_KEYS": "",
        "CORKBOARD_EXPOSURE": "",
        "BENTOML_HOME": str(store()),
    }


@contextlib.contextmanager
def running(command: list[str], port: int, environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """Run a service that listens on loopback `port` until the block ends; yields its address once it is ready.

    The processes form a group of their own that is stopped as one, also when this process dies.

    Raises:
        UserError: it ended or was not ready in time; the message ends with the last line of its log.
    """
    address = f"http://127.0.0.1:{port}"
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with tempfile.TemporaryFile() as log, tempfile.TemporaryDirectory() as elsewhere:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=elsewhere,  # outside the checkout, so that only what is packaged is imported
            env={**inherited, **(environment or {})},
            start_new_session=True,
            preexec_fn=with_parent,
        )
        try:
            _wait(process, f"{address}/readyz", log)
            yield address
        finally:
            stop(process)


def stop(process: "subprocess.Popen[bytes]") -> None:
    """End a process and its group: SIGTERM first, then SIGKILL."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_TIMEOUT_S)


def with_parent() -> None:
    """In a new process: let it be told to end when the thread ends that started it, where Linux can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _wait(process: "subprocess.Popen[bytes]", address: str, log: IO[bytes]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise UserError(f"the service ended with exit code {process.returncode} before it was ready: {_last(log)}")
        with (
            contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError),
            urllib.request.urlopen(address, timeout=2),  # noqa: S310
        ):
            return
        time.sleep(0.05)
    raise UserError(f"the service was not ready after {START_TIMEOUT_S:.0f} s: {_last(log)}")


def _last(log: IO[bytes]) -> str:
    log.seek(0)
    lines = [line.strip() for line in log.read().decode(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else "it wrote no log"
