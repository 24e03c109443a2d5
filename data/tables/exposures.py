"""Exposures: who first saw which arm of an experiment, and when."""

import pandas as pd
import pyarrow as pa

from data.checks.expect import never, not_null
from data.checks.inspection import Inspection
from data.checks.run import Checked, checked_rows
from data.table import Table, column

__all__ = ["TABLE"]


def _checks(table: Table, view: Inspection) -> list[Checked]:
    """Check the arm of each unit, and the arms of each experiment."""
    suite = [
        *[not_null(field.name) for field in table.schema],
        never("repeated", "one exposure a unit", "a unit is exposed to an experiment once, at the first time"),
        never("bad_share", "share in bounds", "the designed share of an arm is above 0 and below 1"),
        never("one_arm", "several arms", "an experiment needs a control and at least one other arm"),
    ]
    return [checked_rows(table.name, table.name, _evidence(view.frame(table.name)), suite, table.key)]


def _evidence(exposures: pd.DataFrame) -> pd.DataFrame:
    """`exposures` with one column per finding; findings whose columns are missing are left out."""
    evidence = exposures.copy()
    if {"experiment", "unit_id"} <= set(exposures):
        evidence["repeated"] = exposures["unit_id"].where(exposures.duplicated(["experiment", "unit_id"]))
    if "share" in exposures:
        evidence["bad_share"] = exposures["share"].where(~exposures["share"].between(0, 1, inclusive="neither"))
    if {"experiment", "arm"} <= set(exposures):
        arms = exposures.groupby("experiment")["arm"].transform("nunique")
        evidence["one_arm"] = exposures["arm"].where((arms < 2) & ~exposures.duplicated("experiment"))
    return evidence


TABLE = Table(
    "exposures",
    pa.schema(
        [
            column("experiment", pa.string(), "first part of the key"),
            column("unit_id", pa.string(), "who: what was assigned, mostly a user; second part of the key"),
            column("arm", pa.string(), "what was seen"),
            column("share", pa.float64(), "the designed share of the arm, above 0 and below 1"),
            column("time_s", pa.int64(), "when it was first seen"),
        ]
    ),
    ("experiment", "unit_id"),
    checks=_checks,
)
