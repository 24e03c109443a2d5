"""The items of a data set that visual search works with, by split.

Legend: N items.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.dataset import Dataset
from data.errors import UserError

__all__ = ["Gallery", "items_of"]


@dataclass(frozen=True)
class Gallery:
    """The items of one split that have a category, with `label_N`, their number in `categories`."""

    items: pd.DataFrame
    categories: tuple[str, ...]
    label_N: np.ndarray

    def metadata(self) -> dict[str, list[str | None]]:
        """Category and attributes as columns to filter by, None where an item lacks one."""
        attributes = [dict(pairs) for pairs in self.items["attributes"]]
        names = sorted({name for values in attributes for name in values} - {"category"})
        columns = {name: [values.get(name) for values in attributes] for name in names}
        return {"category": self.items["category"].tolist(), **columns}


def items_of(dataset: Dataset, split: str) -> Gallery:
    """The items of `split` that show one thing (scenes have no category), sorted by id.

    Raises:
        UserError: there are none.
    """
    items = dataset.table("items").to_pandas()
    items = items[items["category"] != ""]
    categories = tuple(sorted(items.loc[items["split"] == "train", "category"].unique()))
    chosen = items[items["split"] == split].sort_values("item_id", ignore_index=True)
    if chosen.empty:
        raise UserError(
            f"data set {dataset.name!r} has no items in the split {split!r}; give it some or change the splits"
        )
    codes = {category: code for code, category in enumerate(categories)}
    label_N = chosen["category"].map(codes).fillna(-1).to_numpy(np.int64)
    return Gallery(chosen, categories, label_N)
