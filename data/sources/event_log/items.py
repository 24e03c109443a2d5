"""The file that describes a log's items: CSV, Parquet or JSON lines, one row per item."""

import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.errors import UserError
from data.params import Column, ItemsFile
from data.sources.event_log.columns import USUAL_ITEM, find_columns, require
from data.sources.event_log.files import whole_table
from data.sources.event_log.ids import ids_in, text_of
from data.sources.event_log.times import seconds, unit_of
from data.tables.items import TABLE as ITEMS

__all__ = ["items_in", "read_items"]

CANONICAL = ("title", "description", "category", "created")


def read_items(path: Path, params: ItemsFile, target: Path) -> Path:
    """Write the items to `target` with the columns of `data.sources.raw.Log.items`; see `items_in`."""
    pq.write_table(items_in(path, params, target.parent), target)
    return target


def items_in(path: Path, params: ItemsFile, workplace: Path) -> pa.Table:
    """The items in a file, with the columns of `data.sources.raw.Log.items` and those that `params.columns` adds.

    Values that are lists are joined with `|`; empty ones are left out.

    Raises:
        UserError: the file is no table, a column is missing, a row has no id, or a value is no time.
    """
    rows = whole_table(path, params, workplace)
    if not rows.num_rows:
        raise UserError(f"{path.name} has no rows; give some, or leave it out where nothing is known of items")
    names = rows.column_names
    given = dict(params.columns)
    ids, column = ids_in(rows, "item", given.pop("item"), USUAL_ITEM, params, path.name)
    columns = find_columns(given, USUAL_ITEM, (), names, path.name)
    attributes = _attributes(params, {*columns.values(), column}, names, path.name)
    empty = pa.array([""] * len(ids), pa.string())
    return pa.table(
        {
            "item_id": ids,
            "title": pc.coalesce(text_of(rows.column(columns["title"])), ids) if "title" in columns else ids,
            **{
                meaning: pc.fill_null(text_of(rows.column(columns[meaning])), "") if meaning in columns else empty
                for meaning in ("description", "category")
            },
            "attributes": pa.array(_pairs(rows, attributes), ITEMS.schema.field("attributes").type),
            "created_s": _created(rows, columns.get("created"), params, path.name),
        }
        | {meaning: text_of(rows.column(columns[meaning])) for meaning in columns if meaning not in CANONICAL}
    )


def _attributes(params: ItemsFile, others: set[str | None], names: list[str], file: str) -> list[tuple[str, str]]:
    """Attributes and their columns, for the columns beside `others`; a position names no attribute."""
    if isinstance(params.attributes, dict):
        pairs = [pair for name, column in params.attributes.items() for pair in _matching(name, column, names, file)]
        return sorted(pairs)
    if params.attributes is not None:
        return sorted((name, require(name, names, file)) for name in params.attributes)
    return sorted((name, name) for name in names if name not in others) if params.header else []


def _matching(name: str, column: Column, names: list[str], file: str) -> list[tuple[str, str]]:
    """The column of an attribute; a name with a star has all columns of a pattern, by what its star stands for."""
    if "*" not in name or not isinstance(column, str):
        return [(name, require(column, names, file))]
    pattern = re.compile(re.escape(column).replace(r"\*", "(.+)").replace(r"\?", "."))
    matches = [(match[1], one) for one in names if (match := pattern.fullmatch(one))]
    if not matches:
        raise UserError(f"{file} has no column {column!r}, which params.yaml names as a pattern; correct it")
    return [(name.replace("*", stood_for), one) for stood_for, one in matches]


def _pairs(rows: pa.Table, attributes: list[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    """The attributes of each row by name; of a wide table most are empty, and only the others are looked at.

    Of columns that give the same attribute the first counts.
    """
    pairs: list[list[tuple[str, str]]] = [[] for _ in range(rows.num_rows)]
    for name, column in attributes:
        given = rows.column(column).combine_chunks()
        places = pc.indices_nonzero(given.is_valid()).to_pylist()
        for row, value in zip(places, given.drop_null().to_pylist(), strict=True):
            text = _value(value)
            if text and (not pairs[row] or pairs[row][-1][0] != name):
                pairs[row].append((name, text))
    return pairs


def _created(rows: pa.Table, column: str | None, params: ItemsFile, file: str) -> pa.Array:
    if column is None:
        return pa.nulls(rows.num_rows, pa.int64())
    given = rows.column(column).combine_chunks()
    return seconds(given, params.time_unit or unit_of(given) or "s", 0, f"{params.called(column)} of {file}")


def _value(value: Any) -> str:
    if isinstance(value, list):
        return "|".join(str(one) for one in value)
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
