"""The items of a data set that canvas works with, and their labels.

Legend: N pictures, S side in pixels.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from components.learning.pictures import decoded_pictures
from components.system import Progress
from components.systems.canvas.conditions import CATEGORY, Conditions
from data.dataset import Dataset
from data.errors import UserError
from data.project import home

__all__ = ["condition_of", "decoded", "items_of", "labels_of"]


def items_of(dataset: Dataset, split: str) -> pd.DataFrame:
    """The items of `split` with a picture of one thing (scenes have no category), sorted by id.

    Raises:
        UserError: there are none.
    """
    items = dataset.table("items").to_pandas()
    chosen = items[(items["category"] != "") & items["image"].notna() & (items["split"] == split)]
    if chosen.empty:
        raise UserError(
            f"data set {dataset.name!r} has no items in the split {split!r}; give it some or change the splits"
        )
    return chosen.sort_values("item_id", ignore_index=True)


def labels_of(item: Mapping[Any, Any]) -> dict[str, str]:
    """The category and the attributes of an item."""
    return dict(item["attributes"]) | {CATEGORY: item["category"]}


def condition_of(item: Mapping[Any, Any], conditions: Conditions) -> np.ndarray:
    """The condition (K,) of an item, from those of its labels that the model knows."""
    known = {name: value for name, value in labels_of(item).items() if value in conditions.values.get(name, ())}
    return conditions.vector(known, str(item["title"] or "") if conditions.texts is not None else "")


def decoded(dataset: Dataset, items: pd.DataFrame, size_px: int, progress: Progress) -> np.memmap:
    """The pictures uint8 (N, S, S, 3), cut to the square in their middle."""
    return decoded_pictures(
        [dataset.file(image) for image in items["image"]],
        size_px,
        home() / "cache" / "pictures",
        dataset.tables["items"].columns["image"],
        partial(_report, progress),
        "crop",
    )


def _report(progress: Progress, done: int, total: int) -> None:
    progress("decode", done, total, {})
