"""Events in Redis: a sorted set a user, scored by time."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from serving.state.event import Event
from serving.state.redis_client import answering, dropped
from serving.state.stores import KEPT_EVENTS

__all__ = ["RedisEvents"]

NUMBER = "{corkboard}:events:number"  # the braces keep all keys on one node of a cluster
DIGITS = 16  # of an event's number, which orders those of the same time


class RedisEvents:
    """See `serving.state.stores.Events`."""

    def __init__(self, client: Any, kept: int = KEPT_EVENTS) -> None:
        self._client, self._kept = client, kept

    def append(self, events: Sequence[Event]) -> None:
        if not events:
            return
        with answering():
            first = int(self._client.incrby(NUMBER, len(events))) - len(events) + 1
            with self._client.pipeline(transaction=True) as pipeline:
                for number, event in enumerate(events, first):
                    member = f"{number:0{DIGITS}d}{json.dumps(asdict(event), ensure_ascii=False)}"
                    pipeline.zadd(_key(event.user_id), {member: event.time_s})
                for user_id in {event.user_id for event in events}:
                    pipeline.zremrangebyrank(_key(user_id), 0, -self._kept - 1)
                pipeline.execute()

    def last(self, user_id: str, most: int) -> list[Event]:
        if most < 1:
            return []
        with answering():
            members = self._client.zrevrange(_key(user_id), 0, most - 1)
        return [Event(**json.loads(member[DIGITS:])) for member in members]

    def forget(self, user_id: str) -> int:
        return dropped(self._client, _key(user_id))

    def close(self) -> None:
        self._client.close()


def _key(user_id: str) -> str:
    return f"{{corkboard}}:events:of:{user_id}"
