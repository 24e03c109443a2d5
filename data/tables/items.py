"""Items: what can be shown, mostly with a picture. Copies of a picture are kept in one split."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from data.checks.annotations import annotation_checks
from data.checks.categories import category_checks, shares
from data.checks.expect import between, in_set, never, not_null, unique, with_values
from data.checks.inspection import Inspection
from data.checks.metadata import metadata_checks
from data.checks.pictures import picture_evidence
from data.checks.run import Checked, checked_rows
from data.damaged import allowed_share, exclude_damaged
from data.duplicates import Duplicates, find_duplicates
from data.images import MAX_PIXELS
from data.params import DatasetParams, Splits
from data.probe import Probe, probe_all
from data.reference import path_of
from data.reporting import Progress
from data.splits import assign_splits, exclude_leaks
from data.table import SPLITS, Table, column

__all__ = ["ITEM_COLUMNS", "TABLE"]

# columns that a source gives for a picture
ITEM_COLUMNS = (
    "item_id",
    "image",
    "title",
    "category",
    "split",
    "attributes",
)
OPTIONAL_COLUMNS = ("description", "created_s")

LEAST_SIDE_PX = 8  # below it nothing can be seen
SMALL_SIDE_PX = 32
MOST_ASPECT = 10.0


def _prepare(
    table: Table, rows: pd.DataFrame, params: DatasetParams, folder: Path, progress: Progress
) -> tuple[pa.Table, dict[str, Any]]:
    """The rows with what their files are like; splits that are not given are assigned, and leaks excluded.

    Pictures that do not decode keep their row, for validation to report. Where the data set's entry sets `damaged`,
    they are excluded.
    """
    columns = [*ITEM_COLUMNS, *(name for name in OPTIONAL_COLUMNS if name in rows)]
    items = rows[columns].sort_values("item_id", ignore_index=True)
    allowed = allowed_share(params)
    pictured = items["image"].notna()
    looked = iter(
        probe_all([folder / image for image in items["image"][pictured]], progress, whole=allowed is not None)
    )
    probes = [next(looked) if one else Probe(0, "") for one in pictured]
    report: dict[str, Any] = {}
    if allowed is not None:
        items["split"], report["damaged"] = exclude_damaged(items, probes, allowed)
    progress("look for duplicates", 0, 1)
    duplicates = find_duplicates(probes)
    items["split"] = assign_splits(items, duplicates.groups, _shares(params))
    items["split"], excluded = exclude_leaks(items, duplicates)
    progress("look for duplicates", 1, 1)
    report |= {"duplicates": _duplicates(items, duplicates), "excluded": excluded}
    return _arrow(table, items, probes), report


def _shares(params: DatasetParams) -> Splits:
    splits = getattr(params, "splits", None)  # given by folders, or of a log, it is none
    return splits if isinstance(splits, Splits) else Splits()


def _arrow(table: Table, items: pd.DataFrame, probes: list[Probe]) -> pa.Table:
    pictures = pd.DataFrame(
        {
            "width_px": pd.array([probe.width_px for probe in probes], "Int32"),
            "height_px": pd.array([probe.height_px for probe in probes], "Int32"),
            "size_bytes": pd.array([probe.size_bytes for probe in probes], "Int64"),
            "sha256": [probe.sha256 for probe in probes],
            "phash": [probe.phash for probe in probes],
        }
    )
    pictures.loc[items["image"].isna(), ["size_bytes", "sha256"]] = pd.NA
    rows = items.assign(attributes=items["attributes"].map(_pairs)).join(pictures)
    if "description" not in rows:
        rows["description"] = ""
    if "created_s" not in rows:
        rows["created_s"] = pd.array([None] * len(rows), "Int64")
    return pa.Table.from_pandas(rows, table.schema, preserve_index=False)


def _pairs(attributes: dict[str, str]) -> list[tuple[str, str]]:
    return sorted(attributes.items())


def _duplicates(items: pd.DataFrame, duplicates: Duplicates) -> dict[str, Any]:
    """Counts, and the groups themselves: each the ids of pictures that are the same."""
    shared = np.flatnonzero(np.bincount(duplicates.groups)[duplicates.groups] > 1)
    groups = items.iloc[shared].groupby(duplicates.groups[shared])["item_id"].agg(list)
    return {
        "exact_pairs": len(duplicates.exact),
        "near_pairs": len(duplicates.near),
        "groups": sorted(groups.tolist()),
    }


def _checks(table: Table, view: Inspection) -> list[Checked]:
    """Check keys and values of all items, the files of pictures, and the categories.

    Items of a log, of a catalogue of words or of what is searched by words need no picture.
    """
    items = view.frame(table.name)
    logged = bool({"events", "users", "queries"} & view.held.keys()) or view.report.get("items_without_picture", 0) > 0
    keys = [
        unique("item_id"),
        *[not_null(field.name) for field in table.schema if not field.nullable],
        never("untitled", "title is given", "an item without a title is called by its id, or not at all", "warning"),
    ]
    items["untitled"] = _untitled(items)
    suite = _pictures(view)
    pictured, checked = items, []
    if logged and "image" in items:
        pictured = items[items["image"].notna()].reset_index(drop=True)
    if len(pictured) == len(items):
        suite = [*keys, *suite]
    else:
        checked.append(checked_rows(table.name, "all_items", items, keys, ("item_id",)))
    with_regions = set(view.frame("regions").get("item_id", ()))
    evidence = picture_evidence(pictured, view.dataset.path, with_regions, view.progress)
    if len(evidence):
        checked.append(checked_rows(table.name, table.name, evidence, suite, ("item_id", "image")))
    if "annotations" in view.report:
        checked.append(annotation_checks(view.report["annotations"]))
    if view.report.get("metadata_without_file"):
        checked.append(metadata_checks(view.report["metadata_without_file"]))
    if {"category", "split"} <= set(evidence.columns) and (len(evidence) or not logged):
        checked.append(category_checks(evidence, view.report.get("empty_folders", []), view.former, view.dataset.name))
        view.shares = shares(evidence[evidence["split"].notna()])
    return checked


def _untitled(items: pd.DataFrame) -> pd.Series:
    """What each item is called that has no title, where others have one."""
    if not {"item_id", "title"} <= set(items):
        return pd.Series(None, items.index, object)
    without = (items["title"].fillna("").str.strip() == "") | (items["title"] == items["item_id"])
    return items["title"].where(without & (not without.all()))


def _pictures(view: Inspection) -> list[Any]:
    """What has to hold for pictures. Categories are the data set's labels, or should be those of the last version."""
    suite = [
        not_null("split"),
        in_set("split", SPLITS, "split is known", f"split has to be one of {', '.join(SPLITS)}"),
        with_values(
            "split", SPLITS[:3], "splits are used", "there have to be pictures in each of train, validation and test"
        ),
        never("missing", "file exists", "every picture has to be there, inside the data set's folder"),
        never("undecodable", "file decodes", "every picture has to decode in full"),
        never("damaged", "damaged picture", "excluded, as `damaged` in params.yaml says; nothing uses it", "warning"),
        never("too_large", "pixels in bounds", f"a picture may have {MAX_PIXELS // 10**6} million pixels"),
        never("altered", "file as recorded", "the file has to have the size and hash that the table says"),
        never("generated", "no made picture to learn from", "what a model made is nothing to train on; take it out"),
        between(
            "short_side_px",
            LEAST_SIDE_PX,
            None,
            "least size",
            f"the shorter side has to have {LEAST_SIDE_PX} pixels",
            "critical",
        ),
        between(
            "short_side_px",
            SMALL_SIDE_PX,
            None,
            "small pictures",
            f"pictures of less than {SMALL_SIDE_PX} pixels teach little",
            "warning",
        ),
        between(
            "aspect",
            None,
            MOST_ASPECT,
            "aspect",
            f"the longer side should be at most {MOST_ASPECT:g} times the shorter one",
            "warning",
        ),
        never("exact_leak", "exact leak", "no file may be in two splits"),
        never("near_leak", "near leak", "no picture may be in two splits, re-encoded or resized"),
        never("two_labels", "same picture, two labels", "one picture should have one category", "warning"),
        never("unlabelled", "category is given", "a picture without regions should have a category", "warning"),
    ]
    if view.labels is not None:
        message = f"category has to be one of the data set's labels: {', '.join(view.labels)}"
        suite.append(in_set("category", [*view.labels, ""], "label is known", message))
    elif view.former is not None:
        message = (
            f"category should be one of the last version that passed; if it is meant, remove "
            f"{path_of(view.dataset.name)}"
        )
        suite.append(in_set("category", [*view.former, ""], "label is known", message, "warning"))
    return suite


