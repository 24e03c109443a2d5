"""A relational database as the stores use it: named parameters, short transactions, connections shared by threads."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from queue import Empty, LifoQueue
from typing import Any, Protocol

from serving.state.stores import Unavailable

__all__ = ["Connection", "Database"]


class Connection(Protocol):
    """One connection, used by one thread at a time. Parameters are bound by name, written `:name`."""

    def begin(self) -> None: ...

    def run(self, sql: str, **parameters: Any) -> Sequence[Sequence[Any]]: ...

    def commit(self) -> None: ...

    def rollback(self) -> None: ...

    def purge(self) -> None:
        """Let files hold nothing of what was deleted, outside any statement."""

    def close(self) -> None: ...


class Database:
    """Connections that are opened as they are needed and kept for the next caller.

    failures: what the client raises when the database cannot be reached; it becomes `Unavailable`.
    dialect: the type of a column of bytes, that of a key that numbers itself, a statement that keeps other processes
    from making the same tables at the same time, one that keeps others from writing to a table, `{table}`, and a query
    of the columns of a table, `:table`.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        failures: tuple[type[Exception], ...],
        dialect: tuple[str, str, str, str, str],
        name: str,
    ) -> None:
        self.blob, self.serial, self._alone, self.shut, self._columns = dialect
        self._connect, self._failures, self._name = connect, failures, name
        self._idle: LifoQueue[Connection] = LifoQueue()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction that is committed when the block ends well and undone otherwise.

        Raises:
            Unavailable: the database cannot be reached or used.
        """
        try:
            connection = self._begun()
        except self._failures as error:
            raise self._unavailable(error) from error
        try:
            yield connection
            connection.commit()
        except self._failures as error:
            connection.close()
            raise self._unavailable(error) from error
        except BaseException:
            self._undone(connection)
            raise
        self._idle.put(connection)

    @contextmanager
    def making_tables(self) -> Iterator[Connection]:
        """A transaction for `CREATE TABLE IF NOT EXISTS`, one process at a time."""
        with self.transaction() as connection:
            connection.run(self._alone)
            yield connection

    def add_column(self, connection: Connection, table: str, name: str, kind: str) -> None:
        """Give a table of an earlier release the column that it lacks, with null in its rows."""
        if [name] not in [list(row) for row in connection.run(self._columns, table=table)]:
            connection.run(f"ALTER TABLE {table} ADD COLUMN {name} {kind}")

    def purge(self) -> None:
        """Let files hold nothing of what was deleted, where the database is told to."""
        with self.transaction() as connection:
            connection.purge()

    def close(self) -> None:
        """Close the connections that nobody is using."""
        while True:
            try:
                self._idle.get_nowait().close()
            except Empty:
                return

    def _begun(self) -> Connection:
        """A connection in a transaction: one that lay idle if it still works, otherwise a new one."""
        try:
            connection = self._idle.get_nowait()
        except Empty:
            connection = self._connect()
            connection.begin()
            return connection
        try:
            connection.begin()
        except self._failures:  # the server was restarted meanwhile; no statement was sent yet
            connection.close()
            self.close()
            connection = self._connect()
            connection.begin()
        return connection

    def _undone(self, connection: Connection) -> None:
        """Roll back, and keep the connection for the next caller if that succeeds; only the first error is raised."""
        try:
            connection.rollback()
        except self._failures:  # closing it rolls back as well
            connection.close()
        else:
            self._idle.put(connection)

    def _unavailable(self, error: Exception) -> Unavailable:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        return Unavailable(f"{self._name} cannot be used: {reason}")
