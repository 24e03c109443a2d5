"""Build the tables `events`, `users` and, where nothing else describes the items, `items` from a log."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.engine import Tables, connect
from data.errors import UserError
from data.event_tables import expressions
from data.event_tables.rules import Rules
from data.event_tables.writing import write_rows
from data.params import Engine, LogSplits, TimeSplit
from data.sources.raw import USER_PREFIX, Log, Progress
from data.tables.events import TABLE as EVENTS
from data.tables.events import Windows, windows
from data.tables.items import TABLE as ITEMS
from data.tables.users import TABLE as USERS

__all__ = ["build"]


def build(log: Log, rules: Rules, out: Path, engine: Engine, progress: Progress, with_items: bool) -> dict[str, Any]:
    """Write `events.parquet`, `users.parquet` and, if `with_items`, `items.parquet` below `out`; returns a report.

    Equal logs give equal bytes, whatever the engine and the number of its threads.

    Raises:
        UserError: the log is empty, too short for its windows or without the times that they need.
    """
    with connect(engine, out) as tables:
        raw = tables.read(log.events, "log")
        attributes = [name.removeprefix(USER_PREFIX) for name in raw.columns if name.startswith(USER_PREFIX)]
        extent = tables.first(raw.agg(rows=raw.count(), last_s=raw.time_s.max(), first_s=raw.time_s.min()))
        bounds = _bounds(rules.splits, extent)
        cleaned = expressions.clean(raw, rules.drop_duplicates)
        progress("build events", 0, extent["rows"])
        splits: Counter[str] = Counter()
        rows = write_rows(
            EVENTS,
            _counted(
                tables,
                expressions.events(cleaned, rules.splits, bounds, EVENTS.schema.names),
                splits,
                extent["rows"],
                progress,
            ),
            out / EVENTS.file,
        )
        progress("build users", 0, 0)
        built = tables.read([out / EVENTS.file], "built")
        write_rows(
            USERS, map(_user_batch, tables.stream(expressions.users(built, cleaned, attributes))), out / USERS.file
        )
        if log.items:
            write_rows(ITEMS, _described(log.items), out / ITEMS.file)
        elif with_items:
            progress("build items", 0, 0)
            write_rows(ITEMS, map(_bare_items, tables.stream(expressions.items(built))), out / ITEMS.file)
    return {
        "events_read": extent["rows"],
        "duplicates_dropped": extent["rows"] - rows,
        "first": _iso(extent["first_s"]),
        "last": _iso(extent["last_s"]),
        "splits": {name: splits[name] for name in ("train", "validation", "test")},
        "validation_from": _iso(bounds.validation_s) if bounds else None,
        "test_from": _iso(bounds.test_s) if bounds else None,
    }


def _bounds(splits: LogSplits, extent: dict[str, Any]) -> Windows | None:
    if not extent["rows"]:
        raise UserError("the log is empty; there is nothing to build tables of")
    if not isinstance(splits, TimeSplit):
        return None
    if extent["last_s"] is None:
        raise UserError("the log has no times, which windows need; use `splits: leave_one_out` in params.yaml")
    bounds = windows(splits, extent["last_s"])
    if bounds.validation_s <= extent["first_s"]:
        raise UserError(
            f"the log goes from {_iso(extent['first_s'])} to {_iso(extent['last_s'])}, and nothing is left to train on "
            f"before {splits.validation_days} days of validation and {splits.test_days} of test; give fewer days"
        )
    return bounds


def _counted(
    tables: Tables, expression: Any, splits: "Counter[str]", total: int, progress: Progress
) -> Iterator[pa.RecordBatch]:
    done = 0
    for batch in tables.stream(expression):
        for pair in pc.value_counts(batch.column("split")).to_pylist():
            splits[pair["values"]] += pair["counts"]
        done += batch.num_rows
        yield batch
        progress("build events", done, total)


def _user_batch(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The columns `user.<name>` as one map; empty values are left out."""
    names = [name for name in batch.schema.names if name.startswith(USER_PREFIX)]
    given = {name.removeprefix(USER_PREFIX): batch.column(name).to_pylist() for name in sorted(names)}
    attributes = [
        [(name, values[row]) for name, values in given.items() if values[row]] for row in range(batch.num_rows)
    ]
    kept = batch.drop_columns(names) if names else batch
    return kept.append_column("attributes", pa.array(attributes, USERS.schema.field("attributes").type))


def _bare_items(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Items that only the log names: their id is their title."""
    count = batch.num_rows
    known = {
        "item_id": batch.column("item_id"),
        "title": batch.column("item_id"),
        "category": pa.array([""] * count, pa.string()),
        "attributes": pa.array([[]] * count, ITEMS.schema.field("attributes").type),
        "created_s": batch.column("created_s"),
    }
    return _item_batch(known, count)


def _described(files: Iterable[Path]) -> Iterator[pa.RecordBatch]:
    items = pa.concat_tables([pq.read_table(path) for path in files]).sort_by("item_id")
    for batch in items.combine_chunks().to_batches():
        yield _item_batch({name: batch.column(name) for name in items.column_names}, batch.num_rows)


def _item_batch(known: dict[str, pa.Array], count: int) -> pa.RecordBatch:
    known.setdefault("description", pa.array([""] * count, pa.string()))
    arrays = [known.get(field.name, pa.nulls(count, field.type)) for field in ITEMS.schema]
    return pa.record_batch(arrays, names=ITEMS.schema.names)


def _iso(time_s: int | None) -> str | None:
    """The time in UTC, to the second. None where it is missing or impossible; validation reports impossible times."""
    try:
        return None if time_s is None else datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return f"{time_s} s"
