"""The schemas of all tables, and suites without the expectations that a wrong schema makes impossible."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow.parquet as pq

from data.evidence.columns import column_evidence
from data.suites import columns
from data.suites.run import Checked
from data.tables import TABLES

if TYPE_CHECKING:
    from great_expectations.expectations import Expectation

__all__ = ["checked_rows", "column_checks"]

LOG = ("users", "events")


def column_checks(files: Mapping[str, pq.FileMetaData], logged: bool) -> list[Checked]:
    """A check a table, those of a log only where there is one; users without events are a log that is empty."""
    checked = []
    for name, table in TABLES.items():
        if name in LOG and not logged:
            continue
        found, needed = files[name], name in ("items", *LOG)
        evidence = column_evidence(table, found.schema.to_arrow_schema(), found.num_rows, needed)
        checked.append(Checked(name, f"{name}_columns", evidence, columns.expectations(), ("column",)))
    return checked


def checked_rows(
    table: str,
    name: str,
    frame: pd.DataFrame,
    suite: "Sequence[Expectation]",
    key: Sequence[str],
    totals: Mapping[str, int] | None = None,
) -> Checked:
    """Expectations on columns that are missing or mistyped are left out: the schema's suite tells of those."""
    possible = [one for one in suite if getattr(one, "column", None) in frame.columns]
    return Checked(table, name, frame, possible, tuple(one for one in key if one in frame.columns), totals or {})
