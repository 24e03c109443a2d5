"""What `corkboard up` started: its parts, and the process that supervises them."""

import json
from pathlib import Path

import psutil

from data.errors import UserError
from data.files import write_json
from data.params import Strict
from data.project import home

__all__ = ["Part", "Record", "forget", "load", "log_of", "path", "save"]


class Part(Strict):
    """A process and those that it starts. `port` is None, and `address` too, for a part that does not listen."""

    command: tuple[str, ...]
    address: str | None = None
    port: int | None = None


class Record(Strict):
    """`token` is in the environment of everything that the stack started, flow runs of the worker included."""

    token: str
    parts: dict[str, Part]
    host: str = "127.0.0.1"  # what the servers listen on
    pid: int | None = None  # of the supervisor
    started: float = 0.0  # seconds since the epoch, as the kernel reports it; a reused id is never taken for ours

    def supervisor(self) -> psutil.Process | None:
        """The supervisor, if it is still there."""
        try:
            process = psutil.Process(self.pid) if self.pid else None
            well = process and abs(process.create_time() - self.started) < 1
            return process if process and well and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None


def path() -> Path:
    return home() / "stack.json"


def log_of(name: str) -> Path:
    """The log of a part; older ones end in .1 to .3."""
    return home() / "logs" / f"{name}.log"


def load() -> Record | None:
    """The stack that was started and not stopped; None if there is none."""
    try:
        return Record.model_validate(json.loads(path().read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except ValueError:
        raise UserError(f"{path()} is damaged; stop what it started by hand and delete the file") from None


def save(record: Record) -> None:
    write_json(path(), record.model_dump(mode="json"))


def forget() -> None:
    path().unlink(missing_ok=True)
