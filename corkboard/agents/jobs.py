"""Commands that take minutes: started in the background, watched, cancelled, and ended with the server."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from data.errors import UserError, unknown
from data.params import Strict
from serving.process import stop, with_parent

__all__ = ["COMMAND", "Job", "Jobs"]

COMMAND = (sys.executable, "-m", "corkboard")
MOST = 2  # at once; each uses all cores
STOP_S = 15.0
ENDED = {0: "done", 3: "refused", 130: "cancelled"}


class Job(Strict):
    """log: its last lines. result: the command's JSON once it has ended."""

    id: int
    command: str
    state: Literal["running", "done", "refused", "cancelled", "failed"]
    log: tuple[str, ...]
    result: dict[str, Any] | None


class Jobs:
    """The commands of this server. Safe to call from several threads."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="corkboard-jobs-")
        self._started: dict[int, tuple[str, subprocess.Popen[bytes]]] = {}
        self._cancelled: set[int] = set()
        self._lock = threading.Lock()
        self._starter = ThreadPoolExecutor(1)  # a thread that lasts: jobs end with the one that started them

    def start(self, arguments: Sequence[str]) -> Job:
        """Start `corkboard` with these arguments; raises `UserError` if too many run."""
        with self._lock:
            if sum(process.poll() is None for _, process in self._started.values()) >= MOST:
                raise UserError(f"{MOST} jobs run already; wait for one to end, or cancel one")
            number = len(self._started) + 1
            process = self._starter.submit(self._run, number, arguments).result()
            self._started[number] = (" ".join(["corkboard", *arguments]), process)
        return self.job(number)

    def _run(self, number: int, arguments: Sequence[str]) -> "subprocess.Popen[bytes]":
        with self._path(number, "out").open("wb") as out, self._path(number, "log").open("wb") as log:
            return subprocess.Popen(
                [*COMMAND, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=log,
                start_new_session=True,
                preexec_fn=with_parent,  # those who ask by stdio kill a server that takes its time to end
            )

    def job(self, number: int, lines: int = 20) -> Job:
        """How a job stands; raises `UserError` for an unknown one."""
        if number not in self._started:
            raise unknown("job", str(number), map(str, self._started))
        command, process = self._started[number]
        code = process.poll()
        ended = "cancelled" if number in self._cancelled else ENDED.get(code or 0, "failed")
        log = self._path(number, "log").read_text(encoding="utf-8", errors="replace").splitlines()
        result = None
        with suppress(ValueError):
            result = json.loads(self._path(number, "out").read_bytes())
        return Job.model_validate(
            {
                "id": number,
                "command": command,
                "state": "running" if code is None else ended,
                "log": log[-lines:],
                "result": result if isinstance(result, dict) else None,
            }
        )

    def cancel(self, number: int) -> Job:
        """Interrupt a job that runs; what it has finished is kept, and the next run continues."""
        if self.job(number).state == "running":
            self._cancelled.add(number)
            _end(self._started[number][1])
        return self.job(number)

    def close(self) -> None:
        """Cancel what runs."""
        for number in self._started:
            self.cancel(number)
        self._starter.shutdown()
        self._folder.cleanup()

    def every(self) -> list[Job]:
        return [self.job(number, 1) for number in self._started]

    def _path(self, number: int, kind: str) -> Path:
        return Path(self._folder.name) / f"{number}.{kind}"


def _end(process: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        stop(process)
