"""Answers: the items that were shown in answer to a request, in order, under marks."""

import pandas as pd
import pyarrow as pa

from data.checks.expect import between, never, not_null
from data.checks.inspection import Inspection
from data.checks.run import Checked, checked_rows
from data.table import Table, column
from data.tables.requests import MARK

__all__ = ["TABLE"]


def _checks(table: Table, view: Inspection) -> list[Checked]:
    """Check the key, that items are marks, and that every answer belongs to a request."""
    suite = [
        *[not_null(name) for name in ("request_id", "place", "category")],
        never("copied_key", "key is unique", "a place of an answer shows one item"),
        never("named", "no ids", "items are in the log under marks alone"),
        never("unasked", "request exists", "an answer has to belong to a request of the table requests"),
        between("place", 1, None, "place in range", "places count from 1", "critical"),
    ]
    answers, asked = view.frame(table.name), view.frame("requests")
    return [checked_rows(table.name, table.name, _evidence(answers, asked), suite, table.key)]


def _evidence(answers: pd.DataFrame, asked: pd.DataFrame) -> pd.DataFrame:
    """`answers` with one column per finding; findings whose columns are missing are left out."""
    evidence = answers.copy()
    if {"request_id", "place"} <= set(answers):
        evidence["copied_key"] = answers["request_id"].where(answers.duplicated(["request_id", "place"]))
    if "item" in answers:
        marked = answers["item"].astype("string").str.fullmatch(MARK).fillna(True).astype(bool)
        evidence["named"] = pd.Series("item is no mark", answers.index).where(~marked)
    if "request_id" in answers and "request_id" in asked:
        evidence["unasked"] = answers["request_id"].where(~answers["request_id"].isin(asked["request_id"]))
    return evidence


TABLE = Table(
    "answers",
    pa.schema(
        [
            column("request_id", pa.string(), "of the table requests; first part of the key"),
            column("place", pa.int32(), "from the top, which is 1; second part of the key"),
            column("item", pa.string(), "a mark of what was shown; null: no item, such as a region", nullable=True),
            column("score", pa.float64(), "as it was answered", nullable=True),
            column("category", pa.string(), "of the item, or the label of a region"),
            column("source", pa.string(), "which source of a feed proposed it", nullable=True),
        ]
    ),
    ("request_id", "place"),
    checks=_checks,
)
