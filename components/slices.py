"""Slices of examples: the values of a column, or of several crossed, the small ones pooled by one rule.

A slice that is too small joins the other small ones that share the values of all columns but the last, then of all but
the last two, and so on; what is left in the end joins the smallest slice that is large enough. No row is dropped.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

__all__ = ["slices"]


def slices(
    examples: pd.DataFrame, columns: Sequence[str], size: int = 1, unit: str | None = None
) -> list[tuple[str, np.ndarray]]:
    """Name and rows of every slice, such as `sex=f, age=60` or `sex=f, age=any of 3 smaller`; each row is in one.

    columns: crossed, the most important first. size: rows that a slice needs, or values of the column `unit`, whose
    rows belong together. A missing value is `nan`.
    """
    names = list(columns)
    left = examples[[*names, *([unit] if unit and unit not in names else [])]].reset_index(drop=True)
    found: list[tuple[str, np.ndarray]] = []
    for level in range(len(names), -1, -1):
        small = []
        for values, part in _parts(left, names[:level]):
            if (part[unit].nunique(dropna=False) if unit else len(part)) >= size:
                found.append((_name(names, values, part), part.index.to_numpy()))
            else:
                small.append(part)
        if not small:
            return found
        left = pd.concat(small)
    if not found:
        return [(f"all of {' and '.join(names)}", np.arange(len(examples)))]
    least = min(range(len(found)), key=lambda place: len(found[place][1]))
    name, rows = found[least]
    found[least] = f"{name} or any of {_cells(left, names)} smaller", np.sort(np.r_[rows, left.index.to_numpy()])
    return found


def _parts(left: pd.DataFrame, names: list[str]) -> list[tuple[tuple[object, ...], pd.DataFrame]]:
    if not names:
        return [((), left)]
    return [(values, part) for values, part in left.groupby(names, observed=True, dropna=False)]


def _cells(rows: pd.DataFrame, names: list[str]) -> int:
    return rows.groupby(names, observed=True, dropna=False).ngroups


def _name(names: list[str], values: tuple[object, ...], part: pd.DataFrame) -> str:
    known = [f"{column}={value}" for column, value in zip(names, values, strict=False)]
    rest = names[len(values) :]
    return ", ".join([*known, f"{' and '.join(rest)}=any of {_cells(part, names)} smaller"] if rest else known)
