"""Users: everybody who acted, with their attributes and a summary of their events."""

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from data.checks.expect import never
from data.checks.findings import gather
from data.checks.inspection import Inspection
from data.checks.keys import key_findings, key_suite
from data.checks.run import Checked, checked_rows
from data.table import Table, column

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["TABLE"]


def _checks(table: Table, view: Inspection) -> list[Checked]:
    """Check the key, and the summaries of events against the table `events`."""
    import ibis

    users = view.rows(table.name)
    events = view.rows("events") if "events" in view.held else None  # of impressions there are none
    assert users is not None
    parts = key_findings(table, users)
    if {"user_id", "events"} <= set(users.columns):
        parts.append((users, {"single": ibis.cases((users.events == 1, "1 event"))}))
        if events is not None and "user_id" in events.columns:
            parts.append(_counted(users, events))
    findings = gather(view.engine, parts, [name for name in table.key if name in users.columns])
    suite = [
        *key_suite(table),
        never("miscounted", "events counted", "events has to be the number of the user's rows in the table events"),
        never("wrong_first_s", "first time", "first_s has to be the time of the user's first event"),
        never("wrong_last_s", "last time", "last_s has to be the time of the user's last event"),
        never("single", "several events", "a user with one event has nothing that could be predicted", "warning"),
    ]
    return [checked_rows(table.name, table.name, findings.rows, suite, table.key, findings.totals)]


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
    findings = {"miscounted": ibis.cases((joined.events != actual, text))}
    for name in ("first_s", "last_s"):
        if timed and name in users.columns:
            there = joined[f"counted_{name}"]
            wrong = ~joined[name].identical_to(there)
            words = [one.cast("string").fill_null("nothing") for one in (joined[name], there)]
            findings[f"wrong_{name}"] = ibis.cases((wrong, ibis.literal("says ") + words[0] + ", there is " + words[1]))
    return joined, findings


TABLE = Table(
    "users",
    pa.schema(
        [
            column("user_id", pa.string(), "key"),
            column("events", pa.int64(), "how many there are of this user"),
            column("first_s", pa.int64(), "time of the first event; null: unknown", nullable=True),
            column("last_s", pa.int64(), "time of the last event; null: unknown", nullable=True),
            column("attributes", pa.map_(pa.string(), pa.string()), "name to value, such as country: NL"),
        ]
    ),
    ("user_id",),
    checks=_checks,
)
