"""What a person did: the stored events with the actions of a request, and what these say of their taste."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from data.actions import ACTIONS
from serving.discovery.context import Context
from serving.discovery.types import Done
from serving.state import Event, Events, Unavailable
from serving.state.stores import KEPT_EVENTS

__all__ = ["READ", "UNREAD", "WISHES", "history", "tastes", "wishes"]

READ = 500  # latest stored events, and as many that are no views: a page posts a view for whatever it shows
ACTED = tuple(action for action in ACTIONS if action != "view")
WISHES = ("click", "save")
UNREAD = {"system": "state", "role": "state", "reason": "what people did cannot be read"}


async def history(
    context: Context, user_id: str | None, given: Sequence[Done], degraded: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], set[str]]:
    """Actions, oldest first, and all items that the person hid; of `given` alone where the state cannot be read."""
    stored: list[Event] = []
    hidden: set[str] = set()
    if user_id is not None:
        try:
            stored, hidden = await context.blocking(_known_of, context.state.events, user_id)
        except Unavailable:
            degraded.append(UNREAD)
    actions = _merged(stored, given)
    return actions, hidden | {action["item_id"] for action in actions if action["action"] == "hide"}


def tastes(context: Context, actions: Sequence[Mapping[str, Any]]) -> Counter[str]:
    """By category how many more wishes than hides there are of its items."""
    found = wishes(context, actions)
    found.subtract(_categories(context, actions, ("hide",)))
    return found


def wishes(context: Context, actions: Sequence[Mapping[str, Any]]) -> Counter[str]:
    """By category how many wishes there are of its items."""
    return _categories(context, actions, WISHES)


def _categories(context: Context, actions: Sequence[Mapping[str, Any]], wanted: Sequence[str]) -> Counter[str]:
    items = [context.stock.find(action["item_id"]) for action in actions if action["action"] in wanted]
    return Counter(item["category"] for item in items if item is not None and item["category"])


def _merged(stored: Sequence[Event], given: Sequence[Done]) -> list[dict[str, Any]]:
    """Stored events, latest first, and those of the request as one history, oldest first.

    An action of unknown time comes after what was done before it in the request.
    """
    timed = [(int(event.time_s), event) for event in reversed(stored)]
    whole: list[tuple[int, dict[str, Any]]] = [
        (time_s, _action(event.item_id, event.action, event.surface or None, time_s)) for time_s, event in timed
    ]
    latest_s = whole[-1][0] if whole else 0
    for action in given:
        latest_s = latest_s if action.time_s is None else action.time_s
        whole.append((latest_s, _action(action.item_id, action.action, action.surface, action.time_s)))
    whole.sort(key=lambda entry: entry[0])
    return [action for _, action in whole]


def _known_of(events: Events, user_id: str) -> tuple[list[Event], set[str]]:
    """What a person did last, latest first, and all that they hid."""
    stored = events.last(user_id, READ)
    hidden = {event.item_id for event in stored if event.action == "hide"}
    if len(stored) == READ:  # there may be more
        acted = events.last(user_id, READ, ACTED)
        hidden |= {event.item_id for event in events.last(user_id, KEPT_EVENTS, ("hide",))}
        stored += acted[sum(event.action in ACTED for event in stored) :]
    return stored, hidden


def _action(item_id: str, action: str, surface: str | None, time_s: int | None) -> dict[str, Any]:
    return {"item_id": item_id, "action": action, "surface": surface, "time_s": time_s}
