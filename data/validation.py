"""Validate a data set: gather evidence, run the suites, write Data Docs, name the rows that fail."""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.checks.behaviour import behaviour_checks
from data.checks.columns import checked_rows, column_checks
from data.dataset import CARD, Dataset
from data.errors import UserError
from data.evidence.categories import category_evidence, shares
from data.evidence.columns import usable
from data.evidence.items import item_evidence
from data.evidence.regions import region_evidence
from data.page import write_page
from data.params import DatasetParams
from data.reference import path_of, read_reference
from data.sources.raw import Progress
from data.suites import categories, items, regions
from data.suites.run import Checked, run_suites
from data.tables import ITEMS, REGIONS, TABLES, Table

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


def check(
    dataset: Dataset, params: DatasetParams, docs: Path, progress: Progress, now_s: float | None = None
) -> Report:
    """Check `dataset` against the suites of its tables; writes Data Docs and a page about them into `docs`.

    Tables of what people did are never held in memory as a whole. Events after `now_s`, by default the clock's time,
    are in the future.

    Raises:
        BrokenCheckError: a check could not run; that is an error of ours and says nothing about the data.
        UserError: a table is missing or no Parquet file.
    """
    files = {name: _parquet(dataset, table) for name, table in TABLES.items()}
    logged = bool(files["events"].num_rows or files["users"].num_rows)
    schemas = column_checks(files, logged)
    found = {one.table: one.frame for one in schemas}
    frames = {table.name: _frame(table, dataset, found[table.name]) for table in (ITEMS, REGIONS)}
    checked = [*schemas, *_picture_checks(dataset, params, frames, logged, progress)]
    summary = None
    if logged:
        progress("check events", 0, 0)
        of_log, summary = behaviour_checks(
            dataset, {name: usable(TABLES[name], frame) for name, frame in found.items()}, docs, now_s or time.time()
        )
        checked += of_log
    progress("run expectations", 0, 0)
    failures, count = run_suites(dataset, checked, docs / "site")
    write_page(docs / "index.html", dataset, failures, count, docs / "site", summary)
    return Report(failures, count, docs / "index.html", _shares(frames["items"]))


def _picture_checks(
    dataset: Dataset, params: DatasetParams, frames: dict[str, pd.DataFrame], logged: bool, progress: Progress
) -> list[Checked]:
    """The suites of items, categories and regions. Where there is a log, items need no picture."""
    labels = getattr(params, "labels", None)
    former = read_reference(dataset.name)
    everything, placed = frames["items"], frames["regions"]
    suite = items.pictures(labels, former, path_of(dataset.name))
    pictured, checked = everything, []
    if logged and "image" in everything:
        pictured = everything[everything["image"].notna()].reset_index(drop=True)
    if len(pictured) == len(everything):
        suite = [*items.keys(), *suite]
    else:
        checked.append(checked_rows("items", "all_items", everything, items.keys(), ("item_id",)))
    found = item_evidence(pictured, dataset.path, set(placed.get("item_id", ())), progress)
    if len(found):
        checked.append(checked_rows("items", "items", found, suite, ("item_id", "image")))
    if len(placed):
        evidence = region_evidence(placed, everything, dataset.path)
        checked.append(
            checked_rows("regions", "regions", evidence, regions.expectations(labels), ("region_id", "item_id"))
        )
    if {"category", "split"} <= set(found.columns) and (len(found) or not logged):
        by_category = category_evidence(found, _empty_folders(dataset), former)
        checked.append(
            Checked("items", "categories", by_category, categories.expectations(path_of(dataset.name)), ("category",))
        )
    return checked


def _shares(found: pd.DataFrame) -> dict[str, float]:
    """Of the categories among the pictures that are used."""
    return shares(found[found["split"].notna()]) if {"category", "split"} <= set(found.columns) else {}


def _parquet(dataset: Dataset, table: Table) -> pq.FileMetaData:
    path = dataset.path / table.file
    if not path.is_file():
        raise UserError(
            f"data set {dataset.name!r} has no table {table.name!r}; run `corkboard data get {dataset.name}`"
        )
    try:
        return pq.read_metadata(path)
    except pa.ArrowInvalid as error:
        raise UserError(f"{path} is not a Parquet file ({error}); write it again") from error


def _frame(table: Table, dataset: Dataset, schema: pd.DataFrame) -> pd.DataFrame:
    """The usable columns; values that are no scalars as text, which is all that the suites ask of them."""
    names = [name for name in table.schema.names if name in usable(table, schema)]
    frame: pd.DataFrame = pq.read_table(dataset.path / table.file, columns=names).to_pandas()
    if "attributes" in frame:
        frame["attributes"] = frame["attributes"].map(str, na_action="ignore")
    return frame


def _empty_folders(dataset: Dataset) -> list[str]:
    card = json.loads((dataset.path / CARD).read_text(encoding="utf-8"))
    return list(card["report"].get("empty_folders", []))
