"""Users, events and the log as a whole, looked at by the engine in bounded memory."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from data.behaviour.engine import Tables, connect
from data.checks.columns import checked_rows
from data.dataset import Dataset
from data.evidence.events import event_evidence
from data.evidence.log import LogSummary, log_evidence, summarise
from data.evidence.users import user_evidence
from data.suites import events, log, users
from data.suites.run import Checked
from data.tables import TABLES

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["behaviour_checks"]


def behaviour_checks(
    dataset: Dataset, usable: Mapping[str, set[str]], folder: Path, now_s: float
) -> tuple[list[Checked], LogSummary | None]:
    """The checks, and what the page shows; none where a table has no column that is right. `usable` has the columns
    of each table that are there and of their type.

    What does not fit into memory goes below `folder` for the time being.
    """
    if not all(usable[name] for name in ("events", "users", "items")):
        return [], None
    with connect("duckdb", folder) as tables:
        read = {name: _read(tables, dataset, name, usable[name]) for name in ("events", "users", "items")}
        happened, people, things = read["events"], read["users"], read["items"]
        found = event_evidence(tables, happened, _with(people, "user_id"), _with(things, "item_id"), now_s)
        of_users = user_evidence(tables, people, _with(happened, "user_id"))
        whole = log_evidence(tables, happened)
        summary = summarise(tables, happened)
    key = ("user_id", "place", "item_id")
    checked = [
        checked_rows("events", "events", found.rows, events.expectations(), key, found.totals),
        checked_rows("users", "users", of_users.rows, users.expectations(), ("user_id",), of_users.totals),
        checked_rows("events", "log", whole, log.expectations(), ("log",)),
    ]
    return checked, summary


def _read(tables: Tables, dataset: Dataset, name: str, usable: set[str]) -> "ir.Table":
    table = tables.read([dataset.path / TABLES[name].file], name)
    return table.select(*[field for field in TABLES[name].schema.names if field in usable])


def _with(table: "ir.Table", column: str) -> "ir.Table | None":
    return table if column in table.columns else None
