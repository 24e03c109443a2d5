"""Checks of every table: keys are unique, and required values are given."""

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from data.checks.expect import never
from data.checks.findings import gather
from data.checks.inspection import Inspection
from data.checks.run import Checked, checked_rows
from data.table import Table

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from great_expectations.expectations import Expectation

__all__ = ["key_checks", "key_findings", "key_suite"]


def key_checks(table: Table, view: Inspection) -> list[Checked]:
    """The checks of a table that defines none of its own."""
    rows = view.rows(table.name)
    assert rows is not None
    key = [name for name in table.key if name in rows.columns]
    findings = gather(view.engine, key_findings(table, rows), key)
    return [checked_rows(table.name, table.name, findings.rows, key_suite(table), key, findings.totals)]


def key_findings(table: Table, rows: "ir.Table") -> "list[tuple[ir.Table, dict[str, Any]]]":
    """Parts for `gather`: `no_<column>` of each row, and `copied_key` of each key that several rows have."""
    import ibis

    given = {
        f"no_{name}": ibis.cases((rows[name].isnull(), "nothing")) for name in _given(table) if name in rows.columns
    }
    parts: list[tuple[Any, dict[str, Any]]] = [(rows, given)]
    if set(table.key) <= set(rows.columns):
        groups = rows.group_by(*table.key).agg(count=lambda group: group.count())
        text = groups["count"].cast("string") + " rows"
        parts.append((groups, {"copied_key": ibis.cases((groups["count"] > 1, text))}))
    return parts


def key_suite(table: Table) -> "list[Expectation]":
    """The expectations on the findings of `key_findings`."""
    key = " and ".join(table.key)
    return [
        never("copied_key", "key is unique", f"{key} is the key: no two rows may have the same"),
        *[never(f"no_{name}", f"{name} is given", f"every row needs a value in {name}") for name in _given(table)],
    ]


def _given(table: Table) -> list[str]:
    return [field.name for field in table.schema if not field.nullable and not pa.types.is_nested(field.type)]
