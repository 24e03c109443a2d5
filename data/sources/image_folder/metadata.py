"""Titles and attributes beside the pictures: `metadata.csv`, as Hugging Face's imagefolder has it."""

import csv
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from data.entries import Names, files_with
from data.errors import UserError

__all__ = ["METADATA", "read_metadata"]

METADATA = "metadata.csv"
TITLES = ("title", "text")  # either column is the title; every other one is an attribute


def read_metadata(folder: Path, pictures: Iterable[str]) -> tuple[dict[str, str], dict[str, dict[str, str]], list[str]]:
    """Titles and attributes by the picture's path relative to `folder`, and the names that are no picture's.

    A `metadata.csv` may lie in the folder, in a split's or in a class's; its column `file_name` counts from there.
    """
    titles: dict[str, str] = {}
    attributes: dict[str, dict[str, str]] = {}
    strays: list[str] = []
    names = Names(folder, pictures)
    for path in _tables(folder):
        base = PurePosixPath(path.parent.relative_to(folder).as_posix())
        for row in _rows(path):
            written = row.pop("file_name")
            name = names.find(written, base)
            if name is None:
                strays.append(str(base / written))
                continue
            title = next((row[column] for column in TITLES if row.get(column)), "")
            if title:
                titles[name] = title
            attributes[name] = {key: value for key, value in row.items() if key not in TITLES and value}
    return titles, attributes, strays


def _tables(folder: Path) -> list[Path]:
    return [folder / path for path in files_with(folder, [".csv"]) if PurePosixPath(path).name == METADATA]


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path} is not a UTF-8 table with commas ({error}); correct or remove it") from error
    for number, row in enumerate(rows, 2):
        if not row.get("file_name") or None in row or None in row.values():
            raise UserError(f"{path} line {number}: every row needs a file_name and as many cells as there are columns")
    return rows
