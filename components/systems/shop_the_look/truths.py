"""Regions of scenes whose item is known.

Legend: H height, W width.
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from PIL import Image

from components.message import Part, picture_part
from components.systems.shop_the_look import BOX
from components.systems.shop_the_look.types import Mask, SearchedRegion
from data.dataset import Dataset
from data.images.runs import runs_of

__all__ = ["Scene", "images_of", "true_scenes"]


@dataclass(frozen=True)
class Scene:
    """A picture with its regions; of each the item that it shows."""

    scene_id: str
    picture: Part
    region_ids: tuple[str, ...]
    regions: tuple[SearchedRegion, ...]
    item_ids: tuple[str, ...]


def true_scenes(dataset: Dataset, split: str, most: int | None = None) -> list[Scene]:
    """The scenes of a split, at most so many, with those regions that show a known item; none where no table says."""
    if not {"items", "regions"} <= dataset.tables.keys():
        return []
    images, rows = images_of(dataset, split), defaultdict(list)
    for row in dataset.table("regions").sort_by("region_id").to_pylist():
        if row["product_id"] and row["product_id"] != row["item_id"] and row["item_id"] in images:
            rows[row["item_id"]].append(row)
    return [_scene(dataset, scene_id, images[scene_id], rows[scene_id]) for scene_id in sorted(rows)[:most]]


def images_of(dataset: Dataset, split: str | None = None) -> dict[str, str]:
    """The picture of each item, of a split or of all."""
    items = dataset.table("items").to_pylist() if "items" in dataset.tables else []
    return {item["item_id"]: item["image"] for item in items if item["image"] and split in (None, item["split"])}


def _scene(dataset: Dataset, scene_id: str, image: str, rows: list[dict]) -> Scene:
    regions = tuple(
        SearchedRegion(label=row["label"], box=tuple(row[edge] for edge in BOX), mask=_mask(dataset, row))
        for row in rows
    )
    picture = picture_part(dataset.file(image).read_bytes())
    ids = tuple(row["region_id"] for row in rows)
    return Scene(scene_id, picture, ids, regions, tuple(row["product_id"] for row in rows))


def _mask(dataset: Dataset, row: dict) -> Mask | None:
    if row["mask"] is None:
        return None
    with Image.open(dataset.file(row["mask"]), formats=("PNG",)) as image:
        inside_HW = np.asarray(image) == row["mask_value"]
    return Mask(size=inside_HW.shape, counts=tuple(runs_of(inside_HW)))
