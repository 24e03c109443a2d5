"""Rows of delimited text in batches, whatever its size, read by DuckDB as `params.yaml` says."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from data.errors import UserError, quoted, short
from data.params import TextTable
from data.sources.event_log.text import first_lines

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

__all__ = ["DelimitedRows", "detect_delimiter", "split"]

BATCH_ROWS = 1 << 16
NAMES = {",": "commas", ";": "semicolons", "\t": "tabs"}
NOTHING = ("", "\\N")  # cells without a value; databases write the second
UNCLOSED = (
    '{line} has a quote that is not closed where its value ends; correct it, or set `quote: ""` in params.yaml where '
    "quotes are part of the text"
)
# Rows come in the order of the file; nothing is fetched from anywhere.
SETTINGS: dict[str, Any] = {
    "memory_limit": "2GB",
    "preserve_insertion_order": True,
    "autoinstall_known_extensions": False,
}


class DelimitedRows:
    """The table in a file of plain text; `names` are its columns, "1", "2" … where the file has no names.

    Values are text, null where a cell is empty or `\\N`, as databases write it.
    """

    def __init__(self, path: Path, file: str, params: TextTable) -> None:
        self.path, self.file, self.params = path, file, params
        lines = first_lines(path)
        blank = next((place for place, line in enumerate(lines) if line.strip()), None)
        if blank is None:
            raise UserError(f"{file} is empty; expected a table")
        given = [line for line in lines[blank:] if line.strip()]
        self.delimiter = params.delimiter or detect_delimiter(given, params.quote, file)
        first = self._first(lines, blank)
        self.skipped = blank + 1 if params.header else blank
        self.names = first if params.header else [str(place) for place in range(1, len(first) + 1)]

    def _first(self, lines: Sequence[str], start: int) -> list[str]:
        """The cells of the first row, which may take several lines."""
        for end in range(start + 1, len(lines) + 1 if self.params.multiline else start + 2):
            cells = split("\n".join(lines[start:end]), self.delimiter, self.params.quote)
            if cells is not None:
                return cells
        raise UserError(f"{self.file} {UNCLOSED.format(line=f'line {start + 1}')}")

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Batches with `columns` alone.

        Raises:
            UserError: a line has more or fewer columns than the first, a quote is not closed, a value spans lines
                though `multiline` is not set, or a column's name is there twice.
        """
        for name in columns:
            if self.names.count(name) > 1:
                raise UserError(f"{self.file} has several columns called {quoted(name)}; give each a name of its own")
        row = 0
        with self._reading() as connection:
            for batch in self._rows(connection, columns).to_arrow_reader(BATCH_ROWS):
                *arrays, spans = batch.columns
                self._check(spans, row)
                row += batch.num_rows
                yield pa.RecordBatch.from_arrays(arrays, names=list(columns))

    def _rows(self, connection: "DuckDBPyConnection", columns: Sequence[str]) -> "DuckDBPyRelation":
        """`columns`, and the position of a column whose value contains a line break, null where none does."""
        cells = [f"c{place}" for place in range(len(self.names))]
        # in every column, since an unclosed quote may swallow rows in a column that is not read
        spans = " ".join(f"WHEN contains({cell}, chr(10)) THEN {place}" for place, cell in enumerate(cells))
        read = connection.read_csv(
            str(self.path),
            auto_detect=False,
            compression="none",  # whatever the name ends in
            columns=dict.fromkeys(cells, "VARCHAR"),
            header=False,
            skiprows=self.skipped,
            delimiter=self.delimiter,
            quotechar=self.params.quote,
            escapechar=self.params.quote,
            na_values=list(NOTHING),
        )
        return read.project(", ".join([*(cells[self.names.index(name)] for name in columns), f"CASE {spans} END"]))

    def _check(self, spans: pa.Array, row: int) -> None:
        if self.params.multiline or spans.null_count == len(spans):
            return
        place = pc.index(pc.is_valid(spans), True).as_py()
        raise UserError(
            f"{self.file} row {row + place + 1}, counted from 1: the value of the column "
            f"{quoted(self.names[spans[place].as_py()])} goes on in the next line; set `multiline: true` where that is "
            f'meant, or `quote: ""` where quotes are part of the text'
        )

    @contextmanager
    def _reading(self) -> "Iterator[DuckDBPyConnection]":
        import duckdb

        with duckdb.connect(config=SETTINGS) as connection:
            try:
                yield connection
            except (duckdb.InvalidInputException, OSError) as error:  # the latter from batches after the first
                if getattr(error, "errno", None) is not None:
                    raise
                raise UserError(f"{self.file} {_sentence(str(error), len(self.names))}") from error


def detect_delimiter(lines: Sequence[str], quote: str, file: str) -> str:
    """The only candidate in the first line, or the only one that gives all `lines` equally many cells; else a comma.

    Raises:
        UserError: several do.
    """
    present = [one for one in NAMES if len(split(lines[0], one, quote) or ()) > 1]
    if len(present) > 1:
        even = [one for one in present if len({len(split(line, one, quote) or ()) for line in lines}) == 1]
        if len(even) != 1:
            names = " or ".join(NAMES[one] for one in present)
            raise UserError(f"{file} may be separated by {names}; set `delimiter` in params.yaml")
        present = even
    return present[0] if present else ","


def split(text: str, delimiter: str, quote: str) -> list[str] | None:
    """The cells of a row, without the quotes around them; None where a quote is not closed."""
    if not quote or quote not in text:
        return text.split(delimiter)
    cells, start, inside, closed = [], 0, False, -1
    for match in re.finditer(f"{re.escape(quote)}|{re.escape(delimiter)}", text):
        if match.group() == delimiter:
            if not inside:
                cells.append(text[start : match.start()])
                start = match.end()
        elif inside:
            inside, closed = False, match.end()
        else:  # a quote opens at the start of a cell; doubled, it is part of the text
            inside = match.start() in (start, closed)
    cells.append(text[start:])
    return None if inside else [_unquoted(cell, quote) for cell in cells]


def _unquoted(cell: str, quote: str) -> str:
    if len(cell) > 1 and cell.startswith(quote) and cell.endswith(quote):
        return cell[1:-1].replace(quote * 2, quote)
    return cell


def _sentence(error: str, columns: int) -> str:
    """DuckDB's error in one sentence, without the line itself, which may be long or binary."""
    match = re.search(r"CSV Error on Line: (\d+)", error)
    line = f"line {match[1]}" if match else "cannot be read as a table: a line"
    if counted := re.search(r"Expected Number of Columns: \d+ Found: (\d+)", error):
        return (
            f"{line} has {counted[1]} columns and the first one {columns}; correct it, or `delimiter` and `quote` in "
            f"params.yaml"
        )
    if "unterminated quote" in error or "Maximum line size" in error:
        return UNCLOSED.format(line=line)
    return f"cannot be read as a table ({short(error)})"
