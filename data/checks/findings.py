"""Findings about tables that do not fit into memory: the engine counts them and returns a few rows of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from data.engine import Tables

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["Findings", "gather"]

MOST_ROWS = 50  # rows returned for each finding


@dataclass(frozen=True)
class Findings:
    """rows: some rows of each finding, with the table's key and one column per finding that says what is wrong.

    totals: the number of rows that each finding has in all; 0 where nothing is wrong.
    """

    rows: pd.DataFrame
    totals: dict[str, int]


def gather(tables: Tables, parts: Sequence[tuple["ir.Table", Mapping[str, Any]]], key: Sequence[str]) -> Findings:
    """Evaluate findings: expressions that are text where a row is wrong and null otherwise.

    parts: table expressions with the columns `key`, each with its findings by name.
    """
    totals: dict[str, int] = {}
    frames = []
    for table, findings in parts:
        marked = table.mutate(**findings)
        counted = tables.first(marked.agg(**{name: marked[name].count() for name in findings})) if findings else {}
        totals |= {name: int(counted[name]) for name in findings}
        for name in findings:
            if totals[name]:
                few = marked.filter(marked[name].notnull()).order_by(*key).limit(MOST_ROWS).select(*key, name)
                frames += [batch.to_pandas() for batch in tables.stream(few)]
    rows = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=[*key, *totals])
    return Findings(rows.reindex(columns=[*key, *totals]).astype(object), totals)
