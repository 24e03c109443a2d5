"""The databases of Prefect and MLflow on the PostgreSQL server that `CORKBOARD_DATABASE_URL` names."""

from urllib.parse import unquote, urlsplit

from components.lifecycle.faults import told
from data.database import URL, database_url, encryption
from data.errors import UserError

__all__ = ["create_databases"]

PARTS = ("mlflow", "prefect")
THERE = ("42P04", "23505")  # the database exists, or another process makes it at this moment


def create_databases() -> None:
    """Create the databases of the parts that are missing.

    Raises:
        UserError: the server does not answer, refuses the password, or the user may not create databases.
    """
    url = database_url()
    if url is None:
        return
    try:
        import pg8000.native
    except ModuleNotFoundError:
        raise UserError(f"{URL} needs a driver; install it by `pip install corkboard[postgres]`") from None
    parts = urlsplit(url)
    name = parts.path.strip("/")
    tls = encryption(url)
    try:
        connection = pg8000.native.Connection(
            unquote(parts.username or "postgres"),
            host=parts.hostname or "",
            port=parts.port or 5432,
            database=name,
            password=unquote(parts.password) if parts.password else None,
            timeout=10,
            ssl_context=tls,
        )
        known = {row[0] for row in connection.run("SELECT datname FROM pg_database")}
        for missing in {f"{name}_{part}" for part in PARTS} - known:
            try:
                connection.run(f"CREATE DATABASE {pg8000.native.identifier(missing)}")
            except pg8000.exceptions.DatabaseError as error:
                if error.args[0].get("C") not in THERE:
                    raise
        connection.close()
    except (pg8000.exceptions.DatabaseError, pg8000.exceptions.InterfaceError, OSError) as error:
        why = error.__cause__.strerror if isinstance(error.__cause__, OSError) else None  # of a connection
        raise UserError(
            f"PostgreSQL at {parts.hostname}:{parts.port or 5432} refused: {why or told(error)}; correct {URL} or "
            f"start the server"
        ) from None
