"""The client of Redis, and its failures as ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from data.errors import UserError
from serving.state.stores import Unavailable

__all__ = ["answering", "dropped", "redis_client"]

WAIT_S = 10.0
WRITE = "redis://user:password@host:6379/0"


def redis_client(url: str) -> Any:
    """A client of `redis://user:password@host:port/database`, or `rediss://` over TLS; it connects when it is used.

    Raises:
        UserError: the client is not installed, or the address is none.
    """
    try:
        import redis
    except ImportError:
        raise UserError("Redis needs its client; run `pip install 'corkboard[redis]'`") from None
    try:
        return redis.Redis.from_url(url, socket_timeout=WAIT_S, socket_connect_timeout=WAIT_S)
    except ValueError:  # the error's message may hold a part of the password
        raise UserError(f"the address of Redis is none that its client understands; write {WRITE}") from None


def dropped(client: Any, *keys: str) -> int:
    """Delete sorted sets; returns how many members they had."""
    with answering(), client.pipeline(transaction=True) as pipeline:
        for key in keys:
            pipeline.zcard(key).delete(key)
        return sum(map(int, pipeline.execute()[::2]))


@contextmanager
def answering() -> Iterator[None]:
    """Turn errors of the client into `Unavailable`."""
    import redis

    try:
        yield
    except (redis.RedisError, OSError) as error:
        raise Unavailable(f"Redis cannot be used: {(str(error).splitlines() or ['no answer'])[0]}") from error
