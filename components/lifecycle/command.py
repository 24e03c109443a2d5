"""Steps that run as commands of their own, so that what serves never shares a process with what trains."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from data.environment import variables
from data.errors import UserError

__all__ = ["COMMANDS", "Commands", "answer"]

TIMEOUT_S = 900.0
STOP_S = 30.0  # for the command to stop its own processes, which it gives twice 10 s


class Commands(NamedTuple):
    """How packaging, the smoke test and the reading of tombstones are started."""

    package: tuple[str, ...] = (sys.executable, "-m", "serving.package")
    smoke: tuple[str, ...] = (sys.executable, "-m", "serving.smoke")
    erased: tuple[str, ...] = (sys.executable, "-m", "serving.erased")


COMMANDS = Commands()


def answer(command: Sequence[str], doing: str) -> dict[str, Any]:
    """Run a command and read the JSON object on the last line of its output.

    Raises:
        UserError: there was none; the message is the last line of the command's errors.
    """
    checkout = str(Path(__file__).resolve().parents[2])
    paths = [checkout, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**variables(), **os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    process = subprocess.Popen(
        list(command),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    )
    try:
        output, errors = process.communicate(timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        raise UserError(f"{doing} was not done after {TIMEOUT_S:.0f} s; run `{' '.join(command)}` to see why") from None
    finally:
        _end(process)
    result = _last_object(output)
    if result is None:
        lines = errors.strip().splitlines() or [f"it ended with exit code {process.returncode} and no answer"]
        raise UserError(f"{doing} failed: {lines[-1].strip().removeprefix('corkboard: ')}")
    return result


def _end(process: "subprocess.Popen[str]") -> None:
    """Terminate a command and its process group, then kill what is left."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            os.killpg(process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=STOP_S)


def _last_object(output: str) -> dict[str, Any] | None:
    lines = output.strip().splitlines()
    try:
        content = json.loads(lines[-1]) if lines else None
    except ValueError:
        return None
    return content if isinstance(content, dict) else None
