"""Search clicks: pages of results that people saw of a query, and what they clicked."""

import pyarrow as pa

from data.checks.expect import between, never, not_null
from data.checks.inspection import Inspection
from data.checks.run import Checked, checked_rows
from data.table import Table, column

__all__ = ["TABLE"]


def _checks(table: Table, view: Inspection) -> list[Checked]:
    """Check that each place of a page shows one known item, of one known query."""
    clicks = view.frame(table.name)
    suite = [
        *[not_null(field.name) for field in table.schema if not field.nullable],
        never("copied_key", "key is unique", "a place of a page shows one item"),
        never("unknown_query", "query exists", "a page has to be of a query of the table queries"),
        never("unknown_item", "item exists", "what is shown has to be in the table items"),
        between("place", 1, None, "place in range", "places count from 1", "critical"),
    ]
    evidence = clicks.copy()
    for name, key, finding in (("queries", "query_id", "unknown_query"), ("items", "item_id", "unknown_item")):
        known = view.frame(name)
        if key in clicks and key in known:
            evidence[finding] = clicks[key].where(~clicks[key].isin(known[key]))
    if set(table.key) <= set(clicks):
        evidence["copied_key"] = clicks["page_id"].where(clicks.duplicated(list(table.key), keep=False))
    return [checked_rows(table.name, table.name, evidence, suite, table.key)]


TABLE = Table(
    "search_clicks",
    pa.schema(
        [
            column("page_id", pa.string(), "a page of results that somebody saw; first part of the key"),
            column("place", pa.int32(), "from the top, which is 1; second part of the key"),
            column("query_id", pa.string(), "what was asked"),
            column("item_id", pa.string(), "what was shown"),
            column("clicked", pa.bool_(), "whether it was clicked"),
            column("time_s", pa.float64(), "when the page was shown, in seconds since the epoch"),
        ]
    ),
    ("page_id", "place"),
    checks=_checks,
)
