"""The file that describes a log's items: CSV, Parquet or JSON lines, one row per item."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj
import pyarrow.parquet as pq

from data.errors import UserError
from data.params import ItemsFile
from data.sources.event_log.columns import USUAL_ITEM, find_columns, require
from data.sources.event_log.files import open_rows, refuse_text_settings
from data.sources.event_log.text import opened
from data.sources.event_log.times import seconds, unit_of
from data.tables.items import TABLE as ITEMS

__all__ = ["items_in", "read_items"]

CANONICAL = ("item", "title", "description", "category", "created")
JSON_SUFFIXES = frozenset({".json", ".jsonl", ".ndjson"})


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
    rows = _read(path, params, workplace)
    if not rows.num_rows:
        raise UserError(f"{path.name} has no rows; give some, or leave it out where nothing is known of items")
    columns = find_columns(dict(params.columns), USUAL_ITEM, ("item",), rows.column_names, path.name)
    attributes = _attributes(params, columns, rows.column_names, path.name)
    ids = _text(rows.column(columns["item"]))
    nameless = next((row for row, found_id in enumerate(ids.to_pylist(), 1) if not found_id), None)
    if nameless is not None:
        raise UserError(
            f"{path.name}: no id ({params.called(columns['item'])}) in row {nameless}, counted from 1; give one "
            f"or remove the row"
        )
    empty = pa.array([""] * len(ids), pa.string())
    return pa.table(
        {
            "item_id": ids,
            "title": pc.coalesce(_text(rows.column(columns["title"])), ids) if "title" in columns else ids,
            **{
                meaning: pc.fill_null(_text(rows.column(columns[meaning])), "") if meaning in columns else empty
                for meaning in ("description", "category")
            },
            "attributes": pa.array(_pairs(rows, attributes), ITEMS.schema.field("attributes").type),
            "created_s": _created(rows, columns.get("created"), params, path.name),
        }
        | {meaning: _text(rows.column(columns[meaning])) for meaning in columns if meaning not in CANONICAL}
    )


def _attributes(params: ItemsFile, columns: dict[str, str], names: list[str], file: str) -> dict[str, str]:
    """Attribute to column, for the columns beside the canonical ones; a position names no attribute."""
    if isinstance(params.attributes, dict):
        return {name: require(column, names, file) for name, column in params.attributes.items()}
    if params.attributes is not None:
        return {name: require(name, names, file) for name in params.attributes}
    return {name: name for name in names if name not in columns.values()} if params.header else {}


def _pairs(rows: pa.Table, attributes: dict[str, str]) -> list[list[tuple[str, str]]]:
    """The attributes of each row by name; of a wide table most are empty, and only the others are looked at."""
    pairs: list[list[tuple[str, str]]] = [[] for _ in range(rows.num_rows)]
    for name, column in sorted(attributes.items()):
        given = rows.column(column).combine_chunks()
        places = pc.indices_nonzero(given.is_valid()).to_pylist()
        for row, value in zip(places, given.drop_null().to_pylist(), strict=True):
            if text := _value(value):
                pairs[row].append((name, text))
    return pairs


def _read(path: Path, params: ItemsFile, workplace: Path) -> pa.Table:
    if Path(path.name.removesuffix(".gz")).suffix.lower() in JSON_SUFFIXES:
        refuse_text_settings(path, params, "JSON")
        try:
            with opened(path) as file:
                return pj.read_json(file)
        except pa.ArrowInvalid as error:
            raise UserError(f"{path.name} is no JSON lines, an object a line ({error}); write it so") from error
    with open_rows(path, params, workplace) as rows:
        read = list(rows.batches(rows.names))
    return pa.Table.from_batches(read) if read else pa.table({})


def _created(rows: pa.Table, column: str | None, params: ItemsFile, file: str) -> pa.Array:
    if column is None:
        return pa.nulls(rows.num_rows, pa.int64())
    given = rows.column(column).combine_chunks()
    return seconds(given, params.time_unit or unit_of(given) or "s", 0, f"{params.called(column)} of {file}")


def _text(column: pa.ChunkedArray) -> pa.Array:
    return pc.utf8_trim_whitespace(column.combine_chunks().cast(pa.string()))


def _value(value: Any) -> str:
    if isinstance(value, list):
        return "|".join(str(one) for one in value)
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
