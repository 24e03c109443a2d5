"""Events in a relational database."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict

from data.actions import ACTIONS
from serving.state.database import Database
from serving.state.event import Event, Happened
from serving.state.sql_trends import SqlTrends
from serving.state.stores import KEPT_EVENTS, MOST_CHANGES
from serving.state.trend import Trend, Trending

__all__ = ["SqlEvents"]

COLUMNS = "user_id, item_id, action, time_s, surface, session_id, position, propensity, source, country"
INSERT = f"""
INSERT INTO events ({COLUMNS}) VALUES
(:user_id, :item_id, :action, :time_s, :surface, :session_id, :position, :propensity, :source, :country)
"""  # noqa: S608
COUNT = """
INSERT INTO event_users (user_id, events) VALUES (:user_id, :added)
ON CONFLICT (user_id) DO UPDATE SET events = event_users.events + :added RETURNING events
"""
LAST = f"SELECT {COLUMNS} FROM events WHERE user_id = :user_id ORDER BY time_s DESC, number DESC LIMIT :most"  # noqa: S608
LAST_OF = f"""
SELECT number, {COLUMNS} FROM events WHERE user_id = :user_id AND action = :action
ORDER BY time_s DESC, number DESC LIMIT :most
"""  # noqa: S608
SINCE = "SELECT number, item_id, action, time_s, country FROM events WHERE number > :after ORDER BY number LIMIT :most"
TRIM = """
DELETE FROM events WHERE user_id = :user_id AND action = :action AND number NOT IN
(SELECT number FROM events WHERE user_id = :user_id AND action = :action
ORDER BY time_s DESC, number DESC LIMIT :kept)
"""


class SqlEvents:
    """See `serving.state.stores.Events`."""

    def __init__(self, database: Database, kept: int = KEPT_EVENTS) -> None:
        self._database, self._kept, self._trends = database, kept, SqlTrends(database)
        with database.making_tables() as connection:
            connection.run(
                f"CREATE TABLE IF NOT EXISTS events (number {database.serial}, user_id TEXT NOT NULL, "
                "item_id TEXT NOT NULL, action TEXT NOT NULL, time_s DOUBLE PRECISION NOT NULL, surface TEXT NOT NULL, "
                "session_id TEXT, position INTEGER, propensity DOUBLE PRECISION)"
            )
            for column in ("source", "country"):
                database.add_column(connection, "events", column, "TEXT")
            connection.run("CREATE INDEX IF NOT EXISTS events_of_user ON events (user_id, time_s, number)")
            connection.run("CREATE INDEX IF NOT EXISTS events_of_action ON events (user_id, action, time_s, number)")
            connection.run("CREATE TABLE IF NOT EXISTS event_users (user_id TEXT PRIMARY KEY, events BIGINT NOT NULL)")
            self._trends.make_tables(connection)

    def append(self, events: Sequence[Event]) -> None:
        if not events:
            return
        with self._database.transaction() as connection:
            for event in events:
                connection.run(INSERT, **asdict(event))
            for user_id, added in sorted(Counter(event.user_id for event in events).items()):
                ((stored,),) = connection.run(COUNT, user_id=user_id, added=added)
                if stored > self._kept + self._kept // 10:
                    for action in ACTIONS:
                        connection.run(TRIM, user_id=user_id, action=action, kept=self._kept)
                    connection.run(
                        "UPDATE event_users SET events = :kept WHERE user_id = :user_id",
                        kept=self._kept,
                        user_id=user_id,
                    )
            self._trends.add(connection, events)

    def last(self, user_id: str, most: int, actions: Sequence[str] | None = None) -> list[Event]:
        with self._database.transaction() as connection:
            if actions is None:
                return [Event(*row) for row in connection.run(LAST, user_id=user_id, most=most)]
            rows = [
                (Event(*row), int(number))
                for action in dict.fromkeys(actions)
                for number, *row in connection.run(LAST_OF, user_id=user_id, action=action, most=most)
            ]
        rows.sort(key=lambda pair: (pair[0].time_s, pair[1]), reverse=True)
        return [event for event, _ in rows[:most]]

    def since(self, number: int, most: int = MOST_CHANGES) -> list[Happened]:
        with self._database.transaction() as connection:
            return [Happened(*row) for row in connection.run(SINCE, after=number, most=most)]

    def forget(self, user_id: str) -> int:
        with self._database.transaction() as connection:
            sql = f"DELETE FROM events WHERE user_id = :user_id RETURNING {COLUMNS}"  # noqa: S608
            events = [Event(*row) for row in connection.run(sql, user_id=user_id)]
            connection.run("DELETE FROM event_users WHERE user_id = :user_id", user_id=user_id)
            self._trends.take_out(connection, user_id, events)
            connection.run("DELETE FROM event_firsts WHERE user_id = :user_id", user_id=user_id)  # of trimmed ones too
        self._database.purge()
        return len(events)

    def take_back(self, user_id: str, item_ids: Sequence[str], actions: Sequence[str]) -> int:
        sql = (
            "DELETE FROM events WHERE user_id = :user_id AND item_id = :item_id AND action = :action "  # noqa: S608
            f"RETURNING {COLUMNS}"
        )
        with self._database.transaction() as connection:
            events = [
                Event(*row)
                for item_id in dict.fromkeys(item_ids)
                for action in dict.fromkeys(actions)
                for row in connection.run(sql, user_id=user_id, item_id=item_id, action=action)
            ]
            connection.run(
                "UPDATE event_users SET events = events - :gone WHERE user_id = :user_id",
                gone=len(events),
                user_id=user_id,
            )
            self._trends.take_out(connection, user_id, events)
        self._database.purge()
        return len(events)

    def trending(self, trend: Trend, now_s: float, most: int) -> list[Trending]:
        return self._trends.highest(trend, now_s, most)

    def close(self) -> None:
        self._database.close()
