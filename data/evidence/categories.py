"""How many pictures each category has, where, and against the last version that passed."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

__all__ = ["category_evidence", "shares"]

PRIOR = 5  # pictures added to what is found and to what is expected, so that small categories may wobble


def category_evidence(
    items: pd.DataFrame, empty_folders: Sequence[str], reference: Mapping[str, float] | None
) -> pd.DataFrame:
    """A row a category: counts by split, `empty_folder`, and `change`, how many times as large its share became."""
    used = items[(items["split"] != "excluded") & (items["category"] != "")]
    counts = pd.crosstab(used["category"], used["split"])
    unused = set(items["category"].dropna()) - set(used["category"]) - {""}
    empty = dict.fromkeys(unused, "all of its pictures are excluded")
    empty |= {folder.split("/")[-1]: folder for folder in empty_folders}
    names = sorted({*counts.index, *empty, *(reference or {})})
    counts = counts.reindex(index=names, columns=["train", "validation", "test"], fill_value=0)
    found = counts.astype(int).rename_axis(None, axis=1).reset_index(names="category")
    found["empty_folder"] = pd.Series([empty.get(name) for name in names], dtype=object)
    total = counts.to_numpy().sum(axis=1)
    # without a reference nothing has changed
    expected = np.array([reference.get(name, 0.0) for name in names]) * total.sum() if reference else total
    found["change"] = (total + PRIOR) / (expected + PRIOR)
    # no pictures at all is told once, as an empty folder or as a change of balance, and not again for every split
    found[["train", "validation", "test"]] = found[["train", "validation", "test"]].astype("Float64")
    found.loc[total == 0, ["train", "validation", "test"]] = pd.NA
    return found


def shares(items: pd.DataFrame) -> dict[str, float]:
    """Share of each category among the pictures that are used."""
    used = items[(items["split"] != "excluded") & (items["category"] != "")]
    return {str(name): float(share) for name, share in used["category"].value_counts(normalize=True).items()}
