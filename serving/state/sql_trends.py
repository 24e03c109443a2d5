"""Counts of events in a relational database; see `serving.state.trend`."""

from collections.abc import Iterable, Sequence
from typing import Any

from serving.state.database import Connection, Database
from serving.state.event import Event
from serving.state.trend import FIRSTS_KEPT_S, MOST_NEWCOMERS, MOST_TRENDS, NEW_S, Trend, Trending, added, taken_out

__all__ = ["SqlTrends"]

EMPTY = -1e300  # level of an item before its first event
PAGE = 20_000  # events read by one query
ROWS = 100  # written by one statement
HELD = f"""
INSERT INTO event_levels (trend, item_id, level) VALUES (:trend, :item_id, {EMPTY})
ON CONFLICT (trend, item_id) DO UPDATE SET level = event_levels.level RETURNING level
"""  # noqa: S608 - what is there, with the row locked
SET = "UPDATE event_levels SET level = :level WHERE trend = :trend AND item_id = :item_id"
EMPTIED = "DELETE FROM event_levels WHERE trend = :trend AND item_id = :item_id"
FIRST = """
INSERT INTO event_firsts (trend, user_id, item_id, time_s) VALUES (:trend, :user_id, :item_id, :time_s)
ON CONFLICT (trend, user_id, item_id) DO UPDATE SET time_s = excluded.time_s
WHERE excluded.time_s < event_firsts.time_s
"""
FIRST_GONE = "DELETE FROM event_firsts WHERE trend = :trend AND user_id = :user_id AND item_id = :item_id"
HIGHEST = """
SELECT item_id, level FROM event_levels WHERE trend = :trend AND level > :forgotten
ORDER BY level DESC, item_id LIMIT :most
"""
NEWCOMERS = """
SELECT item_id, user_id FROM event_firsts WHERE trend = :trend AND time_s >= :since ORDER BY time_s DESC LIMIT :most
"""
STORED = """
SELECT number, user_id, item_id, action, time_s FROM events WHERE number > :after AND time_s > :oldest
ORDER BY number LIMIT :page
"""


