"""Ids of what the rows of a table tell: the text of a column, or made of several columns."""

import hashlib
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from data.errors import UserError
from data.params import Key, TextTable
from data.sources.event_log.columns import find_columns, require

__all__ = ["ids_in", "text_of"]

LENGTH = 16  # hexadecimal digits of an id that is made
UNIT_SEPARATOR = "\x1f"


def ids_in(
    rows: pa.Table, meaning: str, key: Key | None, usual: Mapping[str, tuple[str, ...]], params: TextTable, file: str
) -> tuple[pa.Array, str | None]:
    """The id of each row and the column that it is; of several columns an id is the hash of their values.

    Raises:
        UserError: a column is missing, or a row has no id.
    """
    if isinstance(key, tuple):
        values = [text_of(rows.column(require(column, rows.column_names, file))).to_pylist() for column in key]
        return pa.array([_made(one) for one in zip(*values, strict=True)], pa.string()), None
    column = find_columns({meaning: key}, usual, (meaning,), rows.column_names, file)[meaning]
    ids = text_of(rows.column(column))
    nameless = next((row for row, found in enumerate(ids.to_pylist(), 1) if not found), None)
    if nameless is not None:
        what = "id" if meaning == "item" else meaning
        raise UserError(
            f"{file}: no {what} ({params.called(column)}) in row {nameless}, counted from 1; give one or remove the row"
        )
    return ids, column


def text_of(column: pa.ChunkedArray) -> pa.Array:
    """The values as text without spaces around it; those that are lists, joined by a comma."""
    values = column.combine_chunks()
    if pa.types.is_list(values.type):
        values = pc.binary_join(values.cast(pa.list_(pa.string())), ", ")
    return pc.utf8_trim_whitespace(values.cast(pa.string()))


def _made(values: tuple[str | None, ...]) -> str:
    return hashlib.sha256(UNIT_SEPARATOR.join(value or "" for value in values).encode()).hexdigest()[:LENGTH]
