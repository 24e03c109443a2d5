"""Items in a relational database."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from serving.state.database import Connection, Database
from serving.state.item import (
    Item,
    ItemChange,
    packed_map,
    packed_vector,
    unpacked_map,
    unpacked_vector,
)
from serving.state.stores import MOST_CHANGES

__all__ = ["SqlItems"]

COLUMNS = "seq, item_id, deleted, title, category, attributes, image, vector, model, details"
PUT = f"""
INSERT INTO items ({COLUMNS}) VALUES
(:seq, :item_id, :deleted, :title, :category, :attributes, :image, :vector, :model, :details)
ON CONFLICT (item_id) DO UPDATE SET seq = excluded.seq, deleted = excluded.deleted, title = excluded.title,
category = excluded.category, attributes = excluded.attributes, image = excluded.image, vector = excluded.vector,
model = excluded.model, details = excluded.details
"""  # noqa: S608
PUT_PICTURE = """
INSERT INTO item_pictures (item_id, picture) VALUES (:item_id, :picture)
ON CONFLICT (item_id) DO UPDATE SET picture = excluded.picture
"""


class SqlItems:
    """See `serving.state.stores.Items`. One row counts the changes: its lock puts writers in the order of commits."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.making_tables() as connection:
            connection.run(
                "CREATE TABLE IF NOT EXISTS items (item_id TEXT PRIMARY KEY, seq BIGINT NOT NULL UNIQUE, "
                "deleted INTEGER NOT NULL, title TEXT NOT NULL, category TEXT NOT NULL, attributes TEXT NOT NULL, "
                f"image TEXT NOT NULL, vector {database.blob} NOT NULL, model TEXT NOT NULL, "
                "details TEXT NOT NULL)"
            )
            connection.run(
                f"CREATE TABLE IF NOT EXISTS item_pictures (item_id TEXT PRIMARY KEY, picture {database.blob} NOT NULL)"
            )
            connection.run("CREATE TABLE IF NOT EXISTS item_changes (one INTEGER PRIMARY KEY, last BIGINT NOT NULL)")
            connection.run("INSERT INTO item_changes (one, last) VALUES (1, 0) ON CONFLICT (one) DO NOTHING")
            connection.run("CREATE TABLE IF NOT EXISTS item_store (one INTEGER PRIMARY KEY, id TEXT NOT NULL)")
            sql = "INSERT INTO item_store (one, id) VALUES (1, :id) ON CONFLICT (one) DO NOTHING"
            connection.run(sql, id=uuid4().hex)

    def put(self, item: Item) -> int:
        with self._database.transaction() as connection:
            seq = self._written(connection, item, deleted=False)
            if item.picture is None:
                connection.run("DELETE FROM item_pictures WHERE item_id = :item_id", item_id=item.item_id)
            else:
                connection.run(PUT_PICTURE, item_id=item.item_id, picture=item.picture)
            return seq

    def delete(self, item_id: str) -> int:
        with self._database.transaction() as connection:
            seq = self._written(connection, Item(item_id), deleted=True)
            connection.run("DELETE FROM item_pictures WHERE item_id = :item_id", item_id=item_id)
            return seq

    def get(self, item_id: str) -> ItemChange | None:
        with self._database.transaction() as connection:
            sql = f"SELECT {COLUMNS} FROM items WHERE item_id = :item_id"  # noqa: S608
            rows = connection.run(sql, item_id=item_id)
            return _change(rows[0]) if rows else None

    def picture(self, item_id: str) -> bytes | None:
        with self._database.transaction() as connection:
            rows = connection.run("SELECT picture FROM item_pictures WHERE item_id = :item_id", item_id=item_id)
            return bytes(rows[0][0]) if rows else None

    def changes_since(self, seq: int, most: int = MOST_CHANGES) -> list[ItemChange]:
        with self._database.transaction() as connection:
            sql = f"SELECT {COLUMNS} FROM items WHERE seq > :seq ORDER BY seq LIMIT :most"  # noqa: S608
            return [_change(row) for row in connection.run(sql, seq=seq, most=most)]

    def store_id(self) -> str:
        with self._database.transaction() as connection:
            ((store,),) = connection.run("SELECT id FROM item_store WHERE one = 1")
            return str(store)

    def last_seq(self) -> int:
        with self._database.transaction() as connection:
            ((last,),) = connection.run("SELECT last FROM item_changes WHERE one = 1")
            return int(last)

    def close(self) -> None:
        self._database.close()

    def _written(self, connection: Connection, item: Item, deleted: bool) -> int:
        ((seq,),) = connection.run("UPDATE item_changes SET last = last + 1 WHERE one = 1 RETURNING last")
        connection.run(
            PUT,
            seq=seq,
            item_id=item.item_id,
            deleted=int(deleted),
            title=item.title,
            category=item.category,
            attributes=packed_map(item.attributes),
            image=item.image,
            vector=packed_vector(item.vector_D),
            model=item.model,
            details=packed_map(item.details),
        )
        return int(seq)


def _change(row: Sequence[Any]) -> ItemChange:
    seq, item_id, deleted, title, category, attributes, image, vector, model, details = row
    if deleted:
        return ItemChange(int(seq), item_id, None)
    item = Item(
        item_id,
        title,
        category,
        unpacked_map(attributes),
        image,
        None,
        unpacked_vector(bytes(vector)),
        model,
        unpacked_map(details),
    )
    return ItemChange(int(seq), item_id, item)
