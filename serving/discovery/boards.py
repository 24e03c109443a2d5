"""Boards: items that a person keeps together under a name."""

from typing import Any

from starlette.responses import Response

from components.errors import NotFound
from data.errors import UserError
from serving.discovery.call import Call
from serving.discovery.check import HOLD, checked
from serving.discovery.context import Context
from serving.discovery.more import told
from serving.state import Boards

__all__ = ["add", "drop", "listed", "read", "remove"]

MOST = 10_000  # items of one person: all of them are read to show a board
COVERS = 4  # items that stand for a board


async def listed(context: Context, call: Call) -> dict[str, Any]:
    """The boards of a person that hold anything to show, the latest changed first; none for somebody unknown."""
    boards = await context.blocking(context.state.boards.of, call.path["user_id"])
    shown = []
    for name, item_ids in boards.items():
        there = [item_id for item_id in item_ids if item_id in context.stock]
        if there:  # all may have been deleted, and may come back
            covers = [context.stock.get(item_id) for item_id in there[:COVERS]]
            shown.append({"name": name, "count": len(there), "covers": covers, "item_ids": there})
    return {"boards": shown}


async def read(context: Context, call: Call) -> dict[str, Any]:
    """A page of a board, the latest saved first; what was deleted since is left out.

    The cursor counts what is left from the oldest on, so that what is saved meanwhile moves nothing.
    """
    user_id, name = call.path["user_id"], call.path["board"]
    item_ids = (await context.blocking(context.state.boards.of, user_id)).get(name)
    if item_ids is None:
        raise NotFound(f"{user_id!r} has no board {name!r}")
    there = [item_id for item_id in item_ids if item_id in context.stock]
    start = 0 if call.query.cursor is None else max(0, len(there) - call.query.cursor)
    page = there[start : start + call.query.k]
    left = len(there) - start - len(page)
    items = [context.stock.get(item_id) for item_id in page]
    return {"name": name, "count": len(there), "items": items, "cursor": left or None}


async def add(context: Context, call: Call) -> Response:
    """Save an item to a board, which is made if need be; saving it again moves it to the front."""
    item_id = call.path["item_id"]
    context.stock.get(item_id)
    if (await checked(context, (call.path["board"],)))["action"] == HOLD:
        raise UserError("a board cannot be called so; choose another name")
    user_id, board = call.path["user_id"], call.path["board"]
    await context.blocking(_add, context.state.boards, user_id, board, item_id)
    await told(context)
    return Response(status_code=204)


def _add(boards: Boards, user_id: str, board: str, item_id: str) -> None:
    if boards.count(user_id) >= MOST:
        raise UserError(f"the boards of {user_id!r} hold {MOST} items, and no more are kept; take some off first")
    boards.add(user_id, board, item_id)


async def remove(context: Context, call: Call) -> Response:
    """Take an item off a board; a board without items is no more."""
    user_id, name, item_id = call.path["user_id"], call.path["board"], call.path["item_id"]
    if not await context.blocking(context.state.boards.remove, user_id, name, item_id):
        raise NotFound(f"there is no item {item_id!r} on the board {name!r}")
    await told(context)
    return Response(status_code=204)


async def drop(context: Context, call: Call) -> Response:
    """Delete a board; its items stay, only the board goes."""
    user_id, name = call.path["user_id"], call.path["board"]
    if not await context.blocking(context.state.boards.drop, user_id, name):
        raise NotFound(f"{user_id!r} has no board {name!r}")
    await told(context)
    return Response(status_code=204)
