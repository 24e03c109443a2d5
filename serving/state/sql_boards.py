"""Boards in a relational database."""

from serving.state.database import Database

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


class SqlBoards:
    """See `serving.state.stores.Boards`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.making_tables() as connection:
            connection.run(
                "CREATE TABLE IF NOT EXISTS board_items (user_id TEXT NOT NULL, board TEXT NOT NULL, "
                "item_id TEXT NOT NULL, number BIGINT NOT NULL, PRIMARY KEY (user_id, board, item_id))"
            )

    def add(self, user_id: str, board: str, item_id: str) -> None:
        with self._database.transaction() as connection:
            connection.run(ADD, user_id=user_id, board=board, item_id=item_id)

    def remove(self, user_id: str, board: str, item_id: str) -> bool:
        with self._database.transaction() as connection:
            return bool(connection.run(REMOVE, user_id=user_id, board=board, item_id=item_id))

    def drop(self, user_id: str, board: str) -> int:
        with self._database.transaction() as connection:
            return len(connection.run(DROP, user_id=user_id, board=board))

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
            gone = connection.run(sql, user_id=user_id)
        self._database.purge()
        return len(gone)

    def close(self) -> None:
        self._database.close()
