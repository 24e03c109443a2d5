"""Outfits as arrays: who stands with whom.

Legend: M members of all outfits, O outfits, C categories.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.dataset import Dataset
from data.errors import UserError

__all__ = ["Outfits", "read_outfits"]

UNKNOWN = -1


@dataclass(frozen=True)
class Outfits:
    """The members of some outfits, those of one together, in the order of their places.

    category_M: code in `categories`, -1 for one that training has not. item_M: item id, empty where it is not known.
    outfit_M: number of the outfit.
    """

    categories: tuple[str, ...]
    outfit_ids: np.ndarray
    outfit_M: np.ndarray
    place_M: np.ndarray
    category_M: np.ndarray
    name_M: np.ndarray  # of the category
    item_M: np.ndarray

    def __len__(self) -> int:
        return len(self.outfit_M)

    def members(self) -> list[np.ndarray]:
        """The rows of each outfit."""
        starts = np.flatnonzero(np.diff(self.outfit_M, prepend=-1))
        return np.split(np.arange(len(self)), starts[1:]) if len(self) else []

    def counts(self) -> np.ndarray:
        """How many of each category the outfit of each member has beside it, float32 (M, C)."""
        known_M = self.category_M != UNKNOWN
        whole_OC = np.zeros((len(self.outfit_ids), len(self.categories)), np.float32)
        np.add.at(whole_OC, (self.outfit_M[known_M], self.category_M[known_M]), 1)
        others_MC = whole_OC[self.outfit_M]
        others_MC[known_M, self.category_M[known_M]] -= 1
        return others_MC


def read_outfits(dataset: Dataset, *splits: str) -> list[Outfits]:
    """The outfits of each split that have at least two members, with the categories of the training split.

    Raises:
        UserError: a split has none.
    """
    table = dataset.table("outfits").to_pandas().sort_values(["outfit_id", "place"], ignore_index=True)
    together = table.groupby("outfit_id")["place"].transform("size") > 1
    table = table[together]
    categories = tuple(sorted(table.loc[table["split"] == "train", "category"].unique()))
    return [_part(dataset, table[table["split"] == split], split, categories) for split in splits]


def _part(dataset: Dataset, rows: pd.DataFrame, split: str, categories: tuple[str, ...]) -> Outfits:
    if rows.empty:
        raise UserError(f"data set {dataset.name!r} has no outfits of two things or more in the split {split!r}")
    code = {category: number for number, category in enumerate(categories)}
    outfit_M, outfit_ids = pd.factorize(rows["outfit_id"])
    return Outfits(
        categories,
        np.asarray(outfit_ids, dtype=object),
        outfit_M,
        rows["place"].to_numpy(),
        rows["category"].map(code).fillna(UNKNOWN).to_numpy(np.int64),
        rows["category"].to_numpy(object),
        rows["item_id"].fillna("").to_numpy(object),
    )
