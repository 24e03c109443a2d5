"""Labels: what a language model says of items, or of how well an item answers a query."""

import pyarrow as pa

from data.checks.expect import between, never, not_null
from data.checks.inspection import Inspection
from data.checks.run import Checked, checked_rows
from data.table import Table, column

__all__ = ["TABLE"]


def _checks(table: Table, view: Inspection) -> list[Checked]:
    """Check that each label is there once, of a known item and query, with a probability."""
    labels = view.frame(table.name)
    suite = [
        *[not_null(field.name) for field in table.schema if not field.nullable],
        never("copied_key", "key is unique", "a model says a thing of an item once, by one version of a prompt"),
        never("unknown_item", "item exists", "a label has to be of an item of the table items"),
        never("unknown_query", "query exists", "a label of a query has to be of one of the table queries"),
        between("confidence", 0, 1, "confidence in range", "a probability is 0 to 1", "critical"),
    ]
    evidence = labels.copy()
    for name, key, finding in (("items", "item_id", "unknown_item"), ("queries", "query_id", "unknown_query")):
        known = view.frame(name)
        if {"item_id", key} <= set(labels) and key in known:
            of_item = (labels["item_id"] != "") & (labels[key] != "")
            evidence[finding] = labels[key].where(of_item & ~labels[key].isin(known[key]))
    if set(table.key) <= set(labels):
        evidence["copied_key"] = labels["name"].where(labels.duplicated(list(table.key), keep=False))
    return [checked_rows(table.name, table.name, evidence, suite, ("query_id", "item_id", "name"))]


TABLE = Table(
    "labels",
    pa.schema(
        [
            column("query_id", pa.string(), "what was asked; empty: the label is of the item alone; part of the key"),
            column("item_id", pa.string(), "what is labelled; empty: the items that have the attributes in query_id"),
            column("name", pa.string(), "what is said, such as category, grade or caption; part of the key"),
            column("value", pa.string(), "the label; a grade is written as a whole number"),
            column("confidence", pa.float32(), "the model's own probability of it; null: not told", nullable=True),
            column("prompt", pa.string(), "name of the prompt; part of the key"),
            column("prompt_version", pa.int32(), "its version; part of the key"),
            column("prompt_hash", pa.string(), "hash of what the prompt says"),
            column("model", pa.string(), "name of the language model; part of the key"),
            column("asked", pa.string(), "hash of the whole request: who was asked, examples, schema and the data"),
            column("time_s", pa.float64(), "when, in seconds since the epoch"),
        ]
    ),
    ("query_id", "item_id", "name", "prompt", "prompt_version", "model"),
    checks=_checks,
)
