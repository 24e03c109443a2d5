"""Metadata of the rows of an index, as codes, and the rows that a filter leaves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from data.errors import UserError

__all__ = ["MISSING", "Metadata", "Where", "encode", "listed"]

MISSING = -1
SHOWN = 30  # known values that an error lists

Where = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True)
class Metadata:
    """Columns of values as codes into sorted vocabularies.

    codes: column to int32 (N,), -1 where an item has no value.
    vocabulary: column to its values; the code is the position.
    """

    codes: dict[str, np.ndarray]
    vocabulary: dict[str, tuple[str, ...]]

    def mask(self, where: Where) -> np.ndarray:
        """Boolean (N,): rows that have one of the wanted values in every column of `where`.

        Raises:
            UserError: an unknown column or value; the message names the known ones.
        """
        mask_N: np.ndarray | None = None
        for column, wanted in where.items():
            column_N = self._column_mask(column, (wanted,) if isinstance(wanted, str) else tuple(wanted))
            mask_N = column_N if mask_N is None else mask_N & column_N
        assert mask_N is not None, "an empty filter has no mask"
        return mask_N

    def value(self, column: str, row: int) -> str | None:
        code = int(self.codes[column][row])
        return None if code == MISSING else self.vocabulary[column][code]

    def row(self, row: int) -> dict[str, str]:
        """Values that the item in `row` has, by column."""
        return {column: value for column in self.codes if (value := self.value(column, row)) is not None}

    def arrays(self) -> dict[str, np.ndarray]:
        """The codes under names for a file, by number: as names, `x` and `x.npy` would be one in an archive."""
        return {f"column.{number}": self.codes[column] for number, column in enumerate(sorted(self.vocabulary))}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, np.ndarray], vocabulary: Mapping[str, Sequence[str]]) -> "Metadata":
        """What `arrays` gave, or an earlier release, which named codes by column; `KeyError` if one is missing."""
        former = any(name.startswith("codes.") for name in arrays)
        names = (f"codes.{column}" if former else f"column.{at}" for at, column in enumerate(sorted(vocabulary)))
        codes = {column: arrays[name] for column, name in zip(sorted(vocabulary), names, strict=True)}
        return cls(codes, {column: tuple(values) for column, values in vocabulary.items()})

    def _column_mask(self, column: str, wanted: tuple[str, ...]) -> np.ndarray:
        if column not in self.codes:
            raise UserError(f"unknown filter {column!r}; known: {listed(self.codes)}")
        values = self.vocabulary[column]
        if not wanted:
            raise UserError(f"the filter {column!r} has no value; give one or more of: {listed(values)}")
        positions = [_position(column, value, values) for value in wanted]
        if len(positions) == 1:
            return self.codes[column] == positions[0]
        table = np.zeros(len(values) + 1, bool)  # the last entry stands for missing, which is code -1
        table[positions] = True
        return table[self.codes[column]]


def encode(columns: Mapping[str, Sequence[str | None]], rows: int) -> Metadata:
    """Codes and sorted vocabularies of `columns`; None and the empty string are missing.

    Raises:
        ValueError: a column has not `rows` values.
    """
    codes, vocabulary = {}, {}
    for column, given in sorted(columns.items()):
        if len(given) != rows:
            raise ValueError(f"the column {column!r} has {len(given)} values for {rows} rows")
        values = tuple(sorted({value for value in given if value}))
        position = {value: code for code, value in enumerate(values)}
        codes[column] = np.array([position[value] if value else MISSING for value in given], np.int32)
        vocabulary[column] = values
    return Metadata(codes, vocabulary)


def _position(column: str, value: str, values: tuple[str, ...]) -> int:
    position = int(np.searchsorted(np.array(values), value)) if values else 0
    if position >= len(values) or values[position] != value:
        raise UserError(f"unknown value {value!r} of the filter {column!r}; known: {listed(values)}")
    return position


def listed(values: Sequence[str] | Mapping[str, object]) -> str:
    """Known values as an error names them: the first few."""
    names = list(values)
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return (", ".join(names[:SHOWN]) or "none") + more
