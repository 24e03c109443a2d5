"""Validate a data set: run the checks of its tables, write Data Docs, name the rows that fail."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from data.checks.columns import column_checks, usable
from data.checks.expect import Severity
from data.checks.inspection import inspecting
from data.checks.keys import key_checks
from data.checks.personal import WRITTEN, personal_checks
from data.checks.run import run_suites
from data.dataset import Dataset, read_card
from data.errors import UserError
from data.page import write_page
from data.params import DatasetParams
from data.reading import reading
from data.reference import read_reference
from data.sources.raw import Progress
from data.table import Table, held

__all__ = ["Report", "check"]


@dataclass(frozen=True)
class Report:
    """The result of a validation.

    failures: dicts with `table`, `check`, `severity`, `message`, `count` and `rows`, the critical ones first.
    checks: how many expectations ran. docs: a page that needs no network, beside the site of Data Docs.
    shares: of each category, the reference for the next version.
    """

    failures: list[dict[str, Any]]
    checks: int
    docs: Path
    shares: dict[str, float]


def check(
    dataset: Dataset, params: DatasetParams, docs: Path, progress: Progress, now_s: float | None = None
) -> Report:
    """Run the checks of the tables of `dataset`; writes Data Docs and a report into `docs`.

    Tables of what people did are never held in memory as a whole. Events after `now_s`, by default the clock's time,
    are in the future.

    Raises:
        BrokenCheckError: a check could not run; that is an error of ours and says nothing about the data.
        UserError: a table is missing, no Parquet file, or unknown.
    """
    tables = held(dataset.path)
    severity: Severity = "critical" if getattr(params, "personal", "name") == "refuse" else "warning"
    checked = [column_checks(table, _parquet(dataset, table)) for table in _all(dataset, tables)]
    facts = {
        "dataset": dataset,
        "held": tables,
        "usable": {one.table: usable(tables[one.table], one.frame) for one in checked},
        "report": (read_card(dataset.path) or {}).get("report", {}),
        "labels": getattr(params, "labels", None),
        "former": read_reference(dataset.name),
        "now_s": now_s or time.time(),
        "progress": progress,
    }
    with inspecting(docs, **facts) as view:
        for name, table in tables.items():
            progress(f"check {name}", 0, 0)
            if view.usable[name]:
                checked += (table.checks or key_checks)(table, view)
            if name in WRITTEN:
                checked += personal_checks(table, view, severity)
    progress("run expectations", 0, 0)
    failures, count = run_suites(dataset, checked, docs / "site")
    write_page(docs / "index.html", dataset, failures, count, docs / "site", view.sections)
    return Report(failures, count, docs / "index.html", view.shares)


def _all(dataset: Dataset, tables: Mapping[str, Table]) -> list[Table]:
    """The tables of the data set, whose files all have to be there."""
    for name in dataset.tables:
        if name not in tables:
            raise UserError(
                f"{name}.parquet of data set {dataset.name!r} is gone; run `corkboard data get {dataset.name}`"
            )
    return list(tables.values())


def _parquet(dataset: Dataset, table: Table) -> pq.FileMetaData:
    path = dataset.path / table.file
    with reading(path):
        return pq.read_metadata(path)
