"""SQLite in write-ahead mode: the default, in one file that several processes share."""

import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from serving.state.database import Database

__all__ = ["sqlite_database"]

WAIT_S = 10.0  # for another process's transaction
AGAIN_S = 0.01


class SqliteConnection:
    """See `serving.state.database.Connection`."""

    def __init__(self, path: Path, durable: bool) -> None:
        self._connection = sqlite3.connect(path, timeout=WAIT_S, isolation_level=None, check_same_thread=False)
        self._write_ahead()
        self._connection.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten
        self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        self._writing = False

    def _write_ahead(self) -> None:
        """Turn on write-ahead mode, with retries: SQLite does not wait while another process opens the new file."""
        until_s = time.monotonic() + WAIT_S
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until_s:
                    raise
            time.sleep(AGAIN_S)

    def begin(self) -> None:
        """The write lock is taken by the first statement that needs it, at once or after waiting."""
        self._writing = False

    def run(self, sql: str, **parameters: Any) -> Sequence[Sequence[Any]]:
        if not self._writing and not sql.lstrip().upper().startswith("SELECT"):
            self._connection.execute("BEGIN IMMEDIATE")
            self._writing = True
        return self._connection.execute(sql, parameters).fetchall()

    def commit(self) -> None:
        if self._writing:
            self._connection.execute("COMMIT")

    def rollback(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def purge(self) -> None:
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        self._connection.close()


def sqlite_database(path: Path, durable: bool) -> Database:
    """The database in the file `path`, made if need be.

    durable: a commit returns once it is on the disk, and outlives a loss of power; otherwise it outlives the process
    alone, and takes a tenth of the time.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    serial = "INTEGER PRIMARY KEY AUTOINCREMENT"
    failures = (sqlite3.OperationalError, sqlite3.DatabaseError)
    write = "PRAGMA user_version = 1"  # any takes the lock, of all tables
    dialect = "BLOB", serial, write, write, "SELECT name FROM pragma_table_info(:table)"
    return Database(lambda: SqliteConnection(path, durable), failures, dialect, f"the state in {path}")
