"""Events in Redis: a sorted set for each user and action, scored by time, and counts of what everybody acts on."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from itertools import islice
from typing import Any

from data.actions import ACTIONS
from serving.state.event import Event, Happened
from serving.state.redis_client import answering
from serving.state.redis_scripts import APPEND, DIGITS, FORGET, HAPPENED, HIGHEST, NUMBER, PAIRED
from serving.state.stores import KEPT_EVENTS, KEPT_SINCE, MOST_CHANGES
from serving.state.trend import NEW_S, Trend, Trending

__all__ = ["RedisEvents"]

TOGETHER = "of"  # where all actions lay in one set before each had its own


class RedisEvents:
    """See `serving.state.stores.Events`."""

    def __init__(self, client: Any, kept: int = KEPT_EVENTS) -> None:
        self._client, self._kept = client, kept
        self._append, self._forget, self._highest = map(client.register_script, (APPEND, FORGET, HIGHEST))

    def append(self, events: Sequence[Event]) -> None:
        if not events:
            return
        rows = [
            (
                one.user_id,
                one.item_id,
                one.action,
                one.time_s,
                _packed(one),
                one.country or "",
            )
            for one in events
        ]
        with answering():
            self._append(keys=[NUMBER], args=[self._kept, json.dumps(rows, ensure_ascii=False), KEPT_SINCE])

    def last(self, user_id: str, most: int, actions: Sequence[str] | None = None) -> list[Event]:
        if most < 1:
            return []
        wanted = ACTIONS if actions is None else dict.fromkeys(actions)
        with answering(), self._client.pipeline(transaction=True) as pipeline:
            for action in (TOGETHER, *wanted):
                pipeline.zrevrange(_key(user_id, action), 0, most - 1, withscores=True)
            rows = [(time_s, member) for members in pipeline.execute() for member, time_s in members]
        rows.sort(reverse=True)  # as Redis orders them: by time, then by the number that a member begins with
        events = (_event(json.loads(member[DIGITS:])) for _, member in rows)
        return list(islice((event for event in events if event.action in wanted), most))

    def trending(self, trend: Trend, now_s: float, most: int) -> list[Trending]:
        with answering():
            arguments = [trend.name, now_s, trend.forgotten(now_s), most, now_s - NEW_S]
            highest, newcomers = self._highest(keys=[NUMBER], args=arguments)
        people: dict[str, list[str]] = {}
        for pair in newcomers:
            user_id, _, item_id = pair.decode().partition(PAIRED)
            people.setdefault(item_id, []).append(user_id)
        items = [(item_id.decode(), float(level)) for item_id, level in zip(highest[::2], highest[1::2], strict=True)]
        return [
            Trending(item_id, trend.count(level, now_s), tuple(people.get(item_id, ()))) for item_id, level in items
        ]

    def since(self, number: int, most: int = MOST_CHANGES) -> list[Happened]:
        with answering():
            rows = self._client.xrange(HAPPENED, f"({number}-0", "+", count=most)
        return [
            Happened(
                int(name.split(b"-")[0]),
                one[b"item"].decode(),
                one[b"action"].decode(),
                float(one[b"time_s"]),
                one.get(b"country", b"").decode() or None,  # which events of before lack
            )
            for name, one in rows
        ]

    def forget(self, user_id: str) -> int:
        with answering():
            return int(self._forget(keys=[NUMBER], args=[user_id, "", TOGETHER, *ACTIONS]))

    def take_back(self, user_id: str, item_ids: Sequence[str], actions: Sequence[str]) -> int:
        with answering():
            return int(self._forget(keys=[NUMBER], args=[user_id, json.dumps(list(item_ids)), *dict.fromkeys(actions)]))

    def close(self) -> None:
        self._client.close()


def _packed(event: Event) -> str:
    return json.dumps({name: value for name, value in asdict(event).items() if value is not None}, ensure_ascii=False)


def _event(packed: dict[str, Any]) -> Event:
    """A later release may have stored more of it."""
    return Event(**{name: value for name, value in packed.items() if name in Event.__dataclass_fields__})


def _key(user_id: str, action: str) -> str:
    return f"{{corkboard}}:events:{action}:{user_id}"
