"""Texts: what people wrote, and whether raters found it hateful or offensive. Findings name a text by its id alone."""

import pandas as pd
import pyarrow as pa

from data.checks.expect import between, in_set, never, not_null, unique, with_values
from data.checks.inspection import Inspection
from data.checks.run import Checked, checked_rows
from data.table import SPLITS, Table, column

__all__ = ["TABLE"]

SHARES = ("hateful", "offensive")


def _checks(table: Table, view: Inspection) -> list[Checked]:
    """Check key, label and split of each text, and that none trains that tests."""
    texts = view.frame(table.name)
    suite = [
        unique("text_id"),
        *[not_null(field.name) for field in table.schema if not field.nullable and field.name != "text"],
        *[between(name, 0, 1, f"{name} in range", "a share of raters is 0 to 1", "critical") for name in SHARES],
        in_set("split", SPLITS[:3], "split is known", f"split has to be one of {', '.join(SPLITS[:3])}"),
        with_values("split", SPLITS[:3], "splits are used", "there have to be texts in train, validation and test"),
        never("blank", "text is given", "a text has to have something to read"),
        never("unlabelled", "label is given", "somebody has to have said whether a text is hateful or offensive"),
        never("two_splits", "text in one split", "a text may not be in two splits"),
    ]
    evidence = texts.drop(columns="text", errors="ignore")  # what is written there goes into no report
    if "text" in texts:
        evidence["blank"] = pd.Series("no text", texts.index).where(texts["text"].fillna("").str.strip() == "")
        if "split" in texts:
            sides = texts.groupby(texts["text"].str.casefold())["split"].transform("nunique")
            evidence["two_splits"] = texts["split"].where(sides > 1)
    if set(SHARES) <= set(texts):
        evidence["unlabelled"] = pd.Series("no label", texts.index).where(texts[list(SHARES)].isna().all(axis=1))
    return [checked_rows(table.name, table.name, evidence, suite, ("text_id", "source"))]


TABLE = Table(
    "texts",
    pa.schema(
        [
            column("text_id", pa.string(), "key"),
            column("source", pa.string(), "name of the file that it is from"),
            column("text", pa.string(), "as it was written"),
            column("hateful", pa.float32(), "share of raters; null: nobody was asked", nullable=True),
            column("offensive", pa.float32(), "share of raters, hateful or not; null: nobody was asked", nullable=True),
            column("test", pa.string(), "name of the functional test that it belongs to; empty: none"),
            column("term", pa.string(), "the group of people that it is about; empty: unknown"),
            column("template", pa.string(), "what it was made of, otherwise its own id"),
            column("split", pa.string(), "train, validation or test"),
        ]
    ),
    ("text_id",),
    checks=_checks,
)
