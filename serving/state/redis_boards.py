"""Boards in Redis: a sorted set a user, scored by when an item was saved."""

import json
from typing import Any

from serving.state.redis_client import answering, dropped

__all__ = ["RedisBoards"]

NUMBER = "{corkboard}:boards:number"  # the braces keep all keys on one node of a cluster


class RedisBoards:
    """See `serving.state.stores.Boards`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def add(self, user_id: str, board: str, item_id: str) -> None:
        with answering():
            self._client.zadd(_key(user_id), {_member(board, item_id): int(self._client.incr(NUMBER))})

    def remove(self, user_id: str, board: str, item_id: str) -> bool:
        with answering():
            return bool(self._client.zrem(_key(user_id), _member(board, item_id)))

    def drop(self, user_id: str, board: str) -> int:
        key = _key(user_id)

        def delete(pipeline: Any) -> int:
            members = [member for member in pipeline.zrange(key, 0, -1) if json.loads(member)[0] == board]
            pipeline.multi()
            if members:
                pipeline.zrem(key, *members)
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

    def forget(self, user_id: str) -> int:
        return dropped(self._client, _key(user_id))

    def close(self) -> None:
        self._client.close()


def _key(user_id: str) -> str:
    return f"{{corkboard}}:boards:of:{user_id}"


def _member(board: str, item_id: str) -> str:
    return json.dumps([board, item_id], ensure_ascii=False)
