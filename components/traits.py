"""Traits of people as columns of examples, so that the gate can compare how each group is served."""

from collections.abc import Collection, Mapping, Sequence

import pandas as pd

from data.errors import UserError

__all__ = ["traits_of"]

MOST_VALUES = 10  # of a number that is not cut into thirds
THIRDS = ("lowest third", "middle third", "highest third")
UNKNOWN = "unknown"


def traits_of(
    people: Sequence[Mapping[str, str]], names: Sequence[str], codes: Collection[str] = ()
) -> dict[str, list[str]]:
    """A column for each trait, a row for each of `people`; numbers of many values are cut into thirds.

    people: what is known of the person of each row. codes: traits whose numbers are names, which are not cut.

    Raises:
        UserError: nobody has the trait.
    """
    return {name: _column(name, [one.get(name, "") for one in people], name not in codes) for name in names}


def _column(name: str, given: Sequence[str], cuts: bool) -> list[str]:
    values = pd.Series(given, dtype=object)
    known = values[values != ""]
    if known.empty:
        raise UserError(f"nobody has the trait {name!r}; correct `evaluation.traits`")
    numbers = pd.to_numeric(known, errors="coerce")
    if cuts and numbers.notna().all() and numbers.nunique() > MOST_VALUES:
        low, high = numbers.quantile([1 / 3, 2 / 3])
        known = numbers.map(lambda number: THIRDS[int(number > low) + int(number > high)])
    return [str(value) for value in known.reindex(values.index, fill_value=UNKNOWN)]
