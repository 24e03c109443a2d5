"""Validate a data set: gather evidence, run the suites, write Data Docs, name the rows that fail."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from data.dataset import CARD, Dataset
from data.evidence.categories import category_evidence, shares
from data.evidence.columns import column_evidence, usable
from data.evidence.items import item_evidence
from data.evidence.regions import region_evidence
from data.page import write_page
from data.params import DatasetParams
from data.reference import path_of, read_reference
from data.sources.raw import Progress
from data.suites import categories, columns, items, regions
from data.suites.run import Checked, run_suites
from data.tables import ITEMS, REGIONS, Table

if TYPE_CHECKING:
    from great_expectations.expectations import Expectation

__all__ = ["Report", "check"]


@dataclass(frozen=True)
class Report:
    """What validation found.

    failures: dicts with `table`, `check`, `severity`, `message`, `count` and `rows`, the critical ones first.
    checks: how many expectations ran. docs: a page that needs no network, beside the site of Data Docs.
    shares: of each category, the reference for the next version.
    """

    failures: list[dict[str, Any]]
    checks: int
    docs: Path
    shares: dict[str, float]


def check(dataset: Dataset, params: DatasetParams, docs: Path, progress: Progress) -> Report:
    """Check `dataset` against the suites of its tables; writes Data Docs and a page about them into `docs`.

    Raises:
        BrokenCheckError: a check could not run; that is an error of ours and says nothing about the data.
    """
    tables = {table.name: dataset.table(table.name) for table in (ITEMS, REGIONS)}
    schema = {table.name: column_evidence(table, tables[table.name]) for table in (ITEMS, REGIONS)}
    frames = {table.name: _frame(table, tables[table.name], schema[table.name]) for table in (ITEMS, REGIONS)}
    labels = getattr(params, "labels", None)
    former = read_reference(dataset.name)
    with_regions = set(frames["regions"].get("item_id", ()))
    found = item_evidence(frames["items"], dataset.path, with_regions, progress)
    checked = [
        Checked("items", "items_columns", schema["items"], columns.expectations(), ("column",)),
        Checked("regions", "regions_columns", schema["regions"], columns.expectations(), ("column",)),
    ]
    if len(found):
        checked.append(
            _rows("items", found, items.expectations(labels, former, path_of(dataset.name)), ("item_id", "image"))
        )
    if len(frames["regions"]):
        placed = region_evidence(frames["regions"], frames["items"], dataset.path)
        checked.append(_rows("regions", placed, regions.expectations(labels), ("region_id", "item_id")))
    current: dict[str, float] = {}
    if {"category", "split"} <= set(found.columns):
        by_category = category_evidence(found, _empty_folders(dataset), former)
        current = shares(found)
        checked.append(
            Checked("items", "categories", by_category, categories.expectations(path_of(dataset.name)), ("category",))
        )
    progress("run expectations", 0, 0)
    failures, count = run_suites(dataset, checked, docs / "site")
    write_page(docs / "index.html", dataset, failures, count, docs / "site")
    return Report(failures, count, docs / "index.html", current)


def _frame(table: Table, found: pa.Table, schema: pd.DataFrame) -> pd.DataFrame:
    """The usable columns; values that are no scalars as text, which is all that the suites ask of them."""
    frame = found.select([name for name in table.schema.names if name in usable(table, schema)]).to_pandas()
    if "attributes" in frame:
        frame["attributes"] = frame["attributes"].map(str, na_action="ignore")
    return frame


def _rows(table: str, frame: pd.DataFrame, suite: "Sequence[Expectation]", key: tuple[str, ...]) -> Checked:
    """Expectations on columns that are missing or mistyped are left out: the schema's suite tells of those."""
    possible = [one for one in suite if getattr(one, "column", None) in frame.columns]
    return Checked(table, table, frame, possible, tuple(name for name in key if name in frame.columns))


def _empty_folders(dataset: Dataset) -> list[str]:
    card = json.loads((dataset.path / CARD).read_text(encoding="utf-8"))
    return list(card["report"].get("empty_folders", []))
