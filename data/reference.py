"""The shares of the categories in the last version of a data set that passed validation."""

import json
from pathlib import Path

from data.files import write_json
from data.project import home

__all__ = ["path_of", "read_reference", "write_reference"]


def path_of(name: str) -> Path:
    """The file of the shares; removing it accepts an intended change."""
    return home() / "reference" / f"{name}.json"


def read_reference(name: str) -> dict[str, float] | None:
    """Shares of the categories, or None if no version of the data set has passed yet."""
    path = path_of(name)
    return json.loads(path.read_text(encoding="utf-8"))["shares"] if path.is_file() else None


def write_reference(name: str, version: str, shares: dict[str, float]) -> None:
    write_json(path_of(name), {"version": version, "shares": shares})
