"""Experiments that run or ran, and who was exposed: one SQLite file, which several processes may write."""

import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from components.experiments.assignment import arm_of
from components.experiments.design import Experiment, refuse_overlap
from data.errors import UserError, unknown

__all__ = ["RESERVED", "Started", "Store"]

RESERVED = "demo"  # the folder of reports on the demonstration

SCHEMA = """
create table if not exists experiments (name text primary key, design text, started_s integer, stopped_s integer);
create table if not exists exposures (experiment text, unit_id text, arm text, share real, time_s integer,
    primary key (experiment, unit_id)) without rowid;
"""
Started = tuple[Experiment, int, int | None]  # with the times at which it was started and stopped


class Store:
    """The experiments in the file `path`, which is made if it is missing."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        with self._open() as database:
            database.execute("pragma journal_mode=wal")
            for statement in SCHEMA.split(";"):
                database.execute(statement)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        database = sqlite3.connect(self.path, timeout=30, isolation_level=None)
        try:
            yield database
        finally:
            database.close()  # which undoes what was not committed

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._open() as database:
            database.execute("begin immediate")
            yield database
            database.execute("commit")

    def start(self, experiment: Experiment, now_s: int | None = None) -> None:
        """Let an experiment run.

        Raises:
            UserError: its name was used before or is the demonstration's, or a running one has some of its buckets.
        """
        name = experiment.name
        if name == RESERVED:
            raise UserError(f"the demonstration has the name {name!r}, so choose another")
        with self._writing() as database:
            if database.execute("select 1 from experiments where name = ?", (name,)).fetchone():
                raise UserError(f"there was an experiment {name!r} before; its salt is its name, so choose another")
            running = database.execute("select design from experiments where stopped_s is null")
            refuse_overlap(experiment, [Experiment.model_validate_json(design) for (design,) in running])
            row = (name, experiment.model_dump_json(), _now(now_s))
            database.execute("insert into experiments values (?, ?, ?, null)", row)

    def stop(self, name: str, now_s: int | None = None) -> None:
        """End an experiment: nobody is exposed to it any more.

        Raises:
            UserError: there is none of that name, or it has been stopped.
        """
        with self._writing() as database:
            if self._one(database, name)[2] is not None:
                raise UserError(f"{name} has been stopped before")
            database.execute("update experiments set stopped_s = ? where name = ?", (_now(now_s), name))

    def expose(self, name: str, unit_id: str, now_s: int | None = None) -> str | None:
        """The arm that a unit sees now, logged at its first exposure; None where it does not take part or no more.

        Call it where the arms begin to differ, not where the unit is first seen: units who saw no difference dilute it.
        """
        return self.expose_all(name, {unit_id: _now(now_s)})[0]

    def expose_all(self, name: str, seen_s: Mapping[str, int]) -> list[str | None]:
        """`expose` of many units at once, each at the time that it was seen."""
        with self._open() as database:
            experiment, _, stopped_s = self._one(database, name)
            arms = [arm_of(experiment, unit_id) if stopped_s is None else None for unit_id in seen_s]
            rows = [
                (name, unit_id, arm, experiment.arms[arm], time_s)
                for (unit_id, time_s), arm in zip(seen_s.items(), arms, strict=True)
                if arm is not None and not _logged(database, name, unit_id)
            ]
        if rows:
            with self._writing() as database:
                database.executemany("insert or ignore into exposures values (?, ?, ?, ?, ?)", rows)
        return arms

    def get(self, name: str) -> Started:
        """The experiment of that name, or `UserError`."""
        with self._open() as database:
            return self._one(database, name)

    def exposures(self, name: str) -> pd.DataFrame:
        """The rows of the table `exposures` of one experiment."""
        with self._writing() as database:
            query = (
                "select experiment, unit_id, arm, share, time_s from exposures where experiment = ? order by unit_id"
            )
            return pd.read_sql_query(query, database, params=[name])

    @staticmethod
    def _one(database: sqlite3.Connection, name: str) -> Started:
        query = "select design, started_s, stopped_s from experiments where name = ?"
        row = database.execute(query, (name,)).fetchone()
        if row is None:
            names = [known for (known,) in database.execute("select name from experiments")]
            raise unknown("experiment", name, names) if names else UserError("no experiment was started yet")
        return Experiment.model_validate_json(row[0]), row[1], row[2]


def _logged(database: sqlite3.Connection, name: str, unit_id: str) -> bool:
    query = "select 1 from exposures where experiment = ? and unit_id = ?"
    return database.execute(query, (name, unit_id)).fetchone() is not None


def _now(now_s: int | None) -> int:
    return int(time.time()) if now_s is None else now_s
