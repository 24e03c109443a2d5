"""A log on its way into tables: batches of events, checked for their columns and written to one Parquet file."""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from data.sources.raw import LOG_COLUMNS, USER_PREFIX, Progress
from data.tables.events import TABLE as EVENTS

__all__ = ["SPOOL", "log_schema", "spool"]

SPOOL = ".log"  # folder below the data set's, removed once the tables are built


def log_schema(user_attributes: Iterable[str] = ()) -> pa.Schema:
    """The schema of a log's files: `LOG_COLUMNS`, and a column `user.<name>` for each attribute of users."""
    kinds = {name: EVENTS.schema.field(name).type for name in LOG_COLUMNS if name != "row"} | {"row": pa.int64()}
    fields = [pa.field(name, kinds[name]) for name in LOG_COLUMNS]
    return pa.schema([*fields, *[pa.field(f"{USER_PREFIX}{name}", pa.string()) for name in user_attributes]])


def spool(batches: Iterable[pa.RecordBatch], schema: pa.Schema, out: Path, progress: Progress) -> Path:
    """Write `batches` to a file below `out` and return its path."""
    path = out / SPOOL / "events.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = 0
    with pq.ParquetWriter(path, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
            rows += batch.num_rows
            progress("read the log", rows, 0)
    return path
