"""Splits of items and of queries: by a hash that depends on nothing else, or as a column says."""

import hashlib

import pandas as pd

from data.errors import UserError, quoted
from data.params import HashedSplits
from data.splits import SPLIT_NAMES
from data.tables.queries import normal

__all__ = ["given_splits", "hashed_split", "without_leaks"]

HELD_OUT = ("train", "validation", "test")  # the most held-out split comes last


def hashed_split(text: str, rule: HashedSplits) -> str:
    """The split of what has the id or text; see `HashedSplits`."""
    place = int(hashlib.new(rule.digest, f"{rule.salt}{text}".encode()).hexdigest(), 16) % 100
    if place < rule.train:
        return "train"
    return "validation" if place < rule.train + rule.validation else "test"


def given_splits(rows: pd.DataFrame, key: str, file: str) -> pd.Series:
    """The splits that the column `split` gives, by any of their usual names.

    Raises:
        UserError: there is no such column, or a row has a split that is none.
    """
    if "split" not in rows:
        raise UserError(
            f"{file} has no column that is plainly the split, but params.yaml says that splits are given; name it as "
            "`columns: {split: …}`, or give a rule"
        )
    splits = rows["split"].str.lower().map(SPLIT_NAMES)
    if splits.isna().any():
        row = int(splits.isna().to_numpy().argmax())
        raise UserError(
            f"{file}: the split of {rows[key].iloc[row]} is {quoted(rows['split'].iloc[row])}; give train, "
            "validation or test"
        )
    return splits


def without_leaks(queries: pd.DataFrame) -> pd.DataFrame:
    """The queries, whose splits are given, but for those whose text and reference are in a more held-out split too."""
    rank = queries["split"].map(HELD_OUT.index)
    same = [queries["text"].map(normal), queries["reference"].fillna("")]
    return queries[rank == rank.groupby(same).transform("max")].reset_index(drop=True)