TABLE = Table(
    "items",
    pa.schema(
        [
            column("item_id", pa.string(), "key"),
            column(
                "image", pa.string(), "path below the data set's folder; null: no picture", nullable=True, file=True
            ),
            column("title", pa.string(), "what a person would call it"),
            column("description", pa.string(), "what is told of it beyond the title; empty where there is nothing"),
            column("category", pa.string(), "label; empty for whole scenes"),
            column(
                "split",
                pa.string(),
                "of the pictures: train, validation, test, or excluded (a duplicate, damaged or not annotated)",
                nullable=True,
            ),
            column("width_px", pa.int32(), "null if the file does not decode", nullable=True),
            column("height_px", pa.int32(), "null if the file does not decode", nullable=True),
            column("size_bytes", pa.int64(), "of the file", nullable=True),
            column("sha256", pa.string(), "of the file, hexadecimal", nullable=True),
            column("phash", pa.string(), "64-bit perceptual hash, hexadecimal; null if undecodable", nullable=True),
            column("attributes", pa.map_(pa.string(), pa.string()), "name to value, such as colour: red"),
            column("created_s", pa.int64(), "since when it can be shown; null: unknown", nullable=True),
        ]
    ),
    ("item_id",),
    prepare=_prepare,
    checks=_checks,
)
