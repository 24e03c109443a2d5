"""Events: actions of users on items, in each user's order of time. Later events are of validation and test."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from data.actions import ACTIONS
from data.checks.expect import Severity, never
from data.checks.findings import Findings, gather
from data.checks.inspection import Inspection
from data.checks.log import log_checks
from data.checks.run import Checked, checked_rows
from data.engine import Tables
from data.params import LogSplits, TimeSplit
from data.table import SPLITS, Table, column
from data.times import DAY_S

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["TABLE", "Windows", "divide", "windows"]

FIRST_S = 788_918_400  # 1995: before, nobody clicked
LATE_S = 86_400  # clocks differ
MILLISECONDS = 10**11  # larger times are no seconds: it is the year 5138
KEY = ("user_id", "place", "item_id")
RANKS = {"train": 0, "validation": 1, "test": 2}
LEAST_HISTORY = 3  # fewer events of a user are all of train
# finding: check, sentence, severity
FINDINGS: dict[str, tuple[str, str, Severity]] = {
    "copied_key": ("key is unique", "no two events of a user may have the same place", "critical"),
    "misplaced": ("place counts from 0", "the places of a user's events are 0, 1, 2, … without a gap", "critical"),
    "unsorted": ("events in order", "the times of a user's events may not fall from one place to the next", "critical"),
    "half_timed": ("times are given", "either all events of a user have a time or none", "critical"),
    "split_order": ("split in order", "a user's events train, then validate, then test, and never go back", "critical"),
    "unknown_item": ("item exists", "an event has to be about an item of the table items", "critical"),
    "unknown_user": ("user exists", "an event has to be by a user of the table users", "critical"),
    "duplicate": (
        "no duplicate events",
        "a user does the same thing to the same item only once a second; remove the copies, or set `duplicates: drop` "
        "for a source event_log",
        "critical",
    ),
    "unknown_action": (
        "action is known",
        f"action has to be one of {', '.join(ACTIONS)}; map the log's words by `actions` in params.yaml",
        "critical",
    ),
    "unknown_split": ("split is known", "split has to be one of train, validation, test", "critical"),
    "bad_position": ("position in bounds", "a position counts from 0", "critical"),
    "bad_propensity": ("propensity in bounds", "a propensity is above 0 and at most 1", "critical"),
    "milliseconds": (
        "time in seconds",
        "time_s has to be in seconds; set `time_unit: ms` (or us) in params.yaml, or divide it",
        "critical",
    ),
    "future": ("time in bounds", "time_s may not be in the future", "critical"),
    "ancient": ("time not too early", "time_s has to be after 1995, in seconds since 1970", "critical"),
}

SCHEMA = pa.schema(
    [
        column("user_id", pa.string(), "who; first part of the key"),
        column("place", pa.int32(), "among the user's events, from 0, oldest first; second part of the key"),
        column("item_id", pa.string(), "on what"),
        column("action", pa.string(), "one of ACTIONS"),
        column("surface", pa.string(), "where: home, search, related …; empty: unknown"),
        column("time_s", pa.int64(), "when; null: only the order is known", nullable=True),
        column("session_id", pa.string(), "null: unknown", nullable=True),
        column("position", pa.int32(), "of the item in what was shown, from 0; null: unknown", nullable=True),
        column("propensity", pa.float32(), "probability that it was looked at; null: unknown", nullable=True),
        column("split", pa.string(), "train, validation or test: which of them may learn from it or asks for it"),
    ]
)


@dataclass(frozen=True)
class Windows:
    """Where validation and test begin, in seconds; each goes on to the next, the test to the end."""

    validation_s: int
    test_s: int


def windows(split: TimeSplit, last_s: int) -> Windows:
    """The windows of a log whose last event was at `last_s`: whole days of UTC, that day included."""
    end_s = (last_s // DAY_S + 1) * DAY_S
    test_s = end_s - split.test_days * DAY_S
    return Windows(test_s - split.validation_days * DAY_S, test_s)


def divide(placed: "ir.Table", splits: LogSplits, bounds: Windows | None) -> "ir.Table":
    """Add `split` to events that have their `place`; `bounds` where `splits` are windows of time."""
    import ibis

    if splits == "leave_one_out":
        counted = placed.mutate(count=placed.count().over(ibis.window(group_by="user_id")))
        left = counted["count"] - counted.place
        return counted.mutate(
            split=ibis.cases(
                (counted["count"] < LEAST_HISTORY, "train"),
                (left == 1, "test"),
                (left == 2, "validation"),
                else_="train",
            )
        )
    assert bounds is not None
    return placed.mutate(
        split=ibis.cases(
            (placed.time_s >= bounds.test_s, "test"),
            (placed.time_s >= bounds.validation_s, "validation"),
            else_="train",
        )
    )


def _checks(table: Table, view: Inspection) -> list[Checked]:
    """Check each event by itself, against the user's event before it, users and items; then the log as a whole."""
    events = view.rows(table.name)
    assert events is not None
    findings = _evidence(
        view.engine, events, _with(view.rows("users"), "user_id"), _with(view.rows("items"), "item_id"), view.now_s
    )
    suite = [
        *[never(f"no_{name}", f"{name} is given", f"every event needs a {name}") for name in _given()],
        *[never(finding, check, message, severity) for finding, (check, message, severity) in FINDINGS.items()],
    ]
    return [checked_rows(table.name, table.name, findings.rows, suite, KEY, findings.totals), log_checks(view, events)]


