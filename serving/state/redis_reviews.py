"""The review queue in Redis: a hash a review, and sorted sets of those that wait and that were decided."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from serving.state.item import Item
from serving.state.redis_client import answering
from serving.state.review import Review, packed_review, unpacked_item

__all__ = ["RedisReviews"]

WAITING, DECIDED = "{corkboard}:reviews:waiting", "{corkboard}:reviews:decided"


class RedisReviews:
    """See `serving.state.stores.Reviews`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def add(self, item: Item, findings: Sequence[Mapping[str, Any]], now_s: int) -> str:
        review_id = uuid4().hex
        fields: dict[str, Any] = {"content": packed_review(item, findings), "asked_s": now_s}
        if item.picture is not None:
            fields["picture"] = item.picture
        with answering(), self._client.pipeline(transaction=True) as pipeline:
            pipeline.hset(_key(review_id), mapping=fields)
            pipeline.zadd(WAITING, {review_id: now_s})
            pipeline.execute()
        return review_id

    def listed(self, decided: bool, most: int) -> list[Review]:
        with answering():
            between = self._client.zrevrange if decided else self._client.zrange
            names = [_text(name) for name in between(DECIDED if decided else WAITING, 0, most - 1)]
        return [review for name in names if (review := self.get(name)) is not None]

    def get(self, review_id: str) -> Review | None:
        with answering():
            found = {_text(name): value for name, value in self._client.hgetall(_key(review_id)).items()}
        if not found:
            return None
        picture = found.pop("picture", None)
        known = {name: _text(value) for name, value in found.items()}
        item, findings = unpacked_item(known["content"], picture)
        decided_s = int(known["decided_s"]) if "decided_s" in known else None
        said = {name: known.get(name, "") for name in ("decision", "reason", "who")}
        return Review(review_id, item, findings, int(known["asked_s"]), decided_s=decided_s, **said)

    def decide(self, review_id: str, decision: str, reason: str, who: str, now_s: int) -> bool:
        fields = {"decision": decision, "reason": reason, "who": who, "decided_s": now_s}

        def first(pipeline: Any) -> bool:
            if pipeline.hexists(_key(review_id), "decision"):
                return False
            pipeline.multi()
            pipeline.hset(_key(review_id), mapping=fields)
            pipeline.zrem(WAITING, review_id)
            pipeline.zadd(DECIDED, {review_id: now_s})
            return True

        with answering():  # it starts again if another decides meanwhile
            return bool(self._client.transaction(first, _key(review_id), value_from_callable=True))

    def close(self) -> None:
        self._client.close()


def _key(review_id: str) -> str:
    return f"{{corkboard}}:reviews:of:{review_id}"


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
