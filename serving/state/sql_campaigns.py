"""Campaigns, offers and what was booked in a relational database: spending is atomic, each thing is booked once."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from serving.state.campaign import Booked, Campaign, Offer
from serving.state.database import Connection, Database

__all__ = ["SqlCampaigns"]

COLUMNS = ", ".join(field.name for field in fields(Campaign))
GIVEN = ("advertiser_id", "item_id", "objective", "bid", "budget", "starts_s", "ends_s", "targeting", "active")
VALUES = ", ".join(f":{field.name}" for field in fields(Campaign))
# what was spent is never put: a budget may be lowered, not below it
PUT = (
    f"INSERT INTO campaigns ({COLUMNS}) VALUES ({VALUES}) ON CONFLICT (campaign_id) DO UPDATE SET "  # noqa: S608
    + ", ".join(f"{name} = excluded.{name}" for name in GIVEN)
    + " WHERE campaigns.spent <= excluded.budget RETURNING campaign_id"
)
LISTED = f"SELECT {COLUMNS} FROM campaigns ORDER BY campaign_id"  # noqa: S608
GET = f"SELECT {COLUMNS} FROM campaigns WHERE campaign_id = :campaign_id"  # noqa: S608
SPEND = """
UPDATE campaigns SET spent = spent + :price WHERE campaign_id = :campaign_id AND spent + :price <= budget
RETURNING campaign_id
"""
OFFER = """
INSERT INTO offers (offer_id, campaign_id, user_id, objective, price, time_s)
VALUES (:offer_id, :campaign_id, :user_id, :objective, :price, :time_s)
"""
BOOK = """
INSERT INTO bookings (offer_id, event, price, time_s) VALUES (:offer_id, :event, :price, :time_s)
ON CONFLICT (offer_id, event) DO NOTHING RETURNING offer_id
"""
SPENDING = """
SELECT (b.time_s - :starts_s) / :step_s AS step, SUM(b.price) FROM bookings b JOIN offers o ON o.offer_id = b.offer_id
WHERE o.campaign_id = :campaign_id AND b.price > 0 GROUP BY step ORDER BY step
"""
OFFERED = """
SELECT (time_s - :since_s) / :step_s AS step, COUNT(*) FROM offers WHERE time_s >= :since_s GROUP BY step ORDER BY step
"""
PACE = """
UPDATE campaigns SET pace = :pace, planned = :planned, counted = :counted
WHERE campaign_id = :campaign_id AND planned < :planned RETURNING campaign_id
"""
FOLLOWS = {"impression": None, "click": "impression", "conversion": "click"}  # event to what has to come before
PAYS = {"impressions": "impression", "clicks": "click", "conversions": "conversion"}


class SqlCampaigns:
    """See `serving.state.stores.Campaigns`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.making_tables() as connection:
            connection.run(
                "CREATE TABLE IF NOT EXISTS campaigns (campaign_id TEXT PRIMARY KEY, advertiser_id TEXT NOT NULL, "
                "item_id TEXT NOT NULL, objective TEXT NOT NULL, bid BIGINT NOT NULL, budget BIGINT NOT NULL, "
                "starts_s BIGINT NOT NULL, ends_s BIGINT NOT NULL, targeting TEXT NOT NULL, active INTEGER NOT NULL, "
                "spent BIGINT NOT NULL, pace DOUBLE PRECISION NOT NULL, planned BIGINT NOT NULL, "
                "counted BIGINT NOT NULL, CHECK (spent <= budget))"
            )
            connection.run(
                "CREATE TABLE IF NOT EXISTS offers (offer_id TEXT PRIMARY KEY, campaign_id TEXT NOT NULL, "
                "user_id TEXT NOT NULL, objective TEXT NOT NULL, price BIGINT NOT NULL, time_s BIGINT NOT NULL)"
            )
            connection.run("CREATE INDEX IF NOT EXISTS offers_of ON offers (user_id, time_s)")
            connection.run("CREATE INDEX IF NOT EXISTS offers_by ON offers (campaign_id)")
            connection.run("CREATE INDEX IF NOT EXISTS offers_at ON offers (time_s)")
            connection.run(
                "CREATE TABLE IF NOT EXISTS bookings (offer_id TEXT NOT NULL, event TEXT NOT NULL, "
                "price BIGINT NOT NULL, time_s BIGINT NOT NULL, PRIMARY KEY (offer_id, event))"
            )
            connection.run(
                "CREATE TABLE IF NOT EXISTS hidden_advertisers (user_id TEXT NOT NULL, advertiser_id TEXT NOT NULL, "
                "PRIMARY KEY (user_id, advertiser_id))"
            )

    def put(self, campaign: Campaign) -> bool:
        with self._database.transaction() as connection:
            values = {field.name: getattr(campaign, field.name) for field in fields(Campaign)}
            values |= {"targeting": json.dumps(dict(campaign.targeting)), "active": int(campaign.active)}
            return bool(connection.run(PUT, **values))

    def get(self, campaign_id: str) -> Campaign | None:
        with self._database.transaction() as connection:
            return next((_campaign(row) for row in connection.run(GET, campaign_id=campaign_id)), None)

    def listed(self) -> list[Campaign]:
        with self._database.transaction() as connection:
            return [_campaign(row) for row in connection.run(LISTED)]

    def set_pace(self, campaign_id: str, pace: float, planned: int, counted: int) -> bool:
        with self._database.transaction() as connection:
            values = {"campaign_id": campaign_id, "pace": pace, "planned": planned, "counted": counted}
            return bool(connection.run(PACE, **values))

    def offer(self, offers: Sequence[Offer]) -> None:
        with self._database.transaction() as connection:
            for one in offers:
                connection.run(OFFER, **{field.name: getattr(one, field.name) for field in fields(Offer)})

    def shown(self, user_id: str, since_s: int) -> Mapping[str, int]:
        sql = (
            "SELECT campaign_id, COUNT(*) FROM offers WHERE user_id = :user_id AND time_s >= :since_s "
            "GROUP BY campaign_id"
        )
        with self._database.transaction() as connection:
            return {name: int(count) for name, count in connection.run(sql, user_id=user_id, since_s=since_s)}

    def book(self, offer_id: str, user_id: str, event: str, now_s: int) -> Booked:
        with self._database.transaction() as connection:
            return _book(connection, offer_id, user_id, event, now_s)

    def spending(self, campaign_id: str, starts_s: int, step_s: int) -> list[tuple[int, int]]:
        values = {"campaign_id": campaign_id, "starts_s": starts_s, "step_s": step_s}
        with self._database.transaction() as connection:
            return [(int(step), int(price)) for step, price in connection.run(SPENDING, **values)]

    def offered(self, since_s: int, step_s: int) -> list[tuple[int, int]]:
        with self._database.transaction() as connection:
            found = connection.run(OFFERED, since_s=since_s, step_s=step_s)
            return [(int(step), int(count)) for step, count in found]

    def hide(self, offer_id: str, user_id: str) -> bool:
        sql = (
            "INSERT INTO hidden_advertisers (user_id, advertiser_id) SELECT o.user_id, c.advertiser_id FROM offers o "
            "JOIN campaigns c ON c.campaign_id = o.campaign_id WHERE o.offer_id = :offer_id AND o.user_id = :user_id "
            "ON CONFLICT (user_id, advertiser_id) DO UPDATE SET user_id = excluded.user_id RETURNING user_id"
        )
        with self._database.transaction() as connection:
            return bool(connection.run(sql, offer_id=offer_id, user_id=user_id))

    def hidden(self, user_id: str) -> set[str]:
        sql = "SELECT advertiser_id FROM hidden_advertisers WHERE user_id = :user_id"
        with self._database.transaction() as connection:
            return {name for (name,) in connection.run(sql, user_id=user_id)}

    def forget(self, user_id: str) -> int:
        sql = "UPDATE offers SET user_id = '' WHERE user_id = :user_id RETURNING offer_id"
        with self._database.transaction() as connection:
            connection.run("DELETE FROM hidden_advertisers WHERE user_id = :user_id", user_id=user_id)
            return len(connection.run(sql, user_id=user_id))

    def close(self) -> None:
        self._database.close()


