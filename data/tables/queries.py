"""Queries: what people ask for in words. All wordings of a query's text lie in one split."""

import unicodedata

import pandas as pd
import pyarrow as pa

from data.checks.expect import in_set, never, not_null, unique, with_values
from data.checks.inspection import Inspection
from data.checks.run import Checked, checked_rows
from data.table import SPLITS, Table, column
from data.tables.qrels import AGREED

__all__ = ["TABLE", "normal"]

LEAST_GRADE = 0.0


def normal(text: str) -> str:
    """The text by which two queries are the same: in one case, with single spaces, composed characters."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _checks(table: Table, view: Inspection) -> list[Checked]:
    """Check key, text and split of each query, and whether anything answers it."""
    queries = view.frame(table.name)
    suite = [
        unique("query_id"),
        *[not_null(field.name) for field in table.schema if not field.nullable],
        in_set("split", SPLITS[:3], "split is known", f"split has to be one of {', '.join(SPLITS[:3])}"),
        with_values("split", SPLITS[:3], "splits are used", "there have to be queries in train, validation and test"),
        never("blank", "text is given", "a query has to have text"),
        never(
            "two_splits", "text in one split", "a query's text may not be in two splits, in any spelling of its case"
        ),
        never("twice", "no duplicate queries", "a query should be there once in its language", "warning"),
        never("unknown_reference", "reference exists", "what words start from has to be in the table items"),
        never("unanswered", "something answers it", "a query none of whose judged items is relevant", "warning"),
    ]
    evidence = _evidence(queries, view.frame("qrels"), view.frame("items"))
    return [checked_rows(table.name, table.name, evidence, suite, ("query_id", "text"))]


def _evidence(queries: pd.DataFrame, qrels: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """`queries` with one column per finding; findings whose columns are missing are left out."""
    evidence = queries.copy()
    if "text" in queries:
        text = queries["text"].fillna("").map(normal)
        evidence["blank"] = (
            queries["text"].where(text == "").map(lambda given: f"text is {given!r}", na_action="ignore")
        )
        # the same words with another reference ask for something else
        same = pd.DataFrame(
            {"text": text, "reference": queries.get("reference", pd.Series("", queries.index)).fillna("")}
        )
        if "split" in queries:
            sides = queries.groupby([same["text"], same["reference"]])["split"].transform("nunique")
            evidence["two_splits"] = queries["text"].where(sides > 1)
        if "locale" in queries:
            seen = same.assign(locale=queries["locale"]).duplicated()
            evidence["twice"] = queries["text"].where(seen)
    if "reference" in queries and "item_id" in items:
        evidence["unknown_reference"] = queries["reference"].mask(queries["reference"].isin(items["item_id"]))
    if "query_id" in queries and {"query_id", "rater", "grade"} <= set(qrels) and len(qrels):
        best = qrels[qrels["rater"] == AGREED].groupby("query_id")["grade"].max()
        highest = queries["query_id"].map(best)
        evidence["unanswered"] = highest.where(~(highest > LEAST_GRADE)).map(
            lambda grade: f"best grade {grade:g}", na_action="ignore"
        )
        unjudged = f"no judgement among {len(qrels)}"
        evidence["unanswered"] = evidence["unanswered"].mask(highest.isna(), unjudged)
    return evidence


TABLE = Table(
    "queries",
    pa.schema(
        [
            column("query_id", pa.string(), "key"),
            column("text", pa.string(), "as it was typed"),
            column("locale", pa.string(), "BCP 47, such as en or de-CH; empty: unknown"),
            column("split", pa.string(), "train, validation or test: of the query with all of its judgements"),
            column("reference", pa.string(), "the item that the words start from; null: words alone", nullable=True),
            column("attributes", pa.map_(pa.string(), pa.string()), "name to value, such as misspelt: yes"),
        ]
    ),
    ("query_id",),
    checks=_checks,
)
