"""What is wrong with events: each by itself, in the order of its user, and against the other tables."""

from typing import TYPE_CHECKING, Any

from data.actions import ACTIONS
from data.behaviour.engine import Tables
from data.evidence.findings import Findings, gather
from data.tables import EVENTS, SPLITS

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["event_evidence"]

FIRST_S = 788_918_400  # 1995: before, nobody clicked
LATE_S = 86_400  # clocks differ
MILLISECONDS = 10**11  # as seconds the year 5138
KEY = ("user_id", "place", "item_id")
RANKS = {"train": 0, "validation": 1, "test": 2}


def event_evidence(
    tables: Tables, events: "ir.Table", users: "ir.Table | None", items: "ir.Table | None", now_s: float
) -> Findings:
    """Findings about `events`, which has the usable columns of the table; what needs other columns is left out.

    `users` and `items` are None where they have no usable id.
    """
    columns = set(events.columns)
    parts: list[tuple[Any, dict[str, Any]]] = [(events, _alone(events, now_s))]
    if {"user_id", "place"} <= columns:
        parts.append(_in_order(events))
    for name, others in (("user_id", users), ("item_id", items)):
        if name in columns and others is not None:
            parts.append(_orphans(events, name, others))
    if {"user_id", "item_id", "action", "time_s", "place"} <= columns:
        parts.append(_copies(events))
    return gather(tables, parts, [name for name in KEY if name in columns])


def _alone(events: "ir.Table", now_s: float) -> dict[str, Any]:
    """Findings that one row shows."""
    found: dict[str, Any] = {}
    for field in EVENTS.schema:
        if not field.nullable and field.name in events.columns:
            found[f"no_{field.name}"] = _say(events[field.name].isnull(), "nothing")
    if "action" in events.columns:
        known = events.action.isin(ACTIONS)
        found["unknown_action"] = _say(~known, events.action)
    if "split" in events.columns:
        found["unknown_split"] = _say(~events.split.isin(SPLITS[:3]), events.split)
    if "position" in events.columns:
        found["bad_position"] = _say(events.position < 0, events.position.cast("string"))
    if "propensity" in events.columns:
        value = events.propensity.cast("float64")
        bad = (value <= 0) | (value > 1) | value.isnan()
        found["bad_propensity"] = _say(bad, value.cast("string"))
    if "time_s" in events.columns:
        found |= _times(events.time_s, now_s)
    return found


def _times(time_s: Any, now_s: float) -> dict[str, Any]:
    milli = time_s >= MILLISECONDS
    text = time_s.cast("string")
    return {
        "milliseconds": _say(milli, text + " looks like milliseconds or finer"),
        "future": _say((time_s > int(now_s) + LATE_S) & ~milli, text + " is in the future"),
        "ancient": _say(time_s < FIRST_S, text + " is before 1995"),
    }


def _in_order(events: "ir.Table") -> tuple["ir.Table", dict[str, Any]]:
    """Findings that a row and the user's row before it show."""
    import ibis

    by_user = ibis.window(group_by="user_id", order_by="place")
    known = events.mutate(before_place=events.place.lag().over(by_user))
    found: dict[str, Any] = {
        "copied_key": _say(known.place == known.before_place, ibis.literal("another event of the user has this place")),
        "misplaced": _say(
            (known.place != known.before_place.fill_null(-1) + 1)
            & ~(known.place == known.before_place).fill_null(False),
            ibis.literal("comes after ") + known.before_place.cast("string").fill_null("nothing"),
        ),
    }
    if "time_s" in events.columns:
        known = known.mutate(before_s=events.time_s.lag().over(by_user))
        found["unsorted"] = _say(
            known.time_s < known.before_s,
            known.time_s.cast("string") + " comes after " + known.before_s.cast("string"),
        )
        mixed = known.time_s.isnull() != known.before_s.isnull()
        found["half_timed"] = _say(
            mixed & known.before_place.notnull(), ibis.literal("some events of the user have a time")
        )
    if "split" in events.columns:
        known = known.mutate(before_split=events.split.lag().over(by_user))
        later, before = (
            ibis.cases(*[(column == name, rank) for name, rank in RANKS.items()])
            for column in (known.split, known.before_split)
        )
        found["split_order"] = _say(later < before, known.split + " comes after " + known.before_split)
    return known, found


def _orphans(events: "ir.Table", name: str, others: "ir.Table") -> tuple["ir.Table", dict[str, Any]]:
    import ibis

    known = others.select(known_id=others[name]).distinct()
    joined = events.left_join(known, events[name] == known.known_id)
    missing = joined.known_id.isnull() & joined[name].notnull()
    kind = name.removesuffix("_id")
    return joined, {f"unknown_{kind}": _say(missing, ibis.literal(f"no {kind} ") + joined[name])}


def _copies(events: "ir.Table") -> tuple["ir.Table", dict[str, Any]]:
    """A row a group of events that are one and the same; without a time that is not known."""
    import ibis

    timed = events.filter(events.time_s.notnull())
    groups = timed.group_by("user_id", "item_id", "action", "time_s").agg(
        place=lambda table: table.place.min(), count=lambda table: table.count()
    )
    repeated = groups["count"] > 1
    text = groups["count"].cast("string") + " times " + groups.action + " at " + groups.time_s.cast("string")
    return groups, {"duplicate": _say(repeated, ibis.coalesce(text, ibis.literal("several times")))}


def _say(wrong: Any, text: Any) -> Any:
    """The text where it is wrong, null otherwise."""
    import ibis

    said = text if not isinstance(text, str) else ibis.literal(text)
    return ibis.cases((wrong, said.cast("string")))
