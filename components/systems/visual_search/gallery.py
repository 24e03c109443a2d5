"""The items of a data set that visual search works with, by split.

Legend: N items, L labels: the category, then attributes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.dataset import Dataset
from data.errors import UserError

__all__ = ["Gallery", "attribute_of", "items_of"]


@dataclass(frozen=True)
class Gallery:
    """The items of one split that have a category, with their labels as numbers.

    values: the categories of the training split, then the values of each attribute there. label_NL: their numbers; -1
    for what the training split lacks.
    """

    items: pd.DataFrame
    values: tuple[tuple[str, ...], ...]
    label_NL: np.ndarray

    @property
    def categories(self) -> tuple[str, ...]:
        return self.values[0]

    def metadata(self) -> dict[str, list[str | None]]:
        """Category and attributes as columns to filter by, None where an item lacks one."""
        attributes = [dict(pairs) for pairs in self.items["attributes"]]
        names = sorted({name for values in attributes for name in values} - {"category"})
        columns = {name: [values.get(name) for values in attributes] for name in names}
        return {"category": self.items["category"].tolist(), **columns}


def attribute_of(items: pd.DataFrame, name: str) -> pd.Series:
    """Each item's value of an attribute, None where it has none."""
    return items["attributes"].map(lambda pairs: dict(pairs).get(name))


def items_of(dataset: Dataset, split: str, attributes: Sequence[str] = ()) -> Gallery:
    """The items of `split` with a picture of one thing (scenes have no category), sorted by id.

    attributes: those that are labels too.

    Raises:
        UserError: there are none, or none has one of the attributes.
    """
    items = dataset.table("items").to_pandas()
    items = items[(items["category"] != "") & items["image"].notna()]
    chosen = items[items["split"] == split].sort_values("item_id", ignore_index=True)
    if chosen.empty:
        raise UserError(
            f"data set {dataset.name!r} has no items in the split {split!r}; give it some or change the splits"
        )
    trained = items[items["split"] == "train"]
    named = {"category": (trained["category"], chosen["category"])}
    named |= {name: (attribute_of(trained, name), attribute_of(chosen, name)) for name in attributes}
    values, label_NL = [], np.empty((len(chosen), len(named)), np.int64)
    for place, (name, (learned, given)) in enumerate(named.items()):
        values.append(tuple(sorted(learned.dropna().unique())))
        if not values[-1]:
            raise UserError(f"no item of data set {dataset.name!r} has the attribute {name!r}; correct loss.attributes")
        codes = {value: code for code, value in enumerate(values[-1])}
        label_NL[:, place] = given.map(codes).fillna(-1).to_numpy(np.int64)
    return Gallery(chosen, tuple(values), label_NL)
