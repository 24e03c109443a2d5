"""Impressions: what a feed showed to whom, when and where, and what came of it. Later days are of validation and test.

Outcomes are known after the impression: none of them, nor its dwell time, is ever a feature of the same row.
"""

from typing import Any

import pandas as pd
import pyarrow as pa

from data.actions import OUTCOMES
from data.checks.expect import in_set, never, not_null, with_values
from data.checks.inspection import Inspection
from data.checks.run import Checked, checked_rows
from data.table import SPLITS, Table, column

__all__ = ["TABLE", "placed"]

KEY = ("user_id", "place")
FIRST_MS = 788_918_400_000  # 1995, as for events
LATE_MS = 86_400_000
FEWEST_TELLING = 200  # rows on which an outcome is compared with what was known before it
SAME = 0.999  # share of rows on which two columns agree that say the same


def placed(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows in order of user and time, with their `place`; equal times keep the order of the rows."""
    ordered = rows.sort_values(["user_id", "time_ms"], kind="stable", ignore_index=True)
    return ordered.assign(place=ordered.groupby("user_id", sort=False).cumcount())


def _checks(table: Table, view: Inspection) -> list[Checked]:
    """Check keys, order and splits, that copies are gone, and that nothing known before gives an outcome away."""
    rows = view.frame(table.name)
    suite = [
        *[not_null(field.name) for field in table.schema if not field.nullable],
        never("misplaced", "place counts from 0", "the places of a user's impressions are 0, 1, 2, … without a gap"),
        never("unsorted", "impressions in order", "a user's times may not fall from one place to the next"),
        never(
            "copy", "no duplicate impressions", "equal in all columns to another of the user; set `duplicates: drop`"
        ),
        never("split_order", "split in order", "what validates is later than what trains, and what tests later still"),
        never("bad_time", "time in bounds", "time_ms is in milliseconds since 1970, after 1995 and not in the future"),
        never("bad_dwell", "dwell in bounds", "a dwell time is at least 0"),
        never("bad_position", "position in bounds", "a position counts from 0"),
        never("bad_propensity", "propensity in bounds", "a propensity is above 0 and at most 1"),
        never("telling", "outcomes are no features", "a column that is known before says the same as an outcome"),
        never("unknown_item", "item exists", "an impression has to be of an item of the table items"),
        never("unknown_user", "user exists", "an impression has to be to a user of the table users"),
        in_set("split", SPLITS[:3], "split is known", f"split has to be one of {', '.join(SPLITS[:3])}"),
        with_values(
            "split", SPLITS[:3], "splits are used", "there have to be impressions in train, validation and test"
        ),
    ]
    known = {
        name: set(view.frame(of)[name]) for of, name in (("items", "item_id"), ("users", "user_id")) if of in view.held
    }
    return [checked_rows(table.name, table.name, _evidence(rows, known, view.now_s), suite, KEY)]


def _evidence(rows: pd.DataFrame, known: dict[str, set[str]], now_s: float) -> pd.DataFrame:
    """`rows` with one column per finding; findings whose columns are missing are left out."""
    evidence = rows.copy()
    columns = set(rows.columns)
    if {"user_id", "place"} <= columns:
        by_user = rows.groupby("user_id", sort=False)
        expected = by_user["place"].rank(method="first") - 1
        evidence["misplaced"] = _where(rows["place"] != expected, "the places before it are " + expected.astype(str))
        if "time_ms" in columns:
            before = by_user["time_ms"].shift()
            evidence["unsorted"] = _where(rows["time_ms"] < before, "comes after " + before.astype(str))
        copied = rows.duplicated([name for name in rows.columns if name not in ("place", "split")])
        evidence["copy"] = _where(copied, pd.Series("there is an equal one", rows.index))
    if {"time_ms", "split"} <= columns:
        evidence["split_order"] = _out_of_order(rows)
    if "time_ms" in columns:
        wrong = (rows["time_ms"] < FIRST_MS) | (rows["time_ms"] > now_s * 1000 + LATE_MS)
        evidence["bad_time"] = _where(wrong, rows["time_ms"].astype(str))
    for finding, name, low, high in (
        ("bad_dwell", "dwell_ms", 0, float("inf")),
        ("bad_position", "position", 0, float("inf")),
        ("bad_propensity", "propensity", 1e-9, 1),
    ):
        if name in columns:
            value = pd.to_numeric(rows[name], errors="coerce")
            evidence[finding] = _where((value < low) | (value > high), value.astype(str))
    evidence["telling"] = pd.Series(_telling(rows), rows.index, dtype=object)
    for name, values in known.items():
        if name in columns:
            kind = name.removesuffix("_id")
            evidence[f"unknown_{kind}"] = _where(~rows[name].isin(values), f"no {kind} " + rows[name].astype(str))
    return evidence


def _out_of_order(rows: pd.DataFrame) -> pd.Series:
    """Rows that are earlier than the latest one of a split that comes before theirs."""
    latest, found = float("-inf"), pd.Series(None, rows.index, dtype=object)
    for split in SPLITS[:3]:
        own = rows["split"] == split
        early = own & (rows["time_ms"] <= latest)
        found[early] = f"a row of an earlier split is as late as {latest:.0f}"
        latest = max(latest, rows.loc[own, "time_ms"].max()) if own.any() else latest
    return found


def _telling(rows: pd.DataFrame) -> str | None:
    """What is wrong with all rows: a column known before that gives an outcome away; position 0 alone does not."""
    for outcome in (name for name in OUTCOMES if name in rows):
        given = rows[outcome].dropna().astype(float)
        if len(given) < FEWEST_TELLING or given.nunique() < 2:
            continue
        for name in ("surface", "position"):
            if name in rows and rows[name].nunique() == 2:
                codes = pd.Series(pd.factorize(rows.loc[given.index, name])[0], given.index)
                agree = float((codes == given).mean())
                if max(agree, 1 - agree) >= SAME:
                    return f"{name} says what {outcome} is on {max(agree, 1 - agree):.1%} of the rows"
    return None


def _where(wrong: pd.Series, text: pd.Series) -> pd.Series:
    return text.astype(object).where(wrong.fillna(False).astype(bool), None)


def _outcome(name: str) -> Any:
    return column(name, pa.bool_(), f"whether {name} followed; null: not recorded", nullable=True)


TABLE = Table(
    "impressions",
    pa.schema(
        [
            column("user_id", pa.string(), "to whom; first part of the key"),
            column("place", pa.int32(), "among the user's impressions, from 0, oldest first; second part of the key"),
            column("item_id", pa.string(), "what was shown"),
            column("time_ms", pa.int64(), "when, in milliseconds since 1970"),
            column("surface", pa.string(), "where: home, a tab …"),
            column("position", pa.int32(), "in what was shown, from 0; null: unknown", nullable=True),
            column(
                "propensity", pa.float32(), "probability with which the feed chose it; null: unknown", nullable=True
            ),
            *[_outcome(name) for name in OUTCOMES],
            column("dwell_ms", pa.int64(), "how long it was looked at or played; null: unknown", nullable=True),
            column("split", pa.string(), "train, validation or test"),
        ]
    ),
    KEY,
    checks=_checks,
)
