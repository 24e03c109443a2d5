"""Outfits: things that go together, such as what a collage or a room shows."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.checks.expect import in_set, never, not_null, with_values
from data.checks.inspection import Inspection
from data.checks.run import Checked, checked_rows
from data.params import DatasetParams
from data.reporting import Progress
from data.table import SPLITS, Table, as_given, column
from data.tables.items import TABLE as ITEMS

__all__ = ["TABLE"]

KEY = ("outfit_id", "place")
BOX = ("x0", "y0", "x1", "y1")
LEAST_THINGS = 2  # fewer do not go together


def _prepare(
    table: Table, rows: pd.DataFrame, params: DatasetParams, folder: Path, progress: Progress
) -> tuple[pa.Table, dict[str, Any]]:
    """The rows in order. An outfit without a split has that of the picture with its id, whose table is written."""
    if (rows["split"] == "").any():
        pictures = pq.read_table(folder / ITEMS.file, columns=["item_id", "split"]).to_pandas()
        splits = pictures.set_index("item_id")["split"]
        rows = rows.assign(split=rows["split"].where(rows["split"] != "", rows["outfit_id"].map(splits)))
    return as_given(table, rows, params, folder, progress)


def _checks(table: Table, view: Inspection) -> list[Checked]:
    """Check that outfits have several things, lie in one split, and name known items and boxes with an area."""
    outfits = view.frame(table.name)
    suite = [
        *[not_null(field.name) for field in table.schema if not field.nullable],
        never("misplaced", "place counts from 0", "the places of an outfit's things are 0, 1, 2, … without a gap"),
        never("lonely", "several things", f"an outfit has at least {LEAST_THINGS} things"),
        never("torn", "one split", "all things of an outfit belong to one split"),
        never("orphan", "item exists", "a thing that names an item has to name one of the table items"),
        never("box_fault", "box in picture", "a box is in shares of the picture, has an area and lies inside it"),
        in_set("split", SPLITS, "split is known", f"split has to be one of {', '.join(SPLITS)}"),
        with_values("split", SPLITS[:3], "splits are used", "there have to be outfits in train, validation and test"),
    ]
    known = set(view.frame(ITEMS.name)["item_id"]) if ITEMS.name in view.held else None
    return [checked_rows(table.name, table.name, _evidence(outfits, known), suite, KEY)]


def _evidence(outfits: pd.DataFrame, known: set[str] | None) -> pd.DataFrame:
    """`outfits` with one column per finding; findings whose columns are missing are left out."""
    evidence = outfits.copy()
    if "outfit_id" in outfits:
        groups = outfits.groupby("outfit_id", sort=False)
        size = groups["outfit_id"].transform("size")
        evidence["lonely"] = _where(size < LEAST_THINGS, "is the outfit's only thing", outfits)
        if "place" in outfits:
            wrong = outfits["place"] != groups["place"].rank(method="first") - 1
            evidence["misplaced"] = outfits["place"].astype(str).where(wrong, None)
        if "split" in outfits:
            several = groups["split"].transform("nunique") > 1
            evidence["torn"] = outfits["split"].where(several, None)
    if "item_id" in outfits and known is not None:
        unknown = outfits["item_id"].notna() & ~outfits["item_id"].isin(known)
        evidence["orphan"] = outfits["item_id"].where(unknown).map("no item {}".format, na_action="ignore")
    if set(BOX) <= set(outfits):
        evidence["box_fault"] = _box_faults(outfits[list(BOX)].to_numpy(float))
    return evidence


def _where(wrong: pd.Series, text: str, rows: pd.DataFrame) -> pd.Series:
    return pd.Series(text, rows.index, dtype=object).where(wrong, None)


def _box_faults(boxes_N4: np.ndarray) -> list[str | None]:
    """What is wrong with each box; nothing where none is given."""
    x0, y0, x1, y1 = boxes_N4.T
    fine = (x0 >= 0) & (y0 >= 0) & (x1 <= 1) & (y1 <= 1) & (x0 < x1) & (y0 < y1)
    wrong = ~fine & np.isfinite(boxes_N4).any(axis=1)
    return [f"box ({', '.join(f'{edge:g}' for edge in boxes_N4[k])})" if wrong[k] else None for k in range(len(wrong))]


TABLE = Table(
    "outfits",
    pa.schema(
        [
            column("outfit_id", pa.string(), "first part of the key; of a scene, the id of its picture"),
            column("place", pa.int32(), "of a thing in the outfit, from 0; second part of the key"),
            column("item_id", pa.string(), "the item; null: unknown", nullable=True),
            column("category", pa.string(), "of the thing"),
            column("x0", pa.float32(), "left edge of its box, as a share of the picture; null: unknown", nullable=True),
            column("y0", pa.float32(), "top edge", nullable=True),
            column("x1", pa.float32(), "right edge, exclusive", nullable=True),
            column("y1", pa.float32(), "bottom edge, exclusive", nullable=True),
            column("split", pa.string(), "train, validation, test, or excluded, as the picture it shows"),
        ]
    ),
    KEY,
    prepare=_prepare,
    checks=_checks,
)
