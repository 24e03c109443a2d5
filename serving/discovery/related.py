"""Items that go with an item, and why."""

import asyncio
from typing import Any

from pydantic_core import to_json

from components.roles import KEEP, RECOMMEND
from serving.discovery.call import Call
from serving.discovery.context import Context
from serving.discovery.more import together
from serving.discovery.peers import PeerFailed
from serving.discovery.search import look_alikes

__all__ = ["related"]

ALIKE, TOGETHER = "looks_alike", "saved_together"
ALIKE_TEXT, SAVED = "Looks alike", "Saved by people who saved this"
SPARE = 10  # results that may have been deleted since


async def related(context: Context, call: Call) -> dict[str, Any]:
    """What looks like an item, and what is kept with it on boards, taking turns.

    Without a system of role `keep`, what the same people saved.

    Raises:
        PeerFailed: neither system answers.
    """
    item_id, shown = call.path["item_id"], call.query.k
    k = context.exposure.pool("related", shown)
    item = context.stock.get(item_id)
    results = await asyncio.gather(
        look_alikes(context, (item_id,), k), _together(context, item_id, k), return_exceptions=True
    )
    for failure in results:
        if isinstance(failure, BaseException) and not isinstance(failure, PeerFailed):
            raise failure
    failures = [failure for failure in results if isinstance(failure, PeerFailed)]
    if len(failures) == len(results):
        raise failures[0]
    alike = [] if isinstance(results[0], BaseException) else results[0][0]
    together = [] if isinstance(results[1], BaseException) else results[1]
    items: dict[str, dict[str, Any]] = {}
    for hit, kind in _in_turns(alike, together):
        other = context.stock.find(hit["item_id"])
        if other is not None and hit["item_id"] != item_id and len(items) < k:
            shared = context.stock.in_common(item, other)
            text = _saved(hit) if kind == TOGETHER else ALIKE_TEXT + (f": {', '.join(shared)}" if shared else "")
            because = {"kind": kind, "text": text}
            items.setdefault(hit["item_id"], {**other, "score": hit["score"], "because": because})
    ordered, reordered = context.exposure.ordered("related", list(items.values()), shown, by_place=True)
    degraded = [failure.degraded.model_dump() for failure in failures]
    return {"items": ordered[:shown], "degraded": degraded, "reordered": reordered}


async def _together(context: Context, item_id: str, k: int) -> list[dict[str, Any]]:
    """What is kept with this item, or comes next for somebody who only saved it; nothing where it is not known."""
    if context.peers[KEEP].is_there:
        return await together(context, item_id, k)
    fields = {"actions": [{"item_id": item_id, "action": "save"}], "k": k + SPARE}
    response = await context.peers[RECOMMEND].post("/v1/recommend", to_json(fields))
    items: list[dict[str, Any]] = response["items"]
    return items if response["personal"] else []


def _saved(hit: dict[str, Any]) -> str:
    boards = (hit.get("because") or {}).get("boards", 0) if isinstance(hit.get("because"), dict) else 0
    return f"On {boards} board{'s' if boards > 1 else ''} together with this" if boards else SAVED


def _in_turns(alike: list[Any], together: list[Any]) -> list[tuple[Any, str]]:
    """Two that look alike, then one that was saved, and so on."""
    placed = [(place, 0, hit, ALIKE) for place, hit in enumerate(alike)]
    placed += [(2 * place + 1, 1, hit, TOGETHER) for place, hit in enumerate(together)]
    placed.sort(key=lambda part: part[:2])
    return [(hit, kind) for _, _, hit, kind in placed]