class SqlTrends:
    """Keeps the counts; they change in the transaction that changes the events."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def make_tables(self, connection: Connection) -> None:
        connection.run(
            f"CREATE TABLE IF NOT EXISTS event_trends (number {self._database.serial}, name TEXT NOT NULL UNIQUE)"
        )
        connection.run(
            "CREATE TABLE IF NOT EXISTS event_levels (trend BIGINT NOT NULL, item_id TEXT NOT NULL, "
            "level DOUBLE PRECISION NOT NULL, PRIMARY KEY (trend, item_id))"
        )
        connection.run("CREATE INDEX IF NOT EXISTS event_levels_highest ON event_levels (trend, level)")
        connection.run(
            "CREATE TABLE IF NOT EXISTS event_firsts (trend BIGINT NOT NULL, user_id TEXT NOT NULL, "
            "item_id TEXT NOT NULL, time_s DOUBLE PRECISION NOT NULL, PRIMARY KEY (trend, user_id, item_id))"
        )
        connection.run("CREATE INDEX IF NOT EXISTS event_firsts_latest ON event_firsts (trend, time_s)")

    def add(self, connection: Connection, events: Sequence[Event]) -> None:
        """Count the events that this transaction has inserted. A trend that begins meanwhile waits, or is seen here."""
        for number, trend in _kept(connection):
            for item_id, level in trend.levels(events).items():
                ((stored,),) = connection.run(HELD, trend=number, item_id=item_id)
                connection.run(SET, trend=number, item_id=item_id, level=added(stored, level))
            for (user_id, item_id), time_s in trend.firsts(events).items():
                connection.run(FIRST, trend=number, user_id=user_id, item_id=item_id, time_s=time_s)

    def take_out(self, connection: Connection, user_id: str, events: Sequence[Event]) -> None:
        """Take a person's deleted events out of all counts."""
        for number, trend in _kept(connection):
            for item_id, level in trend.levels(events).items():
                ((stored,),) = connection.run(HELD, trend=number, item_id=item_id)
                left = taken_out(stored, level)
                if left is None:
                    connection.run(EMPTIED, trend=number, item_id=item_id)
                else:
                    connection.run(SET, trend=number, item_id=item_id, level=left)
            for item_id in {event.item_id for event in events}:
                connection.run(FIRST_GONE, trend=number, user_id=user_id, item_id=item_id)

    def highest(self, trend: Trend, now_s: float, most: int) -> list[Trending]:
        """See `serving.state.stores.Events.trending`."""
        with self._database.transaction() as connection:
            number = _number(connection, trend)
            if number is not None:
                return self._highest(connection, number, trend, now_s, most)
        with self._database.transaction() as connection:
            number = self._begun(connection, trend, now_s)
            return self._highest(connection, number, trend, now_s, most)

    def _highest(self, connection: Connection, number: int, trend: Trend, now_s: float, most: int) -> list[Trending]:
        self._forget(connection, number, trend, now_s)
        people: dict[str, list[str]] = {}
        if trend.newcomers:
            for item_id, user_id in connection.run(NEWCOMERS, trend=number, since=now_s - NEW_S, most=MOST_NEWCOMERS):
                people.setdefault(item_id, []).append(user_id)
        rows = connection.run(HIGHEST, trend=number, forgotten=trend.forgotten(now_s), most=most)
        return [Trending(item_id, trend.count(level, now_s), tuple(people.get(item_id, ()))) for item_id, level in rows]

    def _forget(self, connection: Connection, number: int, trend: Trend, now_s: float) -> None:
        """Delete expired rows, once the oldest expired a half-life or a day ago."""
        for table, column, since, late in (
            ("event_levels", "level", trend.forgotten(now_s), 1),
            ("event_firsts", "time_s", now_s - FIRSTS_KEPT_S, NEW_S),
        ):
            sql = f"SELECT MIN({column}) FROM {table} WHERE trend = :trend"  # noqa: S608
            ((oldest,),) = connection.run(sql, trend=number)
            if oldest is not None and oldest < since - late:
                sql = f"DELETE FROM {table} WHERE trend = :trend AND {column} < :since"  # noqa: S608
                connection.run(sql, trend=number, since=since)

    def _begun(self, connection: Connection, trend: Trend, now_s: float) -> int:
        """Begin a trend: count the stored events, while writers of events wait."""
        connection.run(self._database.shut.format(table="events"))
        number = _number(connection, trend)
        if number is not None:
            return number
        sql = "INSERT INTO event_trends (name) VALUES (:name) RETURNING number"
        ((number,),) = connection.run(sql, name=trend.name)
        for (former,) in connection.run("SELECT number FROM event_trends ORDER BY number DESC")[MOST_TRENDS:]:
            for table, column in (("event_levels", "trend"), ("event_firsts", "trend"), ("event_trends", "number")):
                connection.run(f"DELETE FROM {table} WHERE {column} = :former", former=former)  # noqa: S608
        levels: dict[str, float] = {}
        forgotten = trend.forgotten(now_s)
        oldest_s = forgotten * trend.half_life_s
        for events in _pages(connection, min(oldest_s, now_s - FIRSTS_KEPT_S) if trend.newcomers else oldest_s):
            for item_id, level in trend.levels(events).items():
                levels[item_id] = added(levels[item_id], level) if item_id in levels else level
            recent = [event for event in events if event.time_s >= now_s - FIRSTS_KEPT_S]
            for (user_id, item_id), time_s in trend.firsts(recent).items():
                connection.run(FIRST, trend=number, user_id=user_id, item_id=item_id, time_s=time_s)
        _insert_levels(connection, number, [one for one in levels.items() if one[1] > forgotten])
        return int(number)


def _kept(connection: Connection) -> list[tuple[int, Trend]]:
    rows = connection.run("SELECT number, name FROM event_trends ORDER BY number")
    return [(int(number), Trend.named(name)) for number, name in rows]


def _number(connection: Connection, trend: Trend) -> int | None:
    rows = connection.run("SELECT number FROM event_trends WHERE name = :name", name=trend.name)
    return int(rows[0][0]) if rows else None


def _pages(connection: Connection, oldest_s: float) -> Iterable[list[Event]]:
    """The stored events after `oldest_s`, in the order in which they came."""
    after = 0
    while rows := connection.run(STORED, after=after, oldest=oldest_s, page=PAGE):
        yield [Event(*row) for _, *row in rows]
        after = rows[-1][0]


def _insert_levels(connection: Connection, number: int, levels: Sequence[tuple[str, float]]) -> None:
    for start in range(0, len(levels), ROWS):
        rows = levels[start : start + ROWS]
        places = ", ".join(f"(:trend, :item{place}, :level{place})" for place in range(len(rows)))
        values: dict[str, Any] = {f"item{place}": item_id for place, (item_id, _) in enumerate(rows)}
        values |= {f"level{place}": level for place, (_, level) in enumerate(rows)}
        sql = f"INSERT INTO event_levels (trend, item_id, level) VALUES {places}"  # noqa: S608
        connection.run(sql, trend=number, **values)
