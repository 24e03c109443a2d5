"""Ad impressions: what ad was shown to whom, what was bid and paid for it, and what came of it.

Money is in whole numbers of the smallest unit that the log has. Click, conversion and price are known after the
impression: none of them is ever a feature.
"""

from collections.abc import Iterator

import pandas as pd
import pyarrow as pa

from data.checks.expect import in_set, never, not_null, unique, with_values
from data.checks.inspection import Inspection
from data.checks.run import Checked, checked_rows
from data.table import SPLITS, Table, column

__all__ = ["TABLE"]

FEWEST = 50  # rows with a value, to say anything of it
TELLING = 0.8  # share of clicks among them beyond which one value says the outcome
SAME = 0.999  # share of rows of which the values of a feature say the outcome
ROWS_A_VALUE = 20  # a feature with fewer is an id, of which nothing follows


def _checks(table: Table, view: Inspection) -> list[Checked]:
    """Check key, splits, money, propensities and outcomes, and that no feature gives the outcome away."""
    rows = view.frame(table.name)
    suite = [
        unique("impression_id"),
        *[not_null(field.name) for field in table.schema if not field.nullable],
        never("bad_money", "money in bounds", "a bid is above 0, a price at least 0 and no more than the bid"),
        never("bad_propensity", "propensity in bounds", "a propensity is above 0 and at most 1"),
        never("bad_weight", "weight in bounds", "a row stands for at least one impression"),
        never("bad_position", "position in bounds", "a position counts from 0"),
        never("bad_conversion", "conversion after click", "a conversion follows a click, by a delay of at least 0"),
        never("unknown_campaign", "campaign exists", "an impression has to be of a campaign of the table campaigns"),
        never("outcome", "outcomes are no features", "the values of a feature say whether it was clicked"),
        never("telling", "no value is nearly all clicks", "it may be known only after the click", "warning"),
        in_set("split", SPLITS[:3], "split is known", f"split has to be one of {', '.join(SPLITS[:3])}"),
    ]
    if set(rows.get("split", ())) != {"test"}:  # a log to replay is whole
        suite.append(
            with_values("split", SPLITS[:3], "splits are used", "there have to be rows in train, validation and test")
        )
    campaigns = set(view.frame("campaigns").get("campaign_id", ())) if "campaigns" in view.held else None
    return [checked_rows(table.name, table.name, _evidence(rows, campaigns), suite, table.key)]


def _evidence(rows: pd.DataFrame, campaigns: set[str] | None) -> pd.DataFrame:
    """`rows` with one column per finding; findings whose columns are missing are left out."""
    evidence, columns = rows.copy(), set(rows.columns)

    def found(name: str, wrong: pd.Series, of: str) -> None:
        evidence[name] = rows[of].astype(str).where(wrong.fillna(False).astype(bool), None)

    if {"bid", "price"} <= columns:
        found("bad_money", (rows["bid"] <= 0) | (rows["price"] < 0) | (rows["price"] > rows["bid"]), "price")
    for name, low, high in (("propensity", 1e-9, 1), ("weight", 1, float("inf")), ("position", 0, float("inf"))):
        if name in columns:
            found(f"bad_{name}", (rows[name] < low) | (rows[name] > high), name)
    if {"click", "conversion", "delay_s"} <= columns:
        converted = rows["conversion"].fillna(False).astype(bool)
        found("bad_conversion", (converted & ~rows["click"]) | (rows["delay_s"] < 0), "delay_s")
    if campaigns is not None and "campaign_id" in columns:
        found("unknown_campaign", ~rows["campaign_id"].isin(campaigns), "campaign_id")
    if {"click", "features", "advertiser_id"} <= columns:
        outcome, telling = _told(rows)
        evidence["outcome"] = pd.Series([outcome] + [None] * (len(rows) - 1), rows.index, dtype=object)
        evidence["telling"] = telling
    return evidence


def _told(rows: pd.DataFrame) -> tuple[str | None, pd.Series]:
    """A feature that says the outcome, and of each row the value of an advertiser's that is nearly all clicks."""
    values = pd.DataFrame(_values(rows), columns=["row", "name", "value"])
    click = rows["click"].to_numpy(bool)[values["row"]]
    values = values.assign(click=click, advertiser=rows["advertiser_id"].to_numpy()[values["row"]])
    telling = pd.Series(None, rows.index, dtype=object)
    by = values.groupby(["name", "value", "advertiser"])["click"].agg(["mean", "count"])
    for one in by[(by["count"] >= FEWEST) & (by["mean"] >= TELLING)].reset_index().to_dict("records"):
        name, value, advertiser = one["name"], one["value"], one["advertiser"]
        own = (values["name"] == name) & (values["value"] == value) & (values["advertiser"] == advertiser)
        telling.iloc[values.loc[own, "row"]] = (
            f"{name}={value} of advertiser {advertiser}: {one['mean']:.0%} of {one['count']:.0f} are clicks"
        )
    for feature, own in values.groupby("name"):
        shares = own.groupby("value")["click"].agg(["sum", "count"])
        sure = shares[["sum"]].assign(rest=shares["count"] - shares["sum"]).max(axis=1).sum() / len(own)
        if len(own) >= ROWS_A_VALUE * len(shares) and own["click"].nunique() == 2 and sure >= SAME:
            return f"{feature} says whether it was clicked on {sure:.1%} of the rows", telling
    return None, telling


def _values(rows: pd.DataFrame) -> Iterator[tuple[int, str, str]]:
    for row, pairs in enumerate(rows["features"]):
        for name, joined in dict(pairs).items():
            for value in joined.split(","):
                yield row, name, value


TABLE = Table(
    "ad_impressions",
    pa.schema(
        [
            column("impression_id", pa.string(), "key"),
            column("user_id", pa.string(), "to whom; empty: unknown"),
            column("ad_id", pa.string(), "what was shown"),
            column("campaign_id", pa.string(), "of the ad; empty: unknown"),
            column("advertiser_id", pa.string(), "who pays; empty: unknown"),
            column("surface", pa.string(), "where: home, search, an exchange …"),
            column("position", pa.int32(), "in what was shown, from 0; null: unknown", nullable=True),
            column("time_s", pa.int64(), "when, in seconds since 1970; null: unknown", nullable=True),
            column("features", pa.map_(pa.string(), pa.string()), "known before; several values are joined by commas"),
            column("bid", pa.int64(), "what was bid, in the smallest unit; null: unknown", nullable=True),
            column("price", pa.int64(), "what was paid, in the smallest unit; null: unknown", nullable=True),
            column(
                "propensity", pa.float32(), "probability with which the ad was chosen; null: unknown", nullable=True
            ),
            column("weight", pa.float64(), "how many impressions the row stands for, where the log is a sample"),
            column("click", pa.bool_(), "whether it was clicked"),
            column("conversion", pa.bool_(), "whether a conversion followed the click; null: unknown", nullable=True),
            column("delay_s", pa.int64(), "from click to conversion; null: none", nullable=True),
            column("value", pa.int64(), "of the conversion to the advertiser, in the smallest unit", nullable=True),
            column("split", pa.string(), "train, validation or test"),
        ]
    ),
    ("impression_id",),
    checks=_checks,
)
