"""Requests: what the service was asked and told, without whose ids and contents they hold."""

import re

import pandas as pd
import pyarrow as pa

from data.checks.expect import between, never, not_null
from data.checks.inspection import Inspection
from data.checks.run import Checked, checked_rows
from data.table import Table, column

__all__ = ["MARK", "TABLE"]

MARK = re.compile(r"[0-9a-f]{16}")


def _checks(table: Table, view: Inspection) -> list[Checked]:
    """Check the key, that people and items are marks, and that figures are possible."""
    suite = [
        *[not_null(field.name) for field in table.schema if not field.nullable and field.name not in MAPS],
        never("copied_key", "key is unique", "a part of a request is logged once"),
        never("named", "no ids", "people and items are in the log under marks alone"),
        never("future", "time in the past", "a request is answered before it is logged"),
        between("status", 100, 599, "status in range", "a status of HTTP is a number from 100 to 599", "critical"),
        between("ms", 0, None, "duration in range", "an answer takes no negative time", "critical"),
    ]
    return [checked_rows(table.name, table.name, _evidence(view.frame(table.name), view.now_s), suite, table.key)]


def _evidence(requests: pd.DataFrame, now_s: float) -> pd.DataFrame:
    """`requests` with one column per finding; findings whose columns are missing are left out."""
    evidence = requests.drop(columns=[name for name in MAPS if name in requests])
    if {"request_id", "part"} <= set(requests):
        evidence["copied_key"] = requests["request_id"].where(requests.duplicated(["request_id", "part"]))
    marks = [name for name in ("person", "item") if name in requests]
    if marks:
        wrong = [name + " is no mark" for name in marks]
        bad = [
            requests[name].notna() & ~requests[name].astype("string").str.fullmatch(MARK).fillna(True) for name in marks
        ]
        evidence["named"] = pd.Series(None, requests.index, object)
        for text, rows in zip(wrong, bad, strict=True):
            evidence.loc[rows.astype(bool), "named"] = text
    if "time_s" in requests:
        evidence["future"] = requests["time_s"].where(requests["time_s"] > now_s + 60)
    return evidence


MAPS = ("features", "labels")
TABLE = Table(
    "requests",
    pa.schema(
        [
            column("request_id", pa.string(), "first part of the key; of the log, and in no answer"),
            column("part", pa.int32(), "of a request that tells several events, which; second part of the key"),
            column("time_s", pa.int64(), "when it came"),
            column("route", pa.string(), "method and path as declared, such as `POST /v1/feed`"),
            column("status", pa.int32(), "of the answer"),
            column("ms", pa.float64(), "from the first byte of the request to the last of the answer"),
            column("release", pa.string(), "the version of the service that answered"),
            column("shadow", pa.bool_(), "whether the answer was thrown away: nobody saw it"),
            column("person", pa.string(), "a mark of who it was about", nullable=True),
            column("item", pa.string(), "a mark of the item that it was about", nullable=True),
            column(
                "features", pa.map_(pa.string(), pa.float64()), "figures of what was asked, such as the words of a text"
            ),
            column(
                "labels",
                pa.map_(pa.string(), pa.string()),
                "of an event its action and surface; of an item its category and attributes",
            ),
        ]
    ),
    ("request_id", "part"),
    checks=_checks,
)
