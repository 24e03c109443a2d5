"""What has to hold for a table's schema: a row a column, made by `data/evidence/columns.py`."""

from typing import TYPE_CHECKING

from data.suites.expect import never

if TYPE_CHECKING:
    from great_expectations.expectations import Expectation

__all__ = ["expectations"]


def expectations() -> "list[Expectation]":
    """The suite over columns `missing` and `mistyped`."""
    return [
        never("missing", "column exists", "every column of the table has to be there"),
        never("mistyped", "column type", "every column has to have the table's type"),
        never("empty", "table has rows", "the table may not be empty"),
    ]
