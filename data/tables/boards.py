"""Boards: what people called the items that they keep together."""

import pyarrow as pa

from data.checks.expect import never, not_null, unique
from data.checks.inspection import Inspection
from data.checks.run import Checked, checked_rows
from data.table import Table, column

__all__ = ["TABLE"]


def _checks(table: Table, view: Inspection) -> list[Checked]:
    """Check the key, and that something is on each board."""
    boards = view.frame(table.name)
    suite = [
        unique("board_id"),
        *[not_null(field.name) for field in table.schema if not field.nullable],
        never("empty", "board has items", "a board without an item says nothing; remove it"),
        never("miscounted", "rows for test", "test_rows counts what a source lists for test; it is not below 0"),
    ]
    held = view.frame("board_items")
    if "board_id" in boards and "board_id" in held:
        boards["empty"] = boards["board_id"].where(~boards["board_id"].isin(set(held["board_id"])))
    if "test_rows" in boards:
        boards["miscounted"] = boards["test_rows"].where(boards["test_rows"] < 0).astype(object)
    return [checked_rows(table.name, table.name, boards, suite, table.key)]


TABLE = Table(
    "boards",
    pa.schema(
        [
            column("board_id", pa.string(), "key"),
            column("title", pa.string(), "as its owner called it; empty: unknown"),
            column("owner_id", pa.string(), "whose it is; null: unknown", nullable=True),
            column(
                "test_rows",
                pa.int32(),
                "rows that the source lists for test, repeated ones and those of training too, by which public loaders "
                "divide; null: as many as board_items has",
                nullable=True,
            ),
        ]
    ),
    ("board_id",),
    checks=_checks,
)
