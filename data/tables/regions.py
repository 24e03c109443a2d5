"""Regions: the objects in a picture, as boxes and masks."""

import math
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from PIL import Image

from data.checks.expect import in_set, never, not_null, unique
from data.checks.inspection import Inspection
from data.checks.run import Checked, checked_rows
from data.images import MAX_PIXELS
from data.table import Table, column

__all__ = ["TABLE"]

BOX = ("x0_px", "y0_px", "x1_px", "y1_px")
KEPT_MASKS = 4  # regions of one picture share a mask and lie together


def _checks(table: Table, view: Inspection) -> list[Checked]:
    """Check that each region has a picture in the table items, its box inside it, and its number in the mask."""
    regions = view.frame(table.name)
    suite = [
        unique("region_id"),
        *[not_null(field.name) for field in table.schema if not field.nullable],
        never("orphan", "item exists", "a region has to lie in a picture of the table items"),
        never("box_fault", "box in picture", "a box has to have an area and lie inside its picture"),
        never("mask_fault", "mask matches", "a mask has to decode and be as large as its picture"),
        never("value_fault", "mask value present", "a region's number has to occur in its mask"),
        never("area_fault", "area matches", "an area has to be that of the mask, or at most that of the box"),
        never("no_product", "product exists", "a product has to be an item of the table items"),
    ]
    if view.labels is not None:
        message = f"label has to be one of the data set's labels: {', '.join(view.labels)}"
        suite.append(in_set("label", view.labels, "label is known", message))
    evidence = _evidence(regions, view.frame("items"), view.dataset.path)
    return [checked_rows(table.name, table.name, evidence, suite, ("region_id", "item_id"))]


def _evidence(regions: pd.DataFrame, items: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """`regions` with one column per finding; findings whose columns are missing are left out."""
    evidence = regions.copy()
    if not {"item_id"} <= set(regions) or not {"item_id", "width_px", "height_px"} <= set(items):
        return evidence
    by_item = items.drop_duplicates("item_id").set_index("item_id")[["width_px", "height_px"]]
    known = regions["item_id"].isin(by_item.index)
    evidence["orphan"] = regions["item_id"].where(~known).map(lambda item: f"no item {item}", na_action="ignore")
    sizes = by_item.reindex(regions["item_id"]).to_numpy(float)
    if set(BOX) <= set(regions):
        evidence["box_fault"] = [
            _box_fault(box, size) for box, size in zip(regions[list(BOX)].to_numpy(float), sizes, strict=True)
        ]
    if {"mask", "mask_value"} <= set(regions):
        faults = [_mask_faults(row, size, folder) for row, size in zip(regions.itertuples(), sizes, strict=True)]
        evidence["mask_fault"] = pd.Series([fault for fault, _ in faults], index=regions.index, dtype=object)
        evidence["value_fault"] = pd.Series([fault for _, fault in faults], index=regions.index, dtype=object)
        if {"area_px", *BOX} <= set(regions):
            areas = [_area_fault(row, folder) for row in regions.itertuples()]
            evidence["area_fault"] = pd.Series(areas, index=regions.index, dtype=object)
        _mask.cache_clear()
    if "product_id" in regions:
        unknown = regions["product_id"].notna() & ~regions["product_id"].isin(by_item.index)
        evidence["no_product"] = regions["product_id"].where(unknown).map("no item {}".format, na_action="ignore")
    return evidence


def _box_fault(box: np.ndarray, size: np.ndarray) -> str | None:
    x0, y0, x1, y1 = box
    text = f"box ({x0:g}, {y0:g}, {x1:g}, {y1:g})"
    if not np.isfinite(box).all() or x1 <= x0 or y1 <= y0:
        return f"{text} has no area"
    width, height = size
    if np.isfinite(size).all() and (x0 < 0 or y0 < 0 or x1 > width or y1 > height):
        return f"{text} leaves the picture of {width:g} x {height:g}"
    return None


def _mask_faults(row: Any, size: np.ndarray, folder: Path) -> tuple[str | None, str | None]:
    """What is wrong with the mask's file, and with the region's number in it."""
    named, numbered = not pd.isna(row.mask), not pd.isna(row.mask_value)
    if not named:
        return None, "a number without a mask" if numbered else None
    shape, values = _mask(folder / row.mask)
    if isinstance(shape, str):
        return f"{row.mask} {shape}", None
    if np.isfinite(size).all() and shape != tuple(size):
        return f"{row.mask} is {shape[0]} x {shape[1]}, the picture {size[0]:g} x {size[1]:g}", None
    if not numbered:
        return None, "a mask without a number"
    return None, None if int(row.mask_value) in values else f"{row.mask_value:g} is nowhere in {row.mask}"


def _area_fault(row: Any, folder: Path) -> str | None:
    """What is wrong with the area of a region; None where the mask is at fault."""
    if pd.isna(row.area_px):
        return None
    area = int(row.area_px)
    if pd.isna(row.mask) or pd.isna(row.mask_value):
        most = math.ceil(row.x1_px - row.x0_px) * math.ceil(row.y1_px - row.y0_px)
        return None if 0 < area <= most else f"{area} pixels in a box of {most}"
    seen = _mask(folder / row.mask)[1].get(int(row.mask_value), 0)
    return None if seen in (0, area) else f"{area} pixels, the mask has {seen}"


@lru_cache(maxsize=KEPT_MASKS)
def _mask(path: Path) -> tuple[tuple[int, int] | str, dict[int, int]]:
    """Width and height, and the pixels of each number in it; or what is wrong with the file."""
    try:
        with Image.open(path, formats=("PNG",)) as image:
            if image.width * image.height > MAX_PIXELS:
                return f"has {image.width} x {image.height} pixels", {}
            if image.mode not in ("L", "P", "I;16", "I"):
                return f"has colours ({image.mode}) instead of numbers", {}
            counts = np.bincount(np.asarray(image).ravel())
            return image.size, {int(value): int(counts[value]) for value in np.flatnonzero(counts)}
    except FileNotFoundError:
        return "is missing", {}
    except Exception as error:  # decoders of hostile bytes raise nearly anything, and all of it means the same
        return f"does not decode ({error})", {}


TABLE = Table(
    "regions",
    pa.schema(
        [
            column("region_id", pa.string(), "key"),
            column("item_id", pa.string(), "the picture it lies in"),
            column("label", pa.string(), "category of what it shows"),
            column("x0_px", pa.float32(), "left edge of the box"),
            column("y0_px", pa.float32(), "top edge"),
            column("x1_px", pa.float32(), "right edge, exclusive"),
            column("y1_px", pa.float32(), "bottom edge, exclusive"),
            column("mask", pa.string(), "a PNG of region numbers, as large as the picture", nullable=True, file=True),
            column("mask_value", pa.int32(), "this region's number in that PNG", nullable=True),
            column("area_px", pa.int32(), "pixels of it that are seen; null: unknown", nullable=True),
            column("product_id", pa.string(), "the item that it shows; null: unknown", nullable=True),
            column("attributes", pa.map_(pa.string(), pa.string()), "name to value"),
        ]
    ),
    ("region_id",),
    checks=_checks,
)
