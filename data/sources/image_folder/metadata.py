"""Titles and attributes beside the pictures: `metadata.csv`, as Hugging Face's imagefolder has it."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from data.entries import Names, files_with
from data.errors import UserError, short

__all__ = ["METADATA", "read_metadata"]

METADATA = "metadata.csv"
TITLES = ("title", "text")  # either column is the title; every other one is an attribute


def read_metadata(folder: Path, pictures: Iterable[str]) -> tuple[dict[str, str], dict[str, dict[str, str]], list[str]]:
    """Titles and attributes by the picture's path relative to `folder`, and the names that are no picture's.

    A `metadata.csv` may lie in the folder, in a split's or in a class's; its column `file_name` counts from there.

    Raises:
        UserError: a table cannot be read, a value in it takes in other rows, or rows say different things of a picture.
    """
    said: dict[str, dict[str, str]] = {}
    strays: list[str] = []
    names = Names(folder, pictures)
    for path in _tables(folder):
        base = PurePosixPath(path.parent.relative_to(folder).as_posix())
        for line, row in _rows(path):
            _whole(path, line, row, names, base)
            written = row.pop("file_name")
            name = names.find(written, base)
            if name is None:
                strays.append(str(base / written))
                continue
            title = next((row[column] for column in TITLES if row.get(column)), "")
            given = {key: value for key, value in row.items() if key not in TITLES and value}
            if title:
                given[TITLES[0]] = title
            known = said.setdefault(name, {})
            if any(known.get(column, value) != value for column, value in given.items()):
                raise UserError(f"{path} line {line}: another row says something else of {short(written)}; keep one")
            known |= given
    titles = {name: known.pop(TITLES[0]) for name, known in said.items() if TITLES[0] in known}
    return titles, said, strays


def _whole(path: Path, line: int, row: dict[str, str], names: Names, base: PurePosixPath) -> None:
    """Raise `UserError` if a value goes on in lines that are rows: a quote that is not closed swallows them."""
    place = list(row).index("file_name")
    for column, value in row.items():
        for below in value.splitlines()[1:]:
            cells = below.split(",")
            if len(cells) >= len(row) and names.find(cells[place].strip('"'), base):
                raise UserError(f"{path} line {line}: the value of {column} takes in the rows below; close its quote")


def _tables(folder: Path) -> list[Path]:
    return [folder / path for path in files_with(folder, [".csv"]) if PurePosixPath(path).name == METADATA]


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a table, each with the line that it starts in."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            line = 2
            for row in reader:
                if not row.get("file_name") or None in row or None in row.values():
                    raise UserError(
                        f"{path} line {line}: every row needs a file_name and as many cells as there are columns"
                    )
                yield line, row
                line = reader.line_num + 1
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path} is not a UTF-8 table with commas ({error}); correct or remove it") from error
