"""Checks of a log as a whole: its splits, repeated events and new items, its days, actions and histories."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from data.charts import LogSummary, log_section
from data.checks.expect import between
from data.checks.inspection import Inspection
from data.checks.run import Checked, checked_rows
from data.engine import Tables
from data.times import DAY_S

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["log_checks"]

MOST_DAYS = 2000
LENGTHS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # the shortest history of each class


MOST_REPEATS = 0.5
MOST_COLD = 0.5


def log_checks(view: Inspection, events: "ir.Table") -> Checked:
    """Check a log as a whole, and add its section to the report."""
    view.sections.append(log_section(_summarise(view.engine, events)))
    repeats = "in most events a user does again what they did to the same item before; is the log repeated?"
    cold = "most items of the test are in no event of the training: only attributes can tell of them"
    suite = [
        between("train", 1, None, "events in train", "there have to be events to train on", "critical"),
        between("validation", 1, None, "events in validation", "there have to be events to validate on", "critical"),
        between("test", 1, None, "events in test", "there have to be events to test on", "critical"),
        between("repeat_rate", None, MOST_REPEATS, "repeat rate", repeats, "warning"),
        between("cold_items", None, MOST_COLD, "cold items", cold, "warning"),
    ]
    return checked_rows("events", "log", _evidence(view.engine, events), suite, ("log",))


def _evidence(tables: Tables, events: "ir.Table") -> pd.DataFrame:
    """One row: events by split, `repeat_rate` and `cold_items`, as far as the columns allow.

    repeat_rate: share of events that repeat an earlier action of the same user on the same item.
    cold_items: share of the test items that occur in no training event; null without a test split.
    """
    columns = set(events.columns)
    row: dict[str, Any] = {"log": "all of it"}
    if "split" in columns:
        counts = {name: (events.split == name).sum().fill_null(0) for name in ("train", "validation", "test")}
        row |= tables.first(events.agg(**counts))
    if {"user_id", "item_id", "action"} <= columns:
        kinds = events.select("user_id", "item_id", "action").distinct()
        total = tables.first(events.agg(rows=events.count()))["rows"]
        distinct = tables.first(kinds.agg(rows=kinds.count()))["rows"]
        row["repeat_rate"] = 1 - distinct / total if total else None
    if {"split", "item_id"} <= columns:
        by_item = events.group_by("item_id").agg(
            tested=lambda table: (table.split == "test").any(), trained=lambda table: (table.split == "train").any()
        )
        tested = by_item.filter(by_item.tested)
        cold = tables.first(tested.agg(cold=(~tested.trained).cast("float64").mean(), tested=tested.count()))
        row["cold_items"] = cold["cold"] if cold["tested"] else None
    return pd.DataFrame([row])


def _summarise(tables: Tables, events: "ir.Table") -> LogSummary:
    """What the first page of a validation shows of the log; what needs columns that are not usable is left empty."""
    columns = set(events.columns)
    actions: list[tuple[str, int]] = []
    days: list[tuple[int, int]] = []
    lengths: list[tuple[int, int]] = []
    if "action" in columns:
        counts = events.group_by("action").agg(count=lambda table: table.count())
        actions = [(str(row["action"]), row["count"]) for row in _rows(tables, counts)]
    if "time_s" in columns:
        timed = events.filter(events.time_s.notnull()).mutate(day=lambda table: table.time_s // DAY_S)
        by_day = timed.group_by("day").agg(count=lambda table: table.count()).order_by("day").limit(MOST_DAYS)
        days = [(int(row["day"]), row["count"]) for row in _rows(tables, by_day)]
    if "user_id" in columns:
        histories = events.group_by("user_id").agg(length=lambda table: table.count())
        by_length = histories.group_by("length").agg(count=lambda table: table.count())
        lengths = _classes([(row["length"], row["count"]) for row in _rows(tables, by_length)])
    return LogSummary(sorted(actions, key=lambda pair: (-pair[1], pair[0])), days, lengths)


def _rows(tables: Tables, table: "ir.Table") -> list[dict[str, int]]:
    return [row for batch in tables.stream(table) for row in batch.to_pylist()]


def _classes(lengths: list[tuple[int, int]]) -> list[tuple[int, int]]:
    counts = dict.fromkeys(LENGTHS, 0)
    for length, count in lengths:
        counts[max(least for least in LENGTHS if least <= length)] += count
    return list(counts.items())
