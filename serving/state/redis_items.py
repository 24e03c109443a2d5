"""Items in Redis: hashes of records, vectors and pictures, and a sorted set of changes."""

import json
from typing import Any
from uuid import uuid4

from data.errors import UserError
from serving.state.item import Item, ItemChange, packed_vector, unpacked_vector
from serving.state.redis_client import answering
from serving.state.stores import MOST_CHANGES

__all__ = ["RedisItems"]

# the braces keep all keys on one node of a cluster
SEQ, CHANGES, RECORDS, VECTORS, PICTURES = (
    f"{{corkboard}}:items:{name}" for name in ("seq", "changes", "records", "vectors", "pictures")
)
STORE = "{corkboard}:items:store"
MOST_KEPT = 5_000  # what Lua can unpack into one call
# Redis runs a script as one step: nobody sees a number before its change
WRITE = """
local seq = redis.call('INCR', KEYS[1])
redis.call('ZADD', KEYS[2], seq, ARGV[1])
redis.call('HSET', KEYS[3], ARGV[1], ARGV[2])
for place = 4, 5 do
  if ARGV[place - 1] == '' then redis.call('HDEL', KEYS[place], ARGV[1])
  else redis.call('HSET', KEYS[place], ARGV[1], ARGV[place - 1]) end
end
return seq
"""
READ = """
local rows = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. ARGV[1], '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[2])
if #rows == 0 then return {} end
local ids, numbers = {}, {}
for place = 1, #rows, 2 do
  ids[#ids + 1] = rows[place]
  numbers[#numbers + 1] = rows[place + 1]
end
return {ids, numbers, redis.call('HMGET', KEYS[2], unpack(ids)), redis.call('HMGET', KEYS[3], unpack(ids))}
"""


class RedisItems:
    """See `serving.state.stores.Items`."""

    def __init__(self, client: Any) -> None:
        """Raises `UserError` if the server keeps no append-only file, since it would lose acknowledged items."""
        self._client = client
        with answering():
            if not int(client.info("persistence").get("aof_enabled", 0)):
                raise UserError(
                    "Redis keeps no append-only file, so that items would be lost; "
                    "start it with `--appendonly yes --appendfsync always`"
                )
            client.set(STORE, uuid4().hex, nx=True)
        self._write, self._read = client.register_script(WRITE), client.register_script(READ)

    def put(self, item: Item) -> int:
        record = {
            "title": item.title,
            "category": item.category,
            "attributes": dict(item.attributes),
            "image": item.image,
            "model": item.model,
            "details": dict(item.details),
        }
        return self._written(item.item_id, json.dumps(record, ensure_ascii=False), item.vector_D, item.picture)

    def delete(self, item_id: str) -> int:
        return self._written(item_id, "", None, None)

    def get(self, item_id: str) -> ItemChange | None:
        with answering(), self._client.pipeline(transaction=True) as pipeline:
            pipeline.zscore(CHANGES, item_id)
            pipeline.hget(RECORDS, item_id)
            pipeline.hget(VECTORS, item_id)
            seq, record, vector = pipeline.execute()
        return None if seq is None else _change(int(seq), item_id, record, vector)

    def picture(self, item_id: str) -> bytes | None:
        with answering():
            picture: bytes | None = self._client.hget(PICTURES, item_id)
            return picture

    def changes_since(self, seq: int, most: int = MOST_CHANGES) -> list[ItemChange]:
        with answering():
            columns = self._read(keys=[CHANGES, RECORDS, VECTORS], args=[seq, min(most, MOST_KEPT)])
        return [
            _change(int(number), item_id.decode(), record, vector)
            for item_id, number, record, vector in zip(*columns, strict=True)
        ]

    def store_id(self) -> str:
        with answering():
            store: bytes = self._client.get(STORE)
            return store.decode()

    def last_seq(self) -> int:
        with answering():
            return int(self._client.get(SEQ) or 0)

    def close(self) -> None:
        self._client.close()

    def _written(self, item_id: str, record: str, vector_D: Any, picture: bytes | None) -> int:
        with answering():
            keys = [SEQ, CHANGES, RECORDS, VECTORS, PICTURES]
            return int(self._write(keys=keys, args=[item_id, record, packed_vector(vector_D), picture or b""]))


def _change(seq: int, item_id: str, record: bytes, vector: bytes | None) -> ItemChange:
    if not record:
        return ItemChange(seq, item_id, None)
    known = json.loads(record)
    return ItemChange(seq, item_id, Item(item_id=item_id, vector_D=unpacked_vector(vector or b""), **known))
