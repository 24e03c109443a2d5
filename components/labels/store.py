"""The labels of a data set: a database that a kill cannot tear, and the table `labels` written from it."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.files import atomic
from data.locks import locked
from data.project import home
from data.tables.labels import TABLE

__all__ = ["Label", "Store", "folder_of", "opened_store"]

BUSY_S = 60.0


class Label(NamedTuple):
    """A row of the table `labels`."""

    query_id: str
    item_id: str
    name: str
    value: str
    confidence: float | None
    prompt: str
    prompt_version: int
    prompt_hash: str
    model: str
    asked: str
    time_s: float


COLUMNS = ", ".join(Label._fields)
CREATE = f"""create table if not exists labels (
    query_id text not null, item_id text not null, name text not null, value text not null, confidence real,
    prompt text not null, prompt_version integer not null, prompt_hash text not null, model text not null,
    asked text not null, time_s real not null, primary key ({", ".join(TABLE.key)})) without rowid"""


def folder_of(dataset: str) -> Path:
    """Where the labels of a data set lie: its database and `labels.parquet`."""
    return home() / "labels" / dataset


class Store:
    """Labels of one data set. A question's labels come in together or not at all, and replace those of an older one."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.database = sqlite3.connect(folder / "labels.db", timeout=BUSY_S)
        self.database.execute("pragma journal_mode = wal")
        self.database.execute("pragma synchronous = full")
        self.database.execute(CREATE)

    def asked(self) -> set[tuple[str, str, str]]:
        """Query, item and hash of the request of all labels; items with the same words have the same request."""
        return set(self.database.execute("select distinct query_id, item_id, asked from labels"))

    def put(self, labels: Iterable[Label]) -> None:
        places = ", ".join("?" * len(Label._fields))
        with self.database:
            self.database.executemany(f"insert or replace into labels ({COLUMNS}) values ({places})", labels)  # noqa: S608

    def rows(self) -> list[Label]:
        """All labels in the order of the key."""
        found = self.database.execute(f"select {COLUMNS} from labels order by {', '.join(TABLE.key)}")  # noqa: S608
        return [Label(*row) for row in found]

    def write_table(self) -> Path:
        """Write all labels as the table `labels`; returns its file."""
        frame = pd.DataFrame(self.rows(), columns=list(Label._fields))
        path = self.folder / TABLE.file
        with atomic(path) as file:
            pq.write_table(pa.Table.from_pandas(frame, TABLE.schema, preserve_index=False), file)
        return path


@contextmanager
def opened_store(dataset: str) -> Iterator[Store]:
    """The labels of a data set, for one writer at a time."""
    folder = folder_of(dataset)
    with locked(folder / "labels.lock", lambda: None):
        store = Store(folder)
        try:
            yield store
        finally:
            store.database.close()
