"""Start and stop processes as groups."""

import os
import signal
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import psutil

from corkboard.stack.record import Part
from data.project import root

__all__ = ["TOKEN", "alive", "clear", "marked", "start", "stop"]

TOKEN = "CORKBOARD_STACK"  # noqa: S105
CLEAR_S = 10.0


def start(command: Sequence[str], environment: Mapping[str, str], log: Path, address: str | None) -> Part:
    """Start `command` in a new session, its output appended to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            list(command),
            cwd=root(),
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Part(pid=process.pid, started=psutil.Process(process.pid).create_time(), address=address, log=str(log))


def alive(part: Part) -> bool:
    """Whether the process that was started is still there, and not another one under its id."""
    try:
        process = psutil.Process(part.pid)
        return abs(process.create_time() - part.started) < 1 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def marked(token: str) -> list[psutil.Process]:
    """Every process of this user with `token` in its environment, whatever its parent and group."""
    processes = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(TOKEN) == token:
                processes.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
    return processes


def stop(parts: Iterable[Part], grace_s: float, token: str | None = None) -> int:
    """End the groups in the order given, then every other process with `token`; returns how many had to be killed."""
    killed = 0
    for part in parts:
        if alive(part):
            killed += _end(_members(part.pid), grace_s)
    return killed + (_end(marked(token), grace_s) if token else 0)


def clear(part: Part, token: str) -> None:
    """End the processes that a dead leader left in its group, such as a server's workers that still hold its port."""
    orphans = {process.pid for process in marked(token)}
    _end([process for process in _members(part.pid) if process.pid in orphans], CLEAR_S)


def _members(group: int) -> list[psutil.Process]:
    """The processes of a group, its leader first."""
    processes = []
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) == group:
                processes.append(process)
        except (ProcessLookupError, PermissionError):
            continue
    return sorted(processes, key=lambda process: process.pid != group)


def _end(processes: list[psutil.Process], grace_s: float) -> int:
    """Terminate, wait, and kill those that are still there."""
    for process in processes:
        _signal(process, signal.SIGTERM)
    _, stubborn = psutil.wait_procs(processes, timeout=grace_s)
    for process in stubborn:
        _signal(process, signal.SIGKILL)
    psutil.wait_procs(stubborn, timeout=grace_s)
    return len(stubborn)


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)  # psutil checks the start time first
    except psutil.NoSuchProcess:
        return
