"""The review queue in a relational database."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from serving.state.database import Database
from serving.state.item import Item
from serving.state.review import Review, packed_review, unpacked_item

__all__ = ["SqlReviews"]

COLUMNS = "review_id, content, asked_s, decision, reason, who, decided_s"
WAITING = f"SELECT {COLUMNS} FROM reviews WHERE decision = '' ORDER BY asked_s, review_id LIMIT :most"  # noqa: S608
DECIDED = f"SELECT {COLUMNS} FROM reviews WHERE decision <> '' ORDER BY decided_s DESC, review_id LIMIT :most"  # noqa: S608
GET = f"SELECT {COLUMNS}, picture FROM reviews WHERE review_id = :review_id"  # noqa: S608
ADD = """
INSERT INTO reviews (review_id, content, picture, asked_s, decision, reason, who)
VALUES (:review_id, :content, :picture, :asked_s, '', '', '')
"""
DECIDE = """
UPDATE reviews SET decision = :decision, reason = :reason, who = :who, decided_s = :now_s
WHERE review_id = :review_id AND decision = '' RETURNING review_id
"""


class SqlReviews:
    """See `serving.state.stores.Reviews`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.making_tables() as connection:
            connection.run(
                "CREATE TABLE IF NOT EXISTS reviews (review_id TEXT PRIMARY KEY, content TEXT NOT NULL, "
                f"picture {database.blob}, asked_s BIGINT NOT NULL, decision TEXT NOT NULL, reason TEXT NOT NULL, "
                "who TEXT NOT NULL, decided_s BIGINT)"
            )

    def add(self, item: Item, findings: Sequence[Mapping[str, Any]], now_s: int) -> str:
        review_id = uuid4().hex
        content = packed_review(item, findings)
        with self._database.transaction() as connection:
            connection.run(ADD, review_id=review_id, content=content, picture=item.picture, asked_s=now_s)
        return review_id

    def listed(self, decided: bool, most: int) -> list[Review]:
        with self._database.transaction() as connection:
            return [_review(row, None) for row in connection.run(DECIDED if decided else WAITING, most=most)]

    def get(self, review_id: str) -> Review | None:
        with self._database.transaction() as connection:
            for *row, picture in connection.run(GET, review_id=review_id):
                return _review(row, None if picture is None else bytes(picture))
        return None

    def decide(self, review_id: str, decision: str, reason: str, who: str, now_s: int) -> bool:
        with self._database.transaction() as connection:
            values = {"decision": decision, "reason": reason, "who": who, "now_s": now_s}
            return bool(connection.run(DECIDE, review_id=review_id, **values))

    def close(self) -> None:
        self._database.close()


def _review(row: Sequence[Any], picture: bytes | None) -> Review:
    review_id, content, asked_s, decision, reason, who, decided_s = row
    item, findings = unpacked_item(content, picture)
    return Review(review_id, item, findings, asked_s, decision, reason, who, decided_s)
