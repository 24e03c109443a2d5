"""Boards in Redis: a sorted set a user, scored by when an item was saved."""

import json
from collections.abc import Callable
from typing import Any

from data.tombstone import mark_of
from serving.state.board import BoardChange
from serving.state.redis_client import answering
from serving.state.stores import MOST_CHANGES

__all__ = ["RedisBoards"]

# the braces keep all keys on one node of a cluster
NUMBER, SEQ, CHANGES, PEOPLE = (f"{{corkboard}}:boards:{name}" for name in ("number", "seq", "changes", "people"))
# Redis runs a script as one step: nobody sees a number before its change
CHANGED = """
if ARGV[2] == '' and redis.call('HDEL', KEYS[3], ARGV[1]) == 0 then return end
redis.call('ZADD', KEYS[2], redis.call('INCR', KEYS[1]), ARGV[1])
if ARGV[2] ~= '' then redis.call('HSET', KEYS[3], ARGV[1], ARGV[2]) end
"""


class RedisBoards:
    """See `serving.state.stores.Boards`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def add(self, user_id: str, board: str, item_id: str) -> None:
        with answering(), self._client.pipeline(transaction=True) as pipeline:
            pipeline.zadd(_key(user_id), {_member(board, item_id): int(self._client.incr(NUMBER))})
            _changed(pipeline, user_id)
            pipeline.execute()

    def remove(self, user_id: str, board: str, item_id: str) -> bool:
        return bool(self._removed(user_id, lambda one: one == [board, item_id]))

    def drop(self, user_id: str, board: str) -> int:
        return self._removed(user_id, lambda one: one[0] == board)

    def _removed(self, user_id: str, goes: Callable[[list[str]], bool]) -> int:
        key = _key(user_id)

        def delete(pipeline: Any) -> int:
            members = [member for member in pipeline.zrange(key, 0, -1) if goes(json.loads(member))]
            pipeline.multi()
            if members:
                pipeline.zrem(key, *members)
                _changed(pipeline, user_id)
            return len(members)

        with answering():  # it starts again if something is saved meanwhile
            return int(self._client.transaction(delete, key, value_from_callable=True))

    def count(self, user_id: str) -> int:
        with answering():
            return int(self._client.zcard(_key(user_id)))

    def of(self, user_id: str) -> dict[str, list[str]]:
        with answering():
            members = self._client.zrevrange(_key(user_id), 0, -1)
        boards: dict[str, list[str]] = {}
        for member in members:
            board, item_id = json.loads(member)
            boards.setdefault(board, []).append(item_id)
        return boards

    def changes_since(self, seq: int, most: int = MOST_CHANGES) -> list[BoardChange]:
        with answering():
            rows = self._client.zrangebyscore(CHANGES, f"({seq}", "+inf", start=0, num=most, withscores=True)
            people = self._client.hmget(PEOPLE, [mark for mark, _ in rows]) if rows else []
        return [
            BoardChange(int(number), mark.decode(), None if user_id is None else user_id.decode())
            for (mark, number), user_id in zip(rows, people, strict=True)
        ]

    def forget(self, user_id: str) -> int:
        with answering(), self._client.pipeline(transaction=True) as pipeline:
            pipeline.zcard(_key(user_id)).delete(_key(user_id))
            _changed(pipeline, user_id, erased=True)
            return int(pipeline.execute()[0])

    def close(self) -> None:
        self._client.close()


def _changed(pipeline: Any, user_id: str, erased: bool = False) -> None:
    pipeline.eval(CHANGED, 3, SEQ, CHANGES, PEOPLE, mark_of(user_id), "" if erased else user_id)


def _key(user_id: str) -> str:
    return f"{{corkboard}}:boards:of:{user_id}"


def _member(board: str, item_id: str) -> str:
    return json.dumps([board, item_id], ensure_ascii=False)
