"""What `corkboard up` started: process ids with start times, so that a reused id is never taken for ours."""

import json
from pathlib import Path

from data.errors import UserError
from data.files import write_json
from data.params import Strict
from data.project import home

__all__ = ["Part", "Record", "forget", "load", "path", "save"]


class Part(Strict):
    """One process, the leader of its own process group."""

    pid: int
    started: float  # seconds since the epoch, as the kernel reports it
    address: str | None
    log: str


class Record(Strict):
    """`token` is in the environment of everything that the stack started, flow runs of the worker included."""

    token: str
    parts: dict[str, Part]


def path() -> Path:
    return home() / "stack.json"


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
