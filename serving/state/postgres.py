"""PostgreSQL, for services on several machines."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from data.database import encryption
from data.errors import UserError
from serving.state.database import Database

__all__ = ["postgres_database"]

WAIT_S = 10.0
PORT = 5432
WRITE = "write postgresql://user:password@host:5432/database"
MAKING_TABLES = 0x636F726B  # any number of our own


class PostgresConnection:
    """See `serving.state.database.Connection`."""

    def __init__(self, arguments: dict[str, Any]) -> None:
        import pg8000.native

        self._connection = pg8000.native.Connection(**arguments)

    def begin(self) -> None:
        self._connection.run("BEGIN")

    def run(self, sql: str, **parameters: Any) -> Sequence[Sequence[Any]]:
        return self._connection.run(sql, **parameters) or []

    def commit(self) -> None:
        self._connection.run("COMMIT")

    def rollback(self) -> None:
        self._connection.run("ROLLBACK")

    def purge(self) -> None:
        """The server vacuums by itself."""

    def close(self) -> None:
        import pg8000.exceptions

        try:
            self._connection.close()
        except (pg8000.exceptions.InterfaceError, OSError):  # it is closed already, or its server is gone
            return


def postgres_database(url: str) -> Database:
    """The database at `postgresql://user:password@host:port/database`, with `?sslmode=require` and the like over TLS.

    Raises:
        UserError: the client is not installed, or the address names no database or no port.
    """
    try:
        import pg8000.exceptions
    except ImportError:
        raise UserError("PostgreSQL needs its client; run `pip install 'corkboard[postgres]'`") from None
    parts = urlsplit(url)
    database = parts.path.removeprefix("/")
    try:
        port = parts.port or PORT
    except ValueError:
        raise UserError(f"the port in the address of PostgreSQL is no number up to 65535; {WRITE}") from None
    if not database:
        raise UserError(f"the address of PostgreSQL names no database; {WRITE}")
    arguments = {
        "user": unquote(parts.username or "postgres"),
        "password": unquote(parts.password) if parts.password else None,
        "host": parts.hostname or "localhost",
        "port": port,
        "database": unquote(database),
        "timeout": WAIT_S,
        "ssl_context": encryption(url),
        "application_name": "corkboard",
    }
    failures = (pg8000.exceptions.InterfaceError, pg8000.exceptions.DatabaseError, OSError)
    serial = "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
    alone, shut = f"SELECT pg_advisory_xact_lock({MAKING_TABLES})", "LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE"
    columns = "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(:table) AND NOT attisdropped"
    dialect = "BYTEA", serial, alone, shut, columns
    name = f"PostgreSQL at {arguments['host']}:{arguments['port']}"
    return Database(lambda: PostgresConnection(arguments), failures, dialect, name)
