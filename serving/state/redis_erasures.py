"""Tombstones of erased people in Redis: a hash."""

from typing import Any

from serving.state.redis_client import answering

__all__ = ["RedisErasures"]

KEY = "{corkboard}:erasures"


class RedisErasures:
    """See `serving.state.stores.Erasures`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def add(self, mark: str, now_s: int) -> None:
        with answering():
            self._client.hsetnx(KEY, mark, now_s)

    def all(self) -> dict[str, int]:
        with answering():
            return {mark.decode(): int(asked_s) for mark, asked_s in self._client.hgetall(KEY).items()}

    def close(self) -> None:
        self._client.close()
