"""The outbox, and what people prefer, in a relational database: each message is handed over once or not at all."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from serving.state.database import Connection, Database
from serving.state.message import Message, Preferences, Subscription

__all__ = ["SqlMessages"]

COLUMNS = "user_id, week, slot, channel, arm, send_at_s, item_ids, reason, state, why, changed_s, seen"
ADD = """
INSERT INTO outbox (message_id, user_id, week, slot, channel, arm, send_at_s, until_s, item_ids, reason, state, sender,
why, changed_s, seen) VALUES (:message_id, :user_id, :week, :slot, :channel, :arm, :send_at_s, :until_s, :item_ids,
:reason, 'waiting', '', '', :now_s, 0) ON CONFLICT DO NOTHING RETURNING message_id
"""
CLAIM = f"""
UPDATE outbox SET state = 'claimed', sender = :sender, changed_s = :now_s WHERE state = 'waiting' AND message_id IN
(SELECT message_id FROM outbox WHERE state = 'waiting' AND send_at_s <= :now_s ORDER BY send_at_s, message_id
LIMIT :most) RETURNING {COLUMNS}
"""  # noqa: S608
# one statement, so that no opt-out comes between the look at it and the mark
MARK = """
UPDATE outbox SET state = :state, changed_s = :now_s WHERE message_id = :message_id AND state = 'claimed'
AND sender = :sender AND NOT EXISTS
(SELECT 1 FROM stopped WHERE stopped.user_id = outbox.user_id AND stopped.channel = outbox.channel)
RETURNING message_id
"""
SETTLED = """
UPDATE outbox SET state = :state, why = :why, changed_s = :now_s, send_at_s = COALESCE(:at_s, send_at_s)
WHERE message_id = :message_id AND sender = :sender AND state IN ('claimed', 'sending', 'uncertain')
RETURNING message_id
"""
LATE = "UPDATE outbox SET state = 'refused', why = 'too late' WHERE state = 'waiting' AND until_s < :now_s"
AGAIN = "UPDATE outbox SET state = 'waiting', sender = '' WHERE state = 'claimed' AND changed_s <= :then_s"
LOST = """
UPDATE outbox SET state = 'uncertain', why = 'the sender died while it handed this over'
WHERE state = 'sending' AND changed_s <= :then_s
"""
BELL = f"""
SELECT {COLUMNS} FROM outbox WHERE user_id = :user_id AND (state = 'uncertain' OR (state = 'sent' AND
channel = 'in_app')) ORDER BY changed_s DESC, message_id LIMIT :most
"""  # noqa: S608
PREFER = """
INSERT INTO preferences (user_id, email, timezone, quiet_from, quiet_to)
VALUES (:user_id, :email, :timezone, :quiet_from, :quiet_to) ON CONFLICT (user_id) DO UPDATE SET
email = excluded.email, timezone = excluded.timezone, quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to
"""
STOP = """
INSERT INTO stopped (user_id, channel, why) VALUES (:user_id, :channel, :why) ON CONFLICT (user_id, channel) DO NOTHING
"""
SUBSCRIBE = """
INSERT INTO subscriptions (endpoint, user_id, p256dh, auth) VALUES (:endpoint, :user_id, :p256dh, :auth)
ON CONFLICT (endpoint) DO UPDATE SET user_id = excluded.user_id, p256dh = excluded.p256dh, auth = excluded.auth
"""
OUTCOME = """
INSERT INTO outcomes (message_id, outcome, time_s) SELECT message_id, :outcome, :now_s FROM outbox
WHERE message_id = :message_id AND state IN ('sending', 'sent', 'uncertain')
ON CONFLICT (message_id, outcome) DO UPDATE SET time_s = outcomes.time_s RETURNING message_id
"""
TABLES = (
    "outbox (message_id TEXT PRIMARY KEY, user_id TEXT NOT NULL, week TEXT NOT NULL, slot INTEGER NOT NULL, "
    "channel TEXT NOT NULL, arm TEXT NOT NULL, send_at_s DOUBLE PRECISION NOT NULL, until_s DOUBLE PRECISION NOT NULL, "
    "item_ids TEXT NOT NULL, reason TEXT NOT NULL, state TEXT NOT NULL, sender TEXT NOT NULL, why TEXT NOT NULL, "
    "changed_s DOUBLE PRECISION NOT NULL, seen INTEGER NOT NULL, UNIQUE (user_id, week, slot))",
    "preferences (user_id TEXT PRIMARY KEY, email TEXT NOT NULL, timezone TEXT NOT NULL, quiet_from INTEGER NOT NULL, "
    "quiet_to INTEGER NOT NULL)",
    "stopped (user_id TEXT NOT NULL, channel TEXT NOT NULL, why TEXT NOT NULL, PRIMARY KEY (user_id, channel))",
    "subscriptions (endpoint TEXT PRIMARY KEY, user_id TEXT NOT NULL, p256dh TEXT NOT NULL, auth TEXT NOT NULL)",
    "outcomes (message_id TEXT NOT NULL, outcome TEXT NOT NULL, time_s DOUBLE PRECISION NOT NULL, "
    "PRIMARY KEY (message_id, outcome))",
)
FORGET = (
    "DELETE FROM outcomes WHERE message_id IN (SELECT message_id FROM outbox WHERE user_id = :user_id)",
    *(f"DELETE FROM {table} WHERE user_id = :user_id" for table in ("preferences", "stopped", "subscriptions")),  # noqa: S608
)
KEPT_S = 86_400  # a message that could not be sent within a day is not sent


class SqlMessages:
    """See `serving.state.stores.Messages`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.making_tables() as connection:
            for table in TABLES:
                connection.run(f"CREATE TABLE IF NOT EXISTS {table}")
            connection.run("CREATE INDEX IF NOT EXISTS outbox_due ON outbox (state, send_at_s)")
            connection.run("CREATE INDEX IF NOT EXISTS subscribed ON subscriptions (user_id)")

    def add(self, messages: Sequence[Message], now_s: float) -> int:
        with self._database.transaction() as connection:
            return sum(len(connection.run(ADD, **_values(one), now_s=now_s)) for one in messages)

    def settle(self, now_s: float, lease_s: float) -> None:
        with self._database.transaction() as connection:
            connection.run(AGAIN, then_s=now_s - lease_s)
            connection.run(LOST, then_s=now_s - lease_s)
            connection.run(LATE, now_s=now_s)

    def claim(self, sender: str, now_s: float, most: int) -> list[Message]:
        with self._database.transaction() as connection:
            claimed = [_message(row) for row in connection.run(CLAIM, sender=sender, now_s=now_s, most=most)]
        return sorted(claimed, key=lambda one: (one.send_at_s, one.message_id))

    def mark(self, message: Message, sender: str, state: str, now_s: float) -> bool:
        with self._database.transaction() as connection:
            values = {"message_id": message.message_id, "sender": sender, "state": state, "now_s": now_s}
            return bool(connection.run(MARK, **values))

    def settled(
        self, message: Message, sender: str, state: str, why: str, now_s: float, at_s: float | None = None
    ) -> None:
        values = {"message_id": message.message_id, "sender": sender, "state": state, "why": why}
        with self._database.transaction() as connection:
            connection.run(SETTLED, **values, now_s=now_s, at_s=at_s)

    def counts(self, week: str | None = None) -> list[tuple[str, str, str, int]]:
        sql = "SELECT channel, state, why, COUNT(*) FROM outbox {} GROUP BY channel, state, why ORDER BY 1, 2, 3"
        with self._database.transaction() as connection:
            if week is None:
                rows = connection.run(sql.format(""))
            else:
                rows = connection.run(sql.format("WHERE week = :week"), week=week)
            return [(channel, state, why, int(count)) for channel, state, why, count in rows]

    def unsettled(self) -> int:
        sql = "SELECT COUNT(*) FROM outbox WHERE state IN ('claimed', 'sending')"
        with self._database.transaction() as connection:
            ((count,),) = connection.run(sql)
        return int(count)

    def bell(self, user_id: str, most: int) -> list[Message]:
        with self._database.transaction() as connection:
            return [_message(row) for row in connection.run(BELL, user_id=user_id, most=most)]

    def see(self, user_id: str) -> None:
        with self._database.transaction() as connection:
            connection.run("UPDATE outbox SET seen = 1 WHERE user_id = :user_id AND seen = 0", user_id=user_id)

    def shown(self, user_id: str, since_s: float) -> set[str]:
        sql = (
            "SELECT item_ids FROM outbox WHERE user_id = :user_id AND changed_s >= :since_s "
            "AND state IN ('sending', 'sent', 'uncertain')"
        )
        with self._database.transaction() as connection:
            rows = connection.run(sql, user_id=user_id, since_s=since_s)
            return {item_id for (packed,) in rows for item_id in json.loads(packed)}

    def outcome(self, message_id: str, outcome: str, now_s: float) -> Message | None:
        sql = f"SELECT {COLUMNS} FROM outbox WHERE message_id = :message_id"  # noqa: S608
        with self._database.transaction() as connection:
            if not connection.run(OUTCOME, message_id=message_id, outcome=outcome, now_s=now_s):
                return None
            return next(_message(row) for row in connection.run(sql, message_id=message_id))

    def preferences(self, user_id: str) -> Preferences:
        with self._database.transaction() as connection:
            sql = "SELECT channel, why FROM stopped WHERE user_id = :user_id"
            stopped = {str(channel): str(why) for channel, why in connection.run(sql, user_id=user_id)}
            sql = "SELECT email, timezone, quiet_from, quiet_to FROM preferences WHERE user_id = :user_id"
            for row in connection.run(sql, user_id=user_id):
                return _preferences(row, stopped)
        return Preferences(stopped=stopped)

    def people(self) -> dict[str, tuple[Preferences, bool]]:
        with self._database.transaction() as connection:
            stopped: dict[str, dict[str, str]] = {}
            for user_id, channel, why in connection.run("SELECT user_id, channel, why FROM stopped"):
                stopped.setdefault(user_id, {})[channel] = why
            rows = connection.run("SELECT user_id, email, timezone, quiet_from, quiet_to FROM preferences")
            known = {user_id: row for user_id, *row in rows}
            subscribed = {user_id for (user_id,) in connection.run("SELECT DISTINCT user_id FROM subscriptions")}
        return {
            user_id: (_preferences(known.get(user_id, ()), stopped.get(user_id, {})), user_id in subscribed)
            for user_id in sorted({*known, *stopped, *subscribed})
        }

    def prefer(self, user_id: str, wanted: Preferences) -> None:
        with self._database.transaction() as connection:
            values = {name: getattr(wanted, name) for name in ("email", "timezone", "quiet_from", "quiet_to")}
            connection.run(PREFER, user_id=user_id, **values)
            connection.run("DELETE FROM stopped WHERE user_id = :user_id", user_id=user_id)
            _stop(connection, user_id, wanted.stopped)

    def stop(self, user_id: str, channel: str, why: str) -> None:
        with self._database.transaction() as connection:
            _stop(connection, user_id, {channel: why})

    def subscribe(self, user_id: str, subscription: Subscription) -> None:
        values = {name: getattr(subscription, name) for name in ("endpoint", "p256dh", "auth")}
        with self._database.transaction() as connection:
            connection.run(SUBSCRIBE, user_id=user_id, **values)
            sql = "DELETE FROM stopped WHERE user_id = :user_id AND channel = 'push'"
            connection.run(sql, user_id=user_id)

    def subscriptions(self, user_id: str) -> list[Subscription]:
        sql = "SELECT endpoint, p256dh, auth FROM subscriptions WHERE user_id = :user_id ORDER BY endpoint"
        with self._database.transaction() as connection:
            return [Subscription(*row) for row in connection.run(sql, user_id=user_id)]

    def drop(self, endpoint: str) -> None:
        with self._database.transaction() as connection:
            connection.run("DELETE FROM subscriptions WHERE endpoint = :endpoint", endpoint=endpoint)

    def of(self, user_id: str) -> list[Message]:
        sql = f"SELECT {COLUMNS} FROM outbox WHERE user_id = :user_id ORDER BY week, slot"  # noqa: S608
        with self._database.transaction() as connection:
            return [_message(row) for row in connection.run(sql, user_id=user_id)]

    def forget(self, user_id: str) -> int:
        with self._database.transaction() as connection:
            for sql in FORGET:
                connection.run(sql, user_id=user_id)
            sql = "DELETE FROM outbox WHERE user_id = :user_id RETURNING message_id"
            return len(connection.run(sql, user_id=user_id))

    def close(self) -> None:
        self._database.close()


def _stop(connection: Connection, user_id: str, stopped: Mapping[str, str]) -> None:
    for channel, why in stopped.items():
        connection.run(STOP, user_id=user_id, channel=channel, why=why)


def _preferences(row: Sequence[Any], stopped: Mapping[str, str]) -> Preferences:
    """row: empty for who has only switched something off."""
    values = dict(zip(("email", "timezone", "quiet_from", "quiet_to"), row, strict=False))
    return Preferences(**values, stopped=stopped)


def _values(one: Message) -> dict[str, Any]:
    names = ("message_id", "user_id", "week", "slot", "channel", "arm", "send_at_s", "reason")
    values = {name: getattr(one, name) for name in names}
    return values | {"item_ids": json.dumps(list(one.item_ids)), "until_s": one.send_at_s + KEPT_S}


def _message(row: Sequence[Any]) -> Message:
    user_id, week, slot, channel, arm, send_at_s, item_ids, reason, state, why, changed_s, seen = row
    items = tuple(json.loads(item_ids))
    return Message(user_id, week, slot, channel, arm, send_at_s, items, reason, state, why, changed_s, bool(seen))
