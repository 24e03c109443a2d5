"""Events in Redis: a sorted set for each user and action, scored by time."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from itertools import islice
from typing import Any

from data.actions import ACTIONS
from serving.state.event import Event
from serving.state.redis_client import answering, dropped
from serving.state.stores import KEPT_EVENTS

__all__ = ["RedisEvents"]

NUMBER = "{corkboard}:events:number"  # the braces keep all keys on one node of a cluster
TOGETHER = "of"  # where all actions lay in one set before each had its own
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
                    pipeline.zadd(_key(event.user_id, event.action), {member: event.time_s})
                for user_id, action in {(event.user_id, event.action) for event in events}:
                    pipeline.zremrangebyrank(_key(user_id, action), 0, -self._kept - 1)
                pipeline.execute()

    def last(self, user_id: str, most: int, actions: Sequence[str] | None = None) -> list[Event]:
        if most < 1:
            return []
        wanted = ACTIONS if actions is None else dict.fromkeys(actions)
        with answering(), self._client.pipeline(transaction=True) as pipeline:
            for action in (TOGETHER, *wanted):
                pipeline.zrevrange(_key(user_id, action), 0, most - 1, withscores=True)
            found = [(time_s, member) for members in pipeline.execute() for member, time_s in members]
        found.sort(reverse=True)  # as Redis orders them: by time, then by the number that a member begins with
        events = (Event(**json.loads(member[DIGITS:])) for _, member in found)
        return list(islice((event for event in events if event.action in wanted), most))

    def forget(self, user_id: str) -> int:
        return dropped(self._client, *(_key(user_id, action) for action in (TOGETHER, *ACTIONS)))

    def close(self) -> None:
        self._client.close()


def _key(user_id: str, action: str) -> str:
    return f"{{corkboard}}:events:{action}:{user_id}"