def _given() -> list[str]:
    return [field.name for field in SCHEMA if not field.nullable]


def _with(table: "ir.Table | None", name: str) -> "ir.Table | None":
    return table if table is not None and name in table.columns else None


def _evidence(
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
    """Findings from one row alone."""
    findings: dict[str, Any] = {}
    for name in _given():
        if name in events.columns:
            findings[f"no_{name}"] = _finding(events[name].isnull(), "nothing")
    if "action" in events.columns:
        known = events.action.isin(ACTIONS)
        findings["unknown_action"] = _finding(~known, events.action)
    if "split" in events.columns:
        findings["unknown_split"] = _finding(~events.split.isin(SPLITS[:3]), events.split)
    if "position" in events.columns:
        findings["bad_position"] = _finding(events.position < 0, events.position.cast("string"))
    if "propensity" in events.columns:
        value = events.propensity.cast("float64")
        bad = (value <= 0) | (value > 1) | value.isnan()
        findings["bad_propensity"] = _finding(bad, value.cast("string"))
    if "time_s" in events.columns:
        findings |= _times(events.time_s, now_s)
    return findings


def _times(time_s: Any, now_s: float) -> dict[str, Any]:
    milli = time_s >= MILLISECONDS
    text = time_s.cast("string")
    return {
        "milliseconds": _finding(milli, text + " looks like milliseconds or finer"),
        "future": _finding((time_s > int(now_s) + LATE_S) & ~milli, text + " is in the future"),
        "ancient": _finding(time_s < FIRST_S, text + " is before 1995"),
    }


def _in_order(events: "ir.Table") -> tuple["ir.Table", dict[str, Any]]:
    """Findings from a row and the user's row before it."""
    import ibis

    by_user = ibis.window(group_by="user_id", order_by="place")
    known = events.mutate(before_place=events.place.lag().over(by_user))
    findings: dict[str, Any] = {
        "copied_key": _finding(known.place == known.before_place, "another event of the user has this place"),
        "misplaced": _finding(
            (known.place != known.before_place.fill_null(-1) + 1)
            & ~(known.place == known.before_place).fill_null(False),
            ibis.literal("comes after ") + known.before_place.cast("string").fill_null("nothing"),
        ),
    }
    if "time_s" in events.columns:
        known = known.mutate(before_s=events.time_s.lag().over(by_user))
        findings["unsorted"] = _finding(
            known.time_s < known.before_s,
            known.time_s.cast("string") + " comes after " + known.before_s.cast("string"),
        )
        mixed = known.time_s.isnull() != known.before_s.isnull()
        findings["half_timed"] = _finding(
            mixed & known.before_place.notnull(), ibis.literal("some events of the user have a time")
        )
    if "split" in events.columns:
        known = known.mutate(before_split=events.split.lag().over(by_user))
        later, before = (
            ibis.cases(*[(column == name, rank) for name, rank in RANKS.items()])
            for column in (known.split, known.before_split)
        )
        findings["split_order"] = _finding(later < before, known.split + " comes after " + known.before_split)
    return known, findings


def _orphans(events: "ir.Table", name: str, others: "ir.Table") -> tuple["ir.Table", dict[str, Any]]:
    import ibis

    known = others.select(known_id=others[name]).distinct()
    joined = events.left_join(known, events[name] == known.known_id)
    missing = joined.known_id.isnull() & joined[name].notnull()
    kind = name.removesuffix("_id")
    return joined, {f"unknown_{kind}": _finding(missing, ibis.literal(f"no {kind} ") + joined[name])}


def _copies(events: "ir.Table") -> tuple["ir.Table", dict[str, Any]]:
    """One row per group of equal events. Events without a time are not compared."""
    import ibis

    timed = events.filter(events.time_s.notnull())
    groups = timed.group_by("user_id", "item_id", "action", "time_s").agg(
        place=lambda table: table.place.min(), count=lambda table: table.count()
    )
    repeated = groups["count"] > 1
    text = groups["count"].cast("string") + " times " + groups.action + " at " + groups.time_s.cast("string")
    return groups, {"duplicate": _finding(repeated, ibis.coalesce(text, ibis.literal("several times")))}


def _finding(wrong: Any, text: Any) -> Any:
    """`text` where `wrong` holds, null elsewhere."""
    import ibis

    value = ibis.literal(text) if isinstance(text, str) else text
    return ibis.cases((wrong, value.cast("string")))


TABLE = Table("events", SCHEMA, ("user_id", "place"), checks=_checks)
