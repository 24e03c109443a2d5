"""Ids of what the rows of a table tell: the text of a column, or made of several columns."""

import hashlib
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from data.errors import UserError, short
from data.params import Key, TextTable
from data.sources.event_log.columns import find_columns, require

__all__ = ["ids_in", "text_of", "whole_ids"]

MOST_WHOLE = 2.0**53  # beyond it doubles skip whole numbers
IDS = (
    pa.types.is_integer,
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_string_view,
    pa.types.is_dictionary,
    pa.types.is_null,
)
LENGTH = 16  # hexadecimal digits of an id that is made
UNIT_SEPARATOR = "\x1f"


def ids_in(
    rows: pa.Table, meaning: str, key: Key | None, usual: Mapping[str, tuple[str, ...]], params: TextTable, file: str
) -> tuple[pa.Array, str | None]:
    """The id of each row and the column that it is; of several columns an id is the hash of their values.

    Raises:
        UserError: a column is missing, or a row has no id, or one that is neither text nor a whole number.
    """
    if isinstance(key, tuple):
        values = [text_of(rows.column(require(column, rows.column_names, file))).to_pylist() for column in key]
        parts = list(zip(*values, strict=True))
        bare = next((row for row, one in enumerate(parts, 1) if not any(one)), None)
        if bare is not None:
            raise UserError(
                f"{file}: row {bare}, counted from 1, has nothing in any column of its {meaning}; remove it"
            )
        return pa.array([_made(one) for one in parts], pa.string()), None
    column = find_columns({meaning: key}, usual, (meaning,), rows.column_names, file)[meaning]
    ids = whole_ids(rows.column(column).combine_chunks(), 0, f"{params.called(column)} of {file}")
    nameless = next((row for row, found in enumerate(ids.to_pylist(), 1) if not found), None)
    if nameless is not None:
        what = "id" if meaning == "item" else meaning
        raise UserError(
            f"{file}: no {what} ({params.called(column)}) in row {nameless}, counted from 1; give one or remove the row"
        )
    return ids, column


def text_of(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """The values as text without spaces around it; those that are lists, joined by a comma.

    Numbers are whole where all are, as tables with gaps hold 3.0 for 3.
    """
    values = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_list(values.type):
        values = pc.binary_join(values.cast(pa.list_(pa.string())), ", ")
    elif pa.types.is_floating(values.type) and _fraction(values) is None:
        values = values.cast(pa.int64())
    return pc.utf8_trim_whitespace(values.cast(pa.string()))


def whole_ids(column: pa.Array, row: int, what: str) -> pa.Array:
    """Ids as text; `row` is the number of the first, and `what` says whose they are, for the message.

    Raises:
        UserError: one is a number that is not whole, or no number and no text.
    """
    kind = column.type
    if pa.types.is_floating(kind):
        place = _fraction(column)
        if place is not None:
            found = column[place].as_py()
            raise UserError(f"row {row + place + 1}: {what} is {found!r}; ids have to be text or whole numbers")
    elif not any(known(kind) for known in IDS):
        raise UserError(f"{what} is {short(str(kind))}; ids have to be text or whole numbers")
    return text_of(column)


def _fraction(numbers: pa.Array) -> int | None:
    """The place of the first number that is not whole, or too large for a table of doubles to hold whole numbers."""
    odd = pc.or_(pc.not_equal(pc.floor(numbers), numbers), pc.greater(pc.abs(numbers), MOST_WHOLE))
    odd = pc.fill_null(pc.or_kleene(odd, pc.is_nan(numbers)), False)
    place = int(pc.index(odd, True).as_py())
    return place if place >= 0 else None


def _made(values: tuple[str | None, ...]) -> str:
    return hashlib.sha256(UNIT_SEPARATOR.join(value or "" for value in values).encode()).hexdigest()[:LENGTH]
