"""Qrels: how well items answer queries, graded by raters.

Legend: R pairs that both raters graded.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from data.checks.expect import between, never, not_null
from data.checks.inspection import Inspection
from data.checks.judgements import judgement_section
from data.checks.run import Checked, checked_rows
from data.params import DatasetParams
from data.reporting import Progress
from data.table import Table, as_given, column

__all__ = ["AGREED", "MOST_GRADE", "TABLE", "agreement", "weighted_kappa"]

MOST_GRADE = 3.0
AGREED = ""  # the rater of a grade that raters agreed on, or that is all there is


def agreement(rated: pd.DataFrame) -> dict[str, float] | None:
    """How far raters agree, over all pairs of raters of the same query and item; None where nothing was rated twice.

    pairs: how many. exact: share with equal grades. kappa: `weighted_kappa` of grades rounded to integers.
    """
    named = rated[rated["rater"] != AGREED]
    joined = named.merge(named, on=["query_id", "item_id"])
    joined = joined[joined["rater_x"] < joined["rater_y"]]
    if joined.empty:
        return None
    one, other = joined["grade_x"].to_numpy().round(), joined["grade_y"].to_numpy().round()
    exact = float((one == other).mean())
    return {"pairs": len(joined), "exact": round(exact, 4), "kappa": round(weighted_kappa(one, other), 4)}


def weighted_kappa(one_R: np.ndarray, other_R: np.ndarray) -> float:
    """Agreement beyond chance of two raters' whole grades, weighted by the square of how far they differ.

    Source: Cohen 1968, "Weighted kappa".
    """
    grades = np.arange(MOST_GRADE + 1)
    shares = [np.array([(side == grade).mean() for grade in grades]) for side in (one_R, other_R)]
    expected = float((np.outer(*shares) * (grades[:, None] - grades) ** 2).sum())
    return 1 - float(((one_R - other_R) ** 2).mean()) / expected if expected else 1.0


def _prepare(
    table: Table, rows: pd.DataFrame, params: DatasetParams, folder: Path, progress: Progress
) -> tuple[pa.Table, dict[str, Any]]:
    written, _ = as_given(table, rows, params, folder, progress)
    rated = agreement(rows)
    return written, {"raters": rated} if rated else {}


def _checks(table: Table, view: Inspection) -> list[Checked]:
    """Check that each judgement is of a known query and item, once, in range, and that raters agreed on a grade."""
    qrels = view.frame(table.name)
    suite = [
        *[not_null(field.name) for field in table.schema if not field.nullable],
        never("copied_key", "key is unique", "a rater judges an item once for a query"),
        never("unknown_query", "query exists", "a judgement has to be of a query of the table queries"),
        never("unknown_item", "item exists", "a judgement has to be of an item of the table items"),
        never("not_agreed", "grade is agreed on", "each judged pair needs a grade whose rater is empty"),
        between("grade", 0, MOST_GRADE, "grade in range", f"grades are 0 to {MOST_GRADE:g}", "critical"),
    ]
    evidence = qrels.copy()
    for name, key in (("queries", "query_id"), ("items", "item_id")):
        known = view.frame(name)
        if key in qrels and key in known:
            strange = ~qrels[key].isin(known[key])
            evidence[f"unknown_{'query' if name == 'queries' else 'item'}"] = qrels[key].where(strange)
    if set(table.key) <= set(qrels):
        copied = qrels.duplicated(list(table.key), keep=False)
        pairs = pd.MultiIndex.from_frame(qrels[["query_id", "item_id"]])
        without = ~pairs.isin(pairs[(qrels["rater"] == AGREED).to_numpy()])
        evidence["not_agreed"] = qrels["rater"].where(without)
        evidence["copied_key"] = qrels["rater"].where(copied).map(lambda rater: f"rater {rater!r}", na_action="ignore")
        if "grade" in qrels:
            queries, agreed = view.frame("queries"), qrels[qrels["rater"] == AGREED]
            view.sections.append(judgement_section(queries, agreed, agreement(qrels)))
    return [checked_rows(table.name, table.name, evidence, suite, ("query_id", "item_id"))]


TABLE = Table(
    "qrels",
    pa.schema(
        [
            column("query_id", pa.string(), "what was asked; first part of the key"),
            column("item_id", pa.string(), "what was judged; second part of the key"),
            column("rater", pa.string(), "by whom; empty: what raters agreed on, which each pair has; part of the key"),
            column("grade", pa.float32(), "0 no answer, 1 little, 2 good, 3 exactly it; means of several lie between"),
        ]
    ),
    ("query_id", "item_id", "rater"),
    prepare=_prepare,
    checks=_checks,
)
