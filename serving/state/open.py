"""The state of a service: events and items, kept where a setting says."""

import os
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from data.database import database_url
from data.errors import UserError
from data.project import home
from serving.state.stores import Boards, Campaigns, Erasures, Events, Items, Messages, Reviews

__all__ = ["STATE_URL", "State", "open_items", "open_state"]

STATE_URL = "CORKBOARD_STATE_URL"
SQLITE = "sqlite:///"


@dataclass(frozen=True)
class State:
    """The stores of one service. campaigns, messages: None in Redis, which keeps neither money nor an outbox."""

    events: Events
    items: Items
    boards: Boards
    reviews: Reviews
    erasures: Erasures
    campaigns: Campaigns | None = None
    messages: Messages | None = None

    def close(self) -> None:
        self.close_but(None)

    def close_but(self, kept: Any) -> None:
        """Close all parts but one."""
        for field in fields(self):
            part = getattr(self, field.name)
            if part is not None and part is not kept:
                part.close()


def open_state(url: str | None = None) -> State:
    """The stores at `url`, by default where the settings say, else in SQLite below the state folder.

    The settings are `CORKBOARD_STATE_URL`, and without it `CORKBOARD_DATABASE_URL`.

    url: `sqlite:///folder` (`sqlite:////folder` from the root), `redis://…`, `rediss://…` or `postgresql://…`.

    Raises:
        UserError: an unknown kind of address, a client that is missing, or Redis without an append-only file.
        Unavailable: the database cannot be reached.
    """
    url = url or os.environ.get(STATE_URL) or database_url() or f"{SQLITE}{home() / 'state'}"
    kind = urlsplit(url).scheme
    if kind == "sqlite":
        return _sqlite(_folder(url))
    if kind in ("redis", "rediss"):
        from serving.state.redis_boards import RedisBoards
        from serving.state.redis_client import redis_client
        from serving.state.redis_erasures import RedisErasures
        from serving.state.redis_events import RedisEvents
        from serving.state.redis_items import RedisItems
        from serving.state.redis_reviews import RedisReviews

        client = partial(redis_client, url)
        return State(
            RedisEvents(client()),
            RedisItems(client()),
            RedisBoards(client()),
            RedisReviews(client()),
            RedisErasures(client()),
        )
    if kind in ("postgresql", "postgres"):
        from serving.state.postgres import postgres_database
        from serving.state.sql_boards import SqlBoards
        from serving.state.sql_campaigns import SqlCampaigns
        from serving.state.sql_erasures import SqlErasures
        from serving.state.sql_events import SqlEvents
        from serving.state.sql_items import SqlItems
        from serving.state.sql_messages import SqlMessages
        from serving.state.sql_reviews import SqlReviews

        database = partial(postgres_database, url)
        return State(
            SqlEvents(database()),
            SqlItems(database()),
            SqlBoards(database()),
            SqlReviews(database()),
            SqlErasures(database()),
            SqlCampaigns(database()),
            SqlMessages(database()),
        )
    raise UserError(
        f"{STATE_URL} begins with {kind or 'nothing'!r}; begin it with sqlite:///, redis:// or postgresql://"
    )


def open_items(url: str | None = None) -> Items:
    """The items alone, as `open_state` finds them, for a service that needs nothing else."""
    state = open_state(url)
    state.close_but(state.items)
    return state.items


def _folder(url: str) -> Path:
    if not url.startswith(SQLITE) or url == SQLITE:
        raise UserError(f"{STATE_URL} names no folder; write sqlite:///folder, or sqlite:////folder from the root")
    return Path(url.removeprefix(SQLITE))


def _sqlite(folder: Path) -> State:
    """Items, reviews, tombstones and messages are on disk before they are acknowledged.

    Events, boards and campaigns only outlive the process, which is quicker.
    """
    from serving.state.sql_boards import SqlBoards
    from serving.state.sql_campaigns import SqlCampaigns
    from serving.state.sql_erasures import SqlErasures
    from serving.state.sql_events import SqlEvents
    from serving.state.sql_items import SqlItems
    from serving.state.sql_messages import SqlMessages
    from serving.state.sql_reviews import SqlReviews
    from serving.state.sqlite import sqlite_database

    return State(
        SqlEvents(sqlite_database(folder / "events.db", durable=False)),
        SqlItems(sqlite_database(folder / "items.db", durable=True)),
        SqlBoards(sqlite_database(folder / "boards.db", durable=False)),
        SqlReviews(sqlite_database(folder / "reviews.db", durable=True)),
        SqlErasures(sqlite_database(folder / "erasures.db", durable=True)),
        SqlCampaigns(sqlite_database(folder / "campaigns.db", durable=False)),
        SqlMessages(sqlite_database(folder / "messages.db", durable=True)),
    )
