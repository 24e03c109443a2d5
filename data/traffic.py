"""The log of a service as the tables `requests` and `answers`, a folder a day; until collected, lines of JSON."""

import json
import shutil
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.erased import tombstones
from data.files import atomic
from data.locks import locked
from data.marks import Marks
from data.project import home
from data.tables.answers import TABLE as ANSWERS
from data.tables.requests import TABLE as REQUESTS
from data.times import DAY_S

__all__ = ["Collected", "collect", "latest_day", "place", "read", "rows_of"]

KEPT_DAYS = 35
BATCH_BYTES = 16_000_000  # of lines that are in memory at once
LEFT_S = 600  # after which a file that is still open was left by a process that was killed
TABLES = (REQUESTS, ANSWERS)


class Collected(NamedTuple):
    """files: of lines that were read. rows: of requests that are new. erased: rows of people who left."""

    files: int
    rows: int
    erased: int


def place() -> Path:
    """Where the service logs."""
    return home() / "traffic"


def collect(now_s: float | None = None) -> Collected:
    """Turn the lines that are there into tables; a call that was killed is done again by the next.

    Rows of people who left are dropped, and days that are older than `KEPT_DAYS`.
    """
    folder, now_s = place(), now_s or time.time()
    with locked(folder / "collect.lock", lambda: None):  # here, since machines may share the folder
        files = sorted(folder.glob("*.jsonl"))
        files += [path for path in folder.glob("*.jsonl.open") if path.stat().st_mtime < now_s - LEFT_S]
        added = 0
        for batch in _batches(files):
            by_day: dict[str, list[dict[str, Any]]] = {}
            for line in _lines(batch):
                by_day.setdefault(_day(line["time_s"]), []).append(line)
            added += sum(_add(folder / "days" / day, lines) for day, lines in by_day.items())
            for path in batch:
                path.unlink(missing_ok=True)
        for old in sorted(folder.glob("days/*")):
            if old.name < _day(now_s - KEPT_DAYS * DAY_S):
                shutil.rmtree(old)
        return Collected(len(files), added, _forget(folder))


def read(since_s: float, until_s: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Requests that came from `since_s` to before `until_s`, by time, and the answers to them."""
    days = [path for path in sorted(place().glob("days/*")) if _day(since_s) <= path.name <= _day(until_s)]
    requests, answers = (
        pa.concat_tables([pq.read_table(day / table.file) for day in days] or [table.schema.empty_table()])
        for table in TABLES
    )
    times = requests["time_s"]
    requests = requests.filter(pc.and_(pc.greater_equal(times, since_s), pc.less(times, until_s)))
    answers = answers.filter(pc.is_in(answers["request_id"], requests["request_id"].combine_chunks()))
    return requests.sort_by("time_s").to_pandas(), answers.to_pandas()


def latest_day() -> Path | None:
    """The folder of the latest day with both tables; None before the first."""
    days = sorted(place().glob("days/*"))
    return days[-1] if days else None


def rows_of(lines: Iterable[dict[str, Any]]) -> tuple[pa.Table, pa.Table]:
    """Requests and answers of lines."""
    requests, answers = [], []
    for line in lines:
        shown = line.pop("answers")
        requests.append(
            line
            | {"person": line["person"] or None, "item": line["item"] or None}
            | {name: sorted(line[name].items()) for name in ("features", "labels")}
        )
        answers += [
            {"request_id": line["request_id"], "place": number, "item": item or None, "score": score}
            | {"category": labels["category"], "source": labels.get("source")}
            for number, (item, score, labels) in enumerate(shown, 1)
        ]
    return pa.Table.from_pylist(requests, REQUESTS.schema), pa.Table.from_pylist(answers, ANSWERS.schema)


def _batches(files: Iterable[Path]) -> Iterator[list[Path]]:
    """Files in the same order, some at a time."""
    batch: list[Path] = []
    size = 0
    for path in files:
        length = path.stat().st_size
        if batch and size + length > BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(path)
        size += length
    if batch:
        yield batch


def _lines(files: Iterable[Path]) -> Iterator[dict[str, Any]]:
    for path in files:
        with path.open(encoding="utf-8") as file:
            for line in file:
                if line.endswith("\n"):  # else its process was killed while it wrote
                    yield json.loads(line)


def _day(time_s: float) -> str:
    return f"{datetime.fromtimestamp(time_s, UTC):%Y-%m-%d}"


def _add(day: Path, lines: list[dict[str, Any]]) -> int:
    """Add rows to a day; those that are there already are passed over."""
    added = 0
    for table, rows in zip(TABLES, rows_of(lines), strict=True):
        path = day / table.file
        before = pq.read_table(path) if path.is_file() else table.schema.empty_table()
        known = before["request_id"].combine_chunks()
        fresh = rows.filter(pc.invert(pc.is_in(rows["request_id"], known)))
        _write(path, pa.concat_tables([before, fresh]))
        added += len(fresh) if table is REQUESTS else 0
    return added


def _forget(folder: Path) -> int:
    """Drop the rows of people who left."""
    gone = tombstones()
    if not gone:
        return 0
    marks = Marks(folder)
    persons = pa.array([marks.erased(one) for one in gone])
    erased = 0
    for day in folder.glob("days/*"):
        requests, answers = (pq.read_table(day / table.file) for table in TABLES)
        theirs = pc.is_in(requests["person"], persons)
        if count := pc.sum(theirs).as_py():
            erased += count
            asked = requests.filter(theirs)["request_id"].combine_chunks()
            _write(day / ANSWERS.file, answers.filter(pc.invert(pc.is_in(answers["request_id"], asked))))
            _write(day / REQUESTS.file, requests.filter(pc.invert(theirs)))
    return erased


def _write(path: Path, rows: pa.Table) -> None:
    with atomic(path) as file:
        pq.write_table(rows, file)
