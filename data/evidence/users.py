"""What is wrong with users: their key, and what the table says of their events against the events themselves."""

from typing import TYPE_CHECKING, Any

from data.behaviour.engine import Tables
from data.evidence.findings import Findings, gather
from data.tables import USERS

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["user_evidence"]


def user_evidence(tables: Tables, users: "ir.Table", events: "ir.Table | None") -> Findings:
    """Findings about `users`; `events` is None where those have no usable user."""
    import ibis

    columns = set(users.columns)
    found: dict[str, Any] = {}
    for field in USERS.schema:
        if not field.nullable and field.name in columns and field.name != "attributes":
            found[f"no_{field.name}"] = ibis.cases((users[field.name].isnull(), "nothing"))
    parts: list[tuple[Any, dict[str, Any]]] = [(users, found)]
    if "user_id" in columns:
        groups = users.group_by("user_id").agg(count=lambda table: table.count())
        text = groups["count"].cast("string") + " rows"
        parts.append((groups, {"copied_key": ibis.cases((groups["count"] > 1, text))}))
    if {"user_id", "events"} <= columns:
        parts.append((users, {"single": ibis.cases((users.events == 1, "1 event"))}))
        if events is not None:
            parts.append(_counted(users, events))
    return gather(tables, parts, [name for name in ("user_id",) if name in columns])


def _counted(users: "ir.Table", events: "ir.Table") -> tuple["ir.Table", dict[str, Any]]:
    import ibis

    timed = "time_s" in events.columns
    counted = events.group_by(counted_id=events.user_id).agg(
        counted=lambda table: table.count(),
        counted_first_s=lambda table: table.time_s.min() if timed else ibis.null("int64"),
        counted_last_s=lambda table: table.time_s.max() if timed else ibis.null("int64"),
    )
    joined = users.left_join(counted, users.user_id == counted.counted_id)
    actual = joined.counted.fill_null(0)
    text = ibis.literal("says ") + joined.events.cast("string") + ", there are " + actual.cast("string")
    found = {"miscounted": ibis.cases((joined.events != actual, text))}
    for name in ("first_s", "last_s"):
        if timed and name in users.columns:
            there = joined[f"counted_{name}"]
            wrong = ~joined[name].identical_to(there)
            words = [one.cast("string").fill_null("nothing") for one in (joined[name], there)]
            found[f"wrong_{name}"] = ibis.cases((wrong, ibis.literal("says ") + words[0] + ", there is " + words[1]))
    return joined, found
