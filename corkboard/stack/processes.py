"""The processes of the stack, known by marks in their environment."""

import os
import signal
from collections.abc import Iterable

import psutil

from corkboard.stack.record import TOKEN, Record

__all__ = ["PART", "end", "is_over", "leader", "marked"]

PART = "CORKBOARD_PART"


def marked(token: str, part: str | None = None) -> list[psutil.Process]:
    """Every process of this user that belongs to the stack, or to one part, whatever its parent; not this one."""
    processes = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid():
                variables = process.environ()
                if variables.get(TOKEN) == token and part in (None, variables.get(PART)):
                    processes.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
    return processes


def leader(record: Record, part: str) -> psutil.Process | None:
    """The process that the supervisor has started for a part; None if there is none right now."""
    supervisor = record.supervisor()
    try:
        children = supervisor.children() if supervisor else []
    except psutil.NoSuchProcess:
        return None
    for process in children:
        try:
            if process.status() != psutil.STATUS_ZOMBIE and process.environ().get(PART) == part:
                return process
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
    return None


def is_over(process: psutil.Process) -> bool:
    """Whether it has ended, which its variables do not tell: they are empty while it becomes another program."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def end(processes: Iterable[psutil.Process], grace_s: float) -> int:
    """Terminate, wait, and kill those that are still there; returns how many that were."""
    ending = list(processes)
    for process in ending:
        _signal(process, signal.SIGTERM)
    _, stubborn = psutil.wait_procs(ending, timeout=grace_s)
    for process in stubborn:
        _signal(process, signal.SIGKILL)
    psutil.wait_procs(stubborn, timeout=grace_s)
    return len(stubborn)


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)  # psutil checks the start time first
    except psutil.NoSuchProcess:
        return