def _book(connection: Connection, offer_id: str, user_id: str, event: str, now_s: int) -> Booked:
    """In one transaction: the event, once, and what is due for it, if the budget has it."""
    connection.run("UPDATE offers SET price = price WHERE offer_id = :offer_id", offer_id=offer_id)  # takes the lock
    found = connection.run(
        "SELECT campaign_id, objective, price FROM offers WHERE offer_id = :offer_id AND user_id = :user_id",
        offer_id=offer_id,
        user_id=user_id,
    )
    if not found:
        return "unknown"
    ((campaign_id, objective, price),) = found
    before = FOLLOWS[event]
    sql = "SELECT event FROM bookings WHERE offer_id = :offer_id AND event = :event"
    if before is not None and not connection.run(sql, offer_id=offer_id, event=before):
        return "early"
    if connection.run(sql, offer_id=offer_id, event=event):
        return "before"
    due = int(price) if PAYS[objective] == event else 0
    paid = not due or bool(connection.run(SPEND, campaign_id=campaign_id, price=due))
    connection.run(BOOK, offer_id=offer_id, event=event, price=due if paid else 0, time_s=now_s)
    return "booked" if paid else "spent"


def _campaign(row: Sequence[Any]) -> Campaign:
    values = dict(zip((field.name for field in fields(Campaign)), row, strict=True))
    return Campaign(**values | {"targeting": json.loads(values["targeting"]), "active": bool(values["active"])})
