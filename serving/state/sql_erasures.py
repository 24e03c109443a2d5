"""Tombstones of erased people in a relational database."""

from serving.state.database import Database

__all__ = ["SqlErasures"]


class SqlErasures:
    """See `serving.state.stores.Erasures`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.making_tables() as connection:
            connection.run("CREATE TABLE IF NOT EXISTS erasures (mark TEXT PRIMARY KEY, asked_s BIGINT NOT NULL)")

    def add(self, mark: str, now_s: int) -> None:
        with self._database.transaction() as connection:
            sql = "INSERT INTO erasures (mark, asked_s) VALUES (:mark, :now_s) ON CONFLICT (mark) DO NOTHING"
            connection.run(sql, mark=mark, now_s=now_s)

    def all(self) -> dict[str, int]:
        with self._database.transaction() as connection:
            return {mark: int(asked_s) for mark, asked_s in connection.run("SELECT mark, asked_s FROM erasures")}

    def close(self) -> None:
        self._database.close()
