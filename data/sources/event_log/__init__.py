"""A log of timestamped actions, delimited text or Parquet, mapped to our columns and actions by `params.yaml`.

Rows may come in any order. Faulty rows are kept for validation to report, except what no table can hold: a row without
a user or an item, or with a value that is no time.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from data.errors import UserError, short
from data.params import EventLogParams
from data.single import single_file
from data.sources.event_log.columns import USUAL_EVENT, find_columns, require
from data.sources.event_log.delimited import DelimitedRows
from data.sources.event_log.files import ParquetRows, open_rows
from data.sources.event_log.ids import whole_ids
from data.sources.event_log.items import read_items
from data.sources.event_log.times import Unit, seconds, unit_of
from data.sources.raw import USER_PREFIX, Log, Progress, Raw
from data.sources.spool import SPOOL, log_schema, spool

__all__ = ["read"]

MOST_NAMED = 5


def read(params: EventLogParams, out: Path, progress: Progress) -> Raw:
    """Read the log and, where there is one, the file of its items.

    Raises:
        UserError: a file is missing, differs or is no table, a column is missing, a row has no user, item or time.
    """
    described: tuple[Path, ...] = ()
    with ExitStack() as stack:
        path = stack.enter_context(single_file(params, out / SPOOL, progress))
        mapped = _Mapping(params, path.name, stack.enter_context(open_rows(path, params, out / SPOOL)))
        events = spool(mapped.batches(), mapped.schema, out, progress)
        if mapped.row == 0:
            raise UserError(f"{path.name} has column names and no rows; a log needs events")
        if params.items is not None:
            file = stack.enter_context(single_file(params.items, out / SPOOL, progress))
            described = (read_items(file, params.items, out / SPOOL / "items.parquet"),)
    return Raw(
        simulated=False,
        report={"columns": mapped.columns, "time_unit": mapped.unit},
        log=Log((events,), described),
    )


class _Mapping:
    """Maps the file's columns and actions to ours, batch by batch."""

    def __init__(self, params: EventLogParams, file: str, rows: ParquetRows | DelimitedRows) -> None:
        self.params, self.file, self.rows = params, file, rows
        needed = ("user", "item", *(["action"] if params.actions else []))
        self.columns = find_columns(dict(params.columns), USUAL_EVENT, needed, rows.names, file)
        self.users = {name: require(column, rows.names, file) for name, column in params.user_attributes.items()}
        self.schema = log_schema(self.users)
        self.unit: Unit | None = params.time_unit
        self.row = 0

    def batches(self) -> Iterator[pa.RecordBatch]:
        columns = list(dict.fromkeys([*self.columns.values(), *self.users.values()]))
        for batch in self.rows.batches(columns):
            yield self._batch({name: batch.column(name) for name in batch.schema.names}, batch.num_rows)
            self.row += batch.num_rows

    def _batch(self, given: dict[str, pa.Array], count: int) -> pa.RecordBatch:
        ours: dict[str, Any] = {
            "row": pa.array(range(self.row, self.row + count), pa.int64()),
            "user_id": self._id("user", given),
            "item_id": self._id("item", given),
            "action": self._actions(given, count),
            "time_s": self._times(given, count),
        }
        for meaning, name in (("surface", "surface"), ("session", "session_id")):
            if meaning in self.columns:
                ours[name] = _text(given[self.columns[meaning]])
        for name in ("position", "propensity"):
            if name in self.columns:
                ours[name] = self._number(name, given)
        ours |= {f"{USER_PREFIX}{name}": _text(given[column]) for name, column in self.users.items()}
        arrays = [ours.get(field.name, pa.nulls(count, field.type)) for field in self.schema]
        return pa.record_batch(arrays, self.schema)

    def _id(self, meaning: str, given: dict[str, pa.Array]) -> pa.Array:
        name = self.columns[meaning]
        ids = whole_ids(given[name], self.row, f"{self.params.called(name)} of {self.file}, the {meaning},")
        empty = pc.fill_null(pc.equal(ids, ""), True).to_numpy(zero_copy_only=False).nonzero()[0]
        if len(empty):
            rows = ", ".join(str(self.row + place + 1) for place in empty[:MOST_NAMED].tolist())
            more = " and others" if len(empty) > MOST_NAMED else ""
            raise UserError(
                f"{self.file}: no {meaning} ({self.params.called(name)}) in row {rows}{more}, counted "
                f"from 1; give one or remove such rows"
            )
        return ids

    def _actions(self, given: dict[str, pa.Array], count: int) -> pa.Array:
        if "action" not in self.columns:
            return pa.array([self.params.action] * count, pa.string())
        words = _text(given[self.columns["action"]]).dictionary_encode()
        ours = [self.params.actions.get(word, word.strip().lower()) for word in words.dictionary.to_pylist()]
        return pc.fill_null(pa.array(ours, pa.string()).take(words.indices), "")

    def _times(self, given: dict[str, pa.Array], count: int) -> pa.Array:
        if "time" not in self.columns:
            return pa.nulls(count, pa.int64())
        column = given[self.columns["time"]]
        self.unit = self.unit or unit_of(column)
        return seconds(column, self.unit or "s", self.row, f"{self.params.called(self.columns['time'])} of {self.file}")

    def _number(self, name: str, given: dict[str, pa.Array]) -> pa.Array:
        try:  # through floats, since tables with gaps often hold 3.0 for 3
            return given[self.columns[name]].cast(pa.float64()).cast(self.schema.field(name).type)
        except pa.ArrowInvalid as error:
            raise UserError(
                f"{self.file}: the column {self.columns[name]!r} is no {name} ({short(str(error))}); correct it"
            ) from error


def _text(column: pa.Array) -> pa.Array:
    return column.cast(pa.string())
