"""Splits of pictures into train, validation and test: seeded shares, with duplicates kept in one split."""

import zlib
from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from data.duplicates import Duplicates
from data.params import Splits

__all__ = ["SPLIT_NAMES", "assign_splits", "exclude_leaks"]

SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "test": "test",
}

HELD_OUT = {"train": 0, "validation": 1, "test": 2}  # the copy in the most held-out split is the one that stays


def assign_splits(items: pd.DataFrame, groups_N: np.ndarray, shares: Splits) -> pd.Series:
    """Splits of all rows; those with `split` "" get one, stratified by category, a group of duplicates as one.

    Depends on the rows' ids, categories and groups and on the seed, not on their order. A category with at least three
    groups has some in every split.
    """
    splits = items["split"].copy()
    free = items[splits == ""].assign(group=groups_N[(splits == "").to_numpy()]).sort_values("item_id")
    members = free.groupby("group", sort=False).agg(category=("category", "first"), size=("item_id", "size"))
    chosen: dict[Hashable, str] = {}
    for category, groups in members.groupby("category", sort=True):
        order = np.random.default_rng([shares.seed, zlib.crc32(str(category).encode())]).permutation(len(groups))
        chosen |= _share_out(groups.iloc[order]["size"], shares)
    splits.loc[free.index] = free["group"].map(chosen)
    return splits


def _share_out(sizes: pd.Series, shares: Splits) -> dict[Hashable, str]:
    """Give each group to the split that lacks most of its share; the held-out splits first get one each."""
    lacking = {name: getattr(shares, name) * sizes.sum() for name in ("train", "validation", "test")}
    wanted = ["test", "validation", "train"] if len(sizes) >= len(lacking) else []
    chosen = {}
    for group, size in sizes.items():
        split = wanted.pop() if wanted else max(lacking, key=lambda name: lacking[name])
        chosen[group] = split
        lacking[split] -= size
    return chosen


def exclude_leaks(items: pd.DataFrame, duplicates: Duplicates) -> tuple[pd.Series, list[dict[str, Any]]]:
    """Splits without leaks, in which copies of a picture lie in one split, and the pictures excluded for that.

    Of a group that lies in several splits the most held-out split keeps its copies (test, then validation, then
    train), the others are `excluded`.
    """
    splits = items["split"].copy()
    exact = {row for pair in duplicates.exact.tolist() for row in pair}
    excluded = []
    shared = np.flatnonzero(np.bincount(duplicates.groups)[duplicates.groups] > 1)
    for _, rows in pd.Series(shared).groupby(duplicates.groups[shared]):
        sides = [name for name in splits.iloc[rows].unique() if name in HELD_OUT]
        if len(sides) < 2:
            continue
        keeps = max(sides, key=lambda name: HELD_OUT[name])
        kept = next(row for row in rows if splits.iloc[row] == keeps)
        for row in rows:
            if splits.iloc[row] in HELD_OUT and splits.iloc[row] != keeps:
                excluded.append(
                    {
                        "item_id": items["item_id"].iloc[row],
                        "split": splits.iloc[row],
                        "same_as": items["item_id"].iloc[kept],
                        "kept_in": keeps,
                        "kind": "exact" if row in exact and kept in exact else "near",
                    }
                )
    gone = {leak["item_id"] for leak in excluded}
    return splits.mask(items["item_id"].isin(gone), "excluded"), excluded
