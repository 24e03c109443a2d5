"""Checks of the categories: pictures per category and split, and the change since the last version that passed."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from data.checks.expect import between, never
from data.checks.run import Checked
from data.reference import path_of

__all__ = ["category_checks", "shares"]

PRIOR = 5  # pictures added to both the actual and the expected number, so that small categories may vary
DRIFT = 2.0  # by this factor a share may grow or shrink
EXTREME = 10.0
SPLITS = 3  # a category with fewer pictures cannot be in each


def category_checks(
    items: pd.DataFrame, empty_folders: Sequence[str], reference: Mapping[str, float] | None, dataset: str
) -> Checked:
    """One row per category. `reference`: the shares of the last version of `dataset` that passed."""
    message = (
        f"its share should be near that of the last version that passed; if it is meant, remove {path_of(dataset)}"
    )
    suite = [
        never("empty_folder", "class has pictures", "a folder of a class has to hold pictures"),
        never("rare", "category is rare", "a category of so few pictures cannot be in every split", "warning"),
        between("train", 1, None, "category in train", "a category needs pictures to train on", "critical"),
        between("validation", 1, None, "category in validation", "a category should be validated", "warning"),
        between("test", 1, None, "category in test", "a category should be tested", "warning"),
        between("change", 1 / DRIFT, DRIFT, "class balance", message, "warning"),
        between("change", 1 / EXTREME, EXTREME, "class balance", message, "critical"),
    ]
    return Checked("items", "categories", _evidence(items, empty_folders, reference), suite, ("category",))


def _evidence(items: pd.DataFrame, empty_folders: Sequence[str], reference: Mapping[str, float] | None) -> pd.DataFrame:
    """One row per category: counts by split, `empty_folder`, `rare`, and `change`, by which factor its share grew."""
    used = items[(items["split"] != "excluded") & (items["category"] != "")]
    counts = pd.crosstab(used["category"], used["split"])
    unused = set(items["category"].dropna()) - set(used["category"]) - {""}
    empty = dict.fromkeys(unused, "all of its pictures are excluded")
    empty |= {folder.split("/")[-1]: folder for folder in empty_folders}
    names = sorted({*counts.index, *empty, *(reference or {})})
    counts = counts.reindex(index=names, columns=["train", "validation", "test"], fill_value=0)
    evidence = counts.astype(int).rename_axis(None, axis=1).reset_index(names="category")
    evidence["empty_folder"] = pd.Series([empty.get(name) for name in names], dtype=object)
    total = counts.to_numpy().sum(axis=1)
    # without a reference nothing has changed
    expected = np.array([reference.get(name, 0.0) for name in names]) * total.sum() if reference else total
    evidence["change"] = (total + PRIOR) / (expected + PRIOR)
    evidence["rare"] = pd.Series(
        [f"{count} pictures" if 0 < count < SPLITS else None for count in total.tolist()], dtype=object
    )
    # a category without pictures, or with too few, is reported once, not again for every split
    evidence[["train", "validation", "test"]] = evidence[["train", "validation", "test"]].astype("Float64")
    evidence.loc[total < SPLITS, ["train", "validation", "test"]] = pd.NA
    return evidence


def shares(items: pd.DataFrame) -> dict[str, float]:
    """The share of each category among the pictures that are not excluded."""
    used = items[(items["split"] != "excluded") & (items["category"] != "")]
    return {str(name): float(share) for name, share in used["category"].value_counts(normalize=True).items()}
