"""Campaigns: what an advertiser pays for, how much at most, and when. Money is whole numbers of the smallest unit."""

import pandas as pd
import pyarrow as pa

from data.checks.expect import in_set, never, not_null, unique
from data.checks.inspection import Inspection
from data.checks.run import Checked, checked_rows
from data.table import Table, column

__all__ = ["OBJECTIVES", "TABLE"]

OBJECTIVES = ("impressions", "clicks", "conversions")


def _checks(table: Table, view: Inspection) -> list[Checked]:
    """Check key, money and schedule."""
    suite = [
        unique("campaign_id"),
        *[not_null(field.name) for field in table.schema],
        in_set("objective", OBJECTIVES, "objective is known", f"objective is one of {', '.join(OBJECTIVES)}"),
        never("bad_budget", "budget in bounds", "a budget is above 0"),
        never("bad_bid", "bid in bounds", "a bid is above 0 and no more than the budget"),
        never("bad_time", "ends after it starts", "a campaign starts before it ends"),
    ]
    return [checked_rows(table.name, table.name, _evidence(view.frame(table.name)), suite, table.key)]


def _evidence(rows: pd.DataFrame) -> pd.DataFrame:
    evidence, columns = rows.copy(), set(rows.columns)
    if "budget" in columns:
        evidence["bad_budget"] = rows["budget"].where(rows["budget"] <= 0)
    if {"budget", "bid"} <= columns:
        evidence["bad_bid"] = rows["bid"].where((rows["bid"] <= 0) | (rows["bid"] > rows["budget"]))
    if {"starts_s", "ends_s"} <= columns:
        evidence["bad_time"] = rows["ends_s"].where(rows["ends_s"] <= rows["starts_s"])
    return evidence


TABLE = Table(
    "campaigns",
    pa.schema(
        [
            column("campaign_id", pa.string(), "key"),
            column("advertiser_id", pa.string(), "who pays"),
            column("ad_id", pa.string(), "what is shown"),
            column("objective", pa.string(), f"what is bid for: {', '.join(OBJECTIVES)}"),
            column("bid", pa.int64(), "most that one of the objective is worth"),
            column("budget", pa.int64(), "most that is spent in all"),
            column("starts_s", pa.int64(), "seconds since 1970"),
            column("ends_s", pa.int64(), "seconds since 1970, from which on it is not shown"),
            column("targeting", pa.map_(pa.string(), pa.string()), "what the person or the context has to be"),
        ]
    ),
    ("campaign_id",),
    checks=_checks,
)
