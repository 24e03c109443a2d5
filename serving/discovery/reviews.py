"""What waits for a person's decision before it is shown."""

from typing import Any

from starlette.responses import Response

from components.errors import NotFound
from serving.discovery.call import Call
from serving.discovery.context import Context
from serving.discovery.item import written
from serving.discovery.review_types import Decision
from serving.errors import RequestError
from serving.state import Review

__all__ = ["decide", "listed", "picture"]

HERE = "this machine"  # a caller without a key


async def listed(context: Context, call: Call) -> dict[str, Any]:
    """What waits, the oldest first; or what was decided, the latest first, with the reason and by whom."""
    found = await context.blocking(context.state.reviews.listed, call.query.decided, call.query.k)
    return {"reviews": [_shown(review) for review in found]}


async def picture(context: Context, call: Call) -> Response:
    """The picture of what waits, JPEG."""
    review = await _review(context, call.path["review_id"])
    if review.item.picture is None:
        raise NotFound(f"the review {review.review_id} has no picture any more")
    return Response(review.item.picture, headers={"Cache-Control": "no-store"}, media_type="image/jpeg")


async def decide(context: Context, call: Call) -> dict[str, Any]:
    """Let it in, or refuse it, with a reason; the first decision counts."""
    decision: Decision = call.body
    review = await _review(context, call.path["review_id"])
    who, now_s = call.caller or HERE, int(context.clock())
    async with context.writing:
        if not await context.blocking(
            context.state.reviews.decide, review.review_id, decision.decision, decision.reason, who, now_s
        ):
            raise RequestError(409, f"the review {review.review_id} is decided already; read it again")
        if decision.decision == "allow":
            await written(context, review.item)
    return _shown(await _review(context, review.review_id))


async def _review(context: Context, review_id: str) -> Review:
    review = await context.blocking(context.state.reviews.get, review_id)
    if review is None:
        raise NotFound(f"there is no review {review_id!r}")
    return review


def _shown(review: Review) -> dict[str, Any]:
    item = review.item
    return {
        "review_id": review.review_id,
        "item_id": item.item_id,
        "title": item.title,
        "description": str(item.details.get("description", "")),
        "findings": list(review.findings),
        "asked_s": review.asked_s,
        "decision": review.decision or None,
        "reason": review.reason,
        "who": review.who,
        "decided_s": review.decided_s,
    }
