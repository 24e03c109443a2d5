"""Times as whole seconds since 1970 in UTC, from seconds, milliseconds, microseconds, text and Arrow's own."""

from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from data.errors import UserError, quoted

__all__ = ["Unit", "seconds", "unit_of"]

Unit = Literal["s", "ms", "us", "iso"]
PER_S = {"s": 1, "ms": 1_000, "us": 1_000_000}


def unit_of(column: pa.Array) -> Unit | None:
    """Seconds where there are numbers, ISO 8601 where there is other text; None where all is null."""
    if pa.types.is_temporal(column.type):
        return "iso"
    if not pa.types.is_string(column.type) and not pa.types.is_large_string(column.type):
        return "s"
    given = column.drop_null()
    if not len(given):
        return None
    return "s" if pc.match_substring_regex(given[0], r"^\s*[-+]?[0-9.]+(e[0-9]+)?\s*$").as_py() else "iso"


def seconds(column: pa.Array, unit: Unit, row: int, name: str) -> pa.Array:
    """The column as int64 seconds, rounded down; `row` is the number of its first row and `name`
    says whose times they are, for the messages.

    Raises:
        UserError: a value is no time in that unit, or only some have a zone; names the row, counted from 1 after the
            line of names.
    """
    try:
        return _seconds(column, unit)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        for place in range(len(column)):
            try:
                _seconds(column.slice(place, 1), unit)
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
                raise UserError(
                    f"row {row + place + 1}: {name} is {quoted(column[place].as_py())}, which is no time "
                    f"{'as text of ISO 8601' if unit == 'iso' else f'in {unit}'}; correct it, or `time_unit` in "
                    f"params.yaml (s, ms, us or iso)"
                ) from error
        # each is a time by itself, so the trouble is that only some of them say where
        bare = next(place for place in range(len(column)) if _has_no_zone(column[place]))
        raise UserError(
            f"row {row + bare + 1}: {name} is {quoted(column[bare].as_py())}, without a zone, and others have one; add "
            f"it, such as Z for UTC"
        ) from error


def _seconds(column: pa.Array, unit: Unit) -> pa.Array:
    kind = column.type
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return _whole(pc.floor_temporal(column.cast(_moment(kind)), unit="second").cast(pa.timestamp("s")))
    if unit == "iso":
        return _whole(_iso(column))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        column = pc.utf8_trim_whitespace(column)
        try:
            column = column.cast(pa.int64())
        except pa.ArrowInvalid:
            column = column.cast(pa.float64())
    if pa.types.is_integer(column.type):
        column = column.cast(pa.int64())
        if PER_S[unit] == 1:
            return column
        # towards the past also before 1970, where division rounds towards zero
        return pc.floor(pc.divide(column.cast(pa.float64()), PER_S[unit])).cast(pa.int64())
    return pc.floor(pc.divide(column.cast(pa.float64()), PER_S[unit])).cast(pa.int64())


def _moment(kind: pa.DataType) -> pa.DataType:
    return pa.timestamp(kind.unit if pa.types.is_timestamp(kind) else "s")


def _iso(column: pa.Array) -> pa.Array:
    column = pc.replace_substring_regex(column, r"\s*(UTC|GMT)\s*$", "Z")  # as databases write it
    try:
        parsed = column.cast(pa.timestamp("us"))
    except pa.ArrowInvalid:  # with an offset or Z, which a time without a zone does not take
        parsed = column.cast(pa.timestamp("us", "UTC")).cast(pa.timestamp("us"))
    return pc.floor_temporal(parsed, unit="second").cast(pa.timestamp("s"))


def _has_no_zone(value: pa.Scalar) -> bool:
    try:
        value.cast(pa.timestamp("us"))
    except pa.ArrowInvalid:
        return False
    return bool(value.is_valid)


def _whole(moments: pa.Array) -> pa.Array:
    return moments.cast(pa.int64())
