"""The rows of a local file: Parquet or delimited text in batches, whatever its size, and JSON lines as a whole."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.json as pj
import pyarrow.parquet as pq

from data.errors import UserError, short
from data.params import TextTable
from data.params.origins import FromFile
from data.sources.event_log.delimited import DelimitedRows
from data.sources.event_log.text import plain_text

__all__ = ["ParquetRows", "open_rows", "refuse_text_settings", "whole_table"]

BATCH_ROWS = 1 << 16
JSON_SUFFIXES = frozenset({".json", ".jsonl", ".ndjson"})
OF_TEXT = set(TextTable.model_fields) - set(FromFile.model_fields)


class ParquetRows:
    """The table in a Parquet file; `names` are its columns."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.names = list(pq.read_schema(path).names)

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Batches with `columns` alone, of the types that they have."""
        with pq.ParquetFile(self.path) as file:
            yield from file.iter_batches(BATCH_ROWS, columns=list(columns))


@contextmanager
def open_rows(path: Path, params: TextTable, workplace: Path) -> Iterator[ParquetRows | DelimitedRows]:
    """The table in `path`, Parquet where the file begins as Parquet does; `workplace` is for what has to be unpacked.

    Raises:
        UserError: the file is empty or no table, or not as `params` say.
    """
    if path.stat().st_size == 0:
        raise UserError(f"{path.name} is empty; expected a table")
    if _is_parquet(path):
        refuse_text_settings(path, params, "Parquet")
        yield ParquetRows(path)
        return
    with plain_text(path, params.encoding, workplace) as text:
        yield DelimitedRows(text, path.name, params)


def whole_table(path: Path, params: TextTable, workplace: Path) -> pa.Table:
    """The table in `path`, which fits into memory: Parquet, delimited text, or an object of JSON a line.

    Raises:
        UserError: the file is no table, or is not as `params` say.
    """
    if path.suffix.lower() in JSON_SUFFIXES:
        refuse_text_settings(path, params, "JSON")
        try:
            return pj.read_json(path)
        except pa.ArrowInvalid as error:
            raise UserError(
                f"{path.name} is no JSON lines, an object a line ({short(str(error))}); write it so"
            ) from error
    with open_rows(path, params, workplace) as rows:
        read = list(rows.batches(rows.names))
    return pa.Table.from_batches(read) if read else pa.table({})


def refuse_text_settings(path: Path, params: TextTable, kind: str) -> None:
    """Raise a `UserError` where `params` describe the format of text and `path` is no text."""
    given = sorted(OF_TEXT & params.model_fields_set)
    if given:
        raise UserError(f"{path.name} is {kind}; leave out {', '.join(given)}, by which text is read")


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"
