"""What else belongs on a board, and which boards are alike."""

from collections.abc import Sequence
from typing import Any

from pydantic_core import to_json

from components.errors import NotFound
from components.roles import KEEP
from serving.discovery.call import Call
from serving.discovery.context import Context
from serving.discovery.peers import PeerFailed

__all__ = ["more", "more_of", "similar", "together", "told"]

SPARE = 10  # results that may have been deleted since
MOST_SENT = 1000  # items of a board, the latest


async def more(context: Context, call: Call) -> dict[str, Any]:
    """What else belongs on somebody's board.

    Raises:
        NotFound: there is no such board.
        PeerFailed: the system does not answer.
    """
    return await _more(context, {"items": await _held(context, call.path["user_id"], call.path["board"])}, call.query.k)


async def more_of(context: Context, call: Call) -> dict[str, Any]:
    """What else belongs on a board that training knew; raises as `more`."""
    return await _more(context, {"board_id": call.path["board_id"]}, call.query.k)


async def similar(context: Context, call: Call) -> dict[str, Any]:
    """The boards that are most like somebody's board, or like some items; raises as `more`."""
    body = call.body
    items = body.items
    if body.board is not None:
        items = await _held(context, body.user_id, body.board)
    fields = {"items": items, "k": 0, "boards": body.k}
    answer = await context.optional(KEEP).post("/v1/keep", to_json(fields))
    return {"boards": answer["boards"]}


async def together(context: Context, item_id: str, k: int) -> list[dict[str, Any]]:
    """What is kept with an item; raises as `more`."""
    fields = {"items": [item_id], "k": k + SPARE}
    answer = await context.peers[KEEP].post("/v1/keep", to_json(fields))
    hits: list[dict[str, Any]] = answer["items"]
    return hits


async def told(context: Context) -> None:
    """Tell that boards changed. A system that does not answer follows a moment later."""
    if context.peers[KEEP].is_there:
        try:
            await context.peers[KEEP].post("/v1/follow", b"")
        except PeerFailed:
            return  # the peer has counted and logged it


async def _held(context: Context, user_id: str, board: str) -> Sequence[str]:
    """The items of a board, the oldest first."""
    item_ids = (await context.blocking(context.state.boards.of, user_id)).get(board)
    if item_ids is None:
        raise NotFound(f"{user_id!r} has no board {board!r}")
    return item_ids[:MOST_SENT][::-1]


async def _more(context: Context, asked: dict[str, Any], k: int) -> dict[str, Any]:
    answer = await context.optional(KEEP).post("/v1/keep", to_json({**asked, "k": k + SPARE}))
    items: list[dict[str, Any]] = []
    for hit in answer["items"]:
        item = context.stock.find(hit["item_id"])
        if item is not None and len(items) < k:
            items.append({**item, "score": hit["score"], "because": _reason(context, hit["because"])})
    return {"items": items}


def _reason(context: Context, because: dict[str, Any] | None) -> dict[str, Any] | None:
    """Why, in words; nothing where that item is gone."""
    other = None if because is None else context.stock.find(because["item_id"])
    if because is None or other is None:
        return None
    called = other["title"] or other["item_id"]
    boards = because["boards"]
    where = f"On {boards} board{'s' if boards > 1 else ''} together with" if boards else "Like"
    return {"item_id": other["item_id"], "boards": boards, "text": f"{where} {called}"}
