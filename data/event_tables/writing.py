"""Write batches of rows to one Parquet file. Its bytes depend on the rows alone."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from data.table import Table

__all__ = ["write_rows"]

GROUP_ROWS = 1 << 17


def write_rows(table: Table, batches: Iterable[pa.RecordBatch], path: Path) -> int:
    """Write the rows in row groups of `GROUP_ROWS`, whatever the sizes of the batches; returns the number of rows."""
    rows = 0
    with pq.ParquetWriter(path, table.schema) as writer:
        for group in _groups(batches):
            writer.write_table(_conform(group, table.schema), row_group_size=GROUP_ROWS)
            rows += group.num_rows
        if not rows:
            writer.write_table(table.schema.empty_table())
    return rows


def _groups(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    held: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        held.append(batch)
        count += batch.num_rows
        while count >= GROUP_ROWS:
            whole = pa.Table.from_batches(held)
            yield whole.slice(0, GROUP_ROWS)
            rest = whole.slice(GROUP_ROWS)
            held, count = rest.to_batches(), rest.num_rows
    if count:
        yield pa.Table.from_batches(held)


def _conform(group: pa.Table, schema: pa.Schema) -> pa.Table:
    columns = [group.column(field.name).cast(field.type).combine_chunks() for field in schema]
    return pa.Table.from_arrays(columns, schema=schema)
