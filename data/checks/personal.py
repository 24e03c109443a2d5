"""Check texts for personal data. A finding names the row and what was found, never the text."""

import pyarrow as pa

from data.checks.expect import Severity, never
from data.checks.inspection import Inspection
from data.checks.run import Checked, checked_rows
from data.personal import find, redacted
from data.table import Table

__all__ = ["WRITTEN", "personal_checks", "without_personal"]

WRITTEN = {"items": ("title", "description"), "queries": ("text",), "texts": ("text",)}  # columns that people write


def personal_checks(table: Table, view: Inspection, severity: Severity) -> list[Checked]:
    """One check of each column that people write; none where the table has no such column."""
    rows = view.frame(table.name)
    columns = [name for name in WRITTEN[table.name] if name in rows]
    if not columns or not set(table.key) <= set(rows):
        return []
    evidence = rows[list(table.key)].copy()
    for name in columns:
        evidence[f"personal_{name}"] = rows[name].map(_kinds, na_action="ignore").astype(object)
    message = "the text holds what tells who or where somebody is; redact it, set `personal: redact`, or leave it out"
    suite = [never(f"personal_{name}", f"{name} without personal data", message, severity) for name in columns]
    return [checked_rows(table.name, f"{table.name}_personal", evidence, suite, table.key)]


def without_personal(table: Table, rows: pa.Table) -> pa.Table:
    """The rows with personal data in their texts replaced by what it is, such as `[email]`."""
    for name in WRITTEN.get(table.name, ()):
        place = rows.schema.get_field_index(name)
        texts = [None if text is None else redacted(text) for text in rows.column(name).to_pylist()]
        rows = rows.set_column(place, rows.schema.field(place), pa.array(texts, pa.string()))
    return rows


def _kinds(text: str) -> str | None:
    return ", ".join(sorted({one.kind for one in find(text)})) or None
