"""What `corkboard up` started: its parts, and the process that supervises them."""

import json
from pathlib import Path

import psutil

from data.errors import UserError
from data.files import write_json
from data.params import Strict
from data.project import home

__all__ = ["TOKEN", "Part", "Record", "forget", "load", "log_of", "path", "save"]


TOKEN = "CORKBOARD_STACK"  # noqa: S105, in the environment of everything that the stack started


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

    def supervisor(self) -> psutil.Process | None:
        """The supervisor, if it is still there. Its token tells it from a process that has its id by now.

        The time of its start would not: it moves with the machine's clock.
        """
        try:
            process = psutil.Process(self.pid) if self.pid else None
            ours = process is not None and process.environ().get(TOKEN) == self.token
            return process if process and ours and process.status() != psutil.STATUS_ZOMBIE else None
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
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
