"""Boards in a relational database."""

from data.tombstone import mark_of
from serving.state.board import BoardChange
from serving.state.database import Connection, Database
from serving.state.stores import MOST_CHANGES

__all__ = ["SqlBoards"]

ADD = """
INSERT INTO board_items (user_id, board, item_id, number)
VALUES (:user_id, :board, :item_id, (SELECT COALESCE(MAX(number), 0) + 1 FROM board_items WHERE user_id = :user_id))
ON CONFLICT (user_id, board, item_id) DO UPDATE SET number = excluded.number
"""
REMOVE = """
DELETE FROM board_items WHERE user_id = :user_id AND board = :board AND item_id = :item_id RETURNING item_id
"""
DROP = "DELETE FROM board_items WHERE user_id = :user_id AND board = :board RETURNING item_id"
OF = "SELECT board, item_id FROM board_items WHERE user_id = :user_id ORDER BY number DESC, item_id"
CHANGED = """
INSERT INTO board_people (mark, user_id, seq) VALUES (:mark, :user_id, :seq)
ON CONFLICT (mark) DO UPDATE SET user_id = excluded.user_id, seq = excluded.seq
"""
ERASED = "UPDATE board_people SET user_id = NULL, seq = :seq WHERE mark = :mark"
SINCE = "SELECT seq, mark, user_id FROM board_people WHERE seq > :seq ORDER BY seq LIMIT :most"


class SqlBoards:
    """See `serving.state.stores.Boards`. One row counts the changes: its lock puts writers in the order of commits."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.making_tables() as connection:
            connection.run(
                "CREATE TABLE IF NOT EXISTS board_items (user_id TEXT NOT NULL, board TEXT NOT NULL, "
                "item_id TEXT NOT NULL, number BIGINT NOT NULL, PRIMARY KEY (user_id, board, item_id))"
            )
            connection.run(
                "CREATE TABLE IF NOT EXISTS board_people "
                "(mark TEXT PRIMARY KEY, user_id TEXT, seq BIGINT NOT NULL UNIQUE)"
            )
            connection.run("CREATE TABLE IF NOT EXISTS board_changes (one INTEGER PRIMARY KEY, last BIGINT NOT NULL)")
            connection.run("INSERT INTO board_changes (one, last) VALUES (1, 0) ON CONFLICT (one) DO NOTHING")

    def add(self, user_id: str, board: str, item_id: str) -> None:
        with self._database.transaction() as connection:
            connection.run(ADD, user_id=user_id, board=board, item_id=item_id)
            _changed(connection, user_id)

    def remove(self, user_id: str, board: str, item_id: str) -> bool:
        with self._database.transaction() as connection:
            was_there = bool(connection.run(REMOVE, user_id=user_id, board=board, item_id=item_id))
            if was_there:
                _changed(connection, user_id)
            return was_there

    def drop(self, user_id: str, board: str) -> int:
        with self._database.transaction() as connection:
            dropped = len(connection.run(DROP, user_id=user_id, board=board))
            if dropped:
                _changed(connection, user_id)
            return dropped

    def count(self, user_id: str) -> int:
        with self._database.transaction() as connection:
            ((number,),) = connection.run("SELECT COUNT(*) FROM board_items WHERE user_id = :user_id", user_id=user_id)
            return int(number)

    def of(self, user_id: str) -> dict[str, list[str]]:
        boards: dict[str, list[str]] = {}
        with self._database.transaction() as connection:
            for board, item_id in connection.run(OF, user_id=user_id):
                boards.setdefault(board, []).append(item_id)
        return boards

    def forget(self, user_id: str) -> int:
        with self._database.transaction() as connection:
            sql = "DELETE FROM board_items WHERE user_id = :user_id RETURNING item_id"
            held = len(connection.run(sql, user_id=user_id))
            _changed(connection, user_id, erased=True)
        self._database.purge()
        return held

    def changes_since(self, seq: int, most: int = MOST_CHANGES) -> list[BoardChange]:
        with self._database.transaction() as connection:
            return [BoardChange(int(number), *row) for number, *row in connection.run(SINCE, seq=seq, most=most)]

    def close(self) -> None:
        self._database.close()


def _changed(connection: Connection, user_id: str, erased: bool = False) -> None:
    """The last step of a transaction: others wait for the number until it is committed."""
    ((seq,),) = connection.run("UPDATE board_changes SET last = last + 1 WHERE one = 1 RETURNING last")
    if erased:
        connection.run(ERASED, mark=mark_of(user_id), seq=seq)
    else:
        connection.run(CHANGED, mark=mark_of(user_id), user_id=user_id, seq=seq)
