"""What is on boards: an item once a board, in training, validation or test."""

import pandas as pd
import pyarrow as pa

from data.checks.expect import in_set, never, not_null, with_values
from data.checks.inspection import Inspection
from data.checks.run import Checked, checked_rows
from data.table import SPLITS, Table, column

__all__ = ["TABLE"]

KEY = ("board_id", "item_id")
FIRST_S = 788_918_400  # 1995: before, nobody had a board
LATE_S = 86_400  # clocks differ


def _checks(table: Table, view: Inspection) -> list[Checked]:
    """Check key, split and time of each item of a board, and that board and item exist where tables say which do."""
    rows = view.frame(table.name)
    suite = [
        *[not_null(field.name) for field in table.schema if not field.nullable],
        never("twice", "key is unique", "an item is on a board once; remove the copies"),
        never("unknown_board", "board exists", "the board has to be in the table boards"),
        never("unknown_item", "item exists", "the item has to be in the table items"),
        never("bad_time", "time in bounds", "time_s is in seconds since 1970, after 1995 and not in the future"),
        in_set("split", SPLITS[:3], "split is known", f"split has to be one of {', '.join(SPLITS[:3])}"),
        with_values("split", SPLITS[:3], "splits are used", "there have to be rows in train, validation and test"),
    ]
    return [checked_rows(table.name, table.name, _evidence(rows, view), suite, KEY)]


def _evidence(rows: pd.DataFrame, view: Inspection) -> pd.DataFrame:
    """`rows` with one column per finding; findings whose columns are missing are left out."""
    if set(KEY) <= set(rows):
        rows["twice"] = rows["item_id"].where(rows.duplicated(list(KEY)))
    for name, table in (("board", "boards"), ("item", "items")):
        known, column_ = view.frame(table), f"{name}_id"
        if table in view.held and column_ in known and column_ in rows:
            unknown = rows[column_].notna() & ~rows[column_].isin(set(known[column_]))
            rows[f"unknown_{name}"] = rows[column_].where(unknown)
    if "time_s" in rows:
        wrong = (rows["time_s"] < FIRST_S) | (rows["time_s"] > view.now_s + LATE_S)
        rows["bad_time"] = rows["time_s"].where(wrong).astype(object)
    return rows


TABLE = Table(
    "board_items",
    pa.schema(
        [
            column("board_id", pa.string(), "first part of the key"),
            column("item_id", pa.string(), "second part of the key"),
            column("time_s", pa.int64(), "when it was saved; null: unknown", nullable=True),
            column("split", pa.string(), "train, validation or test: which of them may learn from it or asks for it"),
        ]
    ),
    KEY,
    checks=_checks,
)
