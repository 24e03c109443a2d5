"""The rows of a snapshot that are still there, in one numbering: those of the base, then those of the delta.

Legend: N survivors, D dimensions, M chosen ones.
"""

from dataclasses import dataclass

import numpy as np

from components.index.base import Base, FlatBase
from components.index.delta import Delta
from components.index.ivf import IvfBase
from components.index.snapshot import Snapshot
from components.index.strings import Strings
from components.metadata import MISSING, Metadata

__all__ = ["Survivors"]


@dataclass(frozen=True)
class Survivors:
    """base_rows, delta_rows: the rows that are still there."""

    base: Base
    delta: Delta
    base_rows: np.ndarray
    delta_rows: np.ndarray

    @classmethod
    def of(cls, snapshot: Snapshot) -> "Survivors":
        size = len(snapshot.base)
        if snapshot.bits_W is None:
            base_rows = np.arange(size)
        else:
            base_rows = np.flatnonzero(np.unpackbits(snapshot.bits_W, count=size, bitorder="little"))
        return cls(snapshot.base, snapshot.delta, base_rows, np.flatnonzero(snapshot.delta.alive_M))

    def __len__(self) -> int:
        return len(self.base_rows) + len(self.delta_rows)

    @property
    def dim(self) -> int:
        return self.base.dim

    def vectors(self, places_M: np.ndarray) -> np.ndarray:
        """float32 (M, D)."""
        found_MD = np.empty((len(places_M), self.dim), np.float32)
        old_M = places_M < len(self.base_rows)
        found_MD[old_M] = self.base.vectors(self.base_rows[places_M[old_M]])
        new_rows = self.delta_rows[places_M[~old_M] - len(self.base_rows)]
        found_MD[~old_M] = self.delta.vectors_MD[new_rows]
        return found_MD

    def ids(self) -> Strings:
        if isinstance(self.base, IvfBase):
            old = self.base.ids.strings.take(self.base_rows)
        else:
            old = Strings.pack(self.base.item_id(int(row)) for row in self.base_rows)
        return old.joined(Strings.pack(self.delta.item_ids[row] for row in self.delta_rows))

    def texts(self) -> dict[str, Strings]:
        """Column to the text of each survivor, empty where it has none."""
        shown = [self.delta.texts[row] for row in self.delta_rows]
        columns = sorted({*self.base.text_columns, *(column for texts in shown for column in texts)})
        new = {column: Strings.pack(texts.get(column, "") for texts in shown) for column in columns}
        return {column: self._old_texts(column).joined(new[column]) for column in columns}

    def metadata(self) -> Metadata:
        """Codes of each survivor, into the values that both parts have had."""
        codes, vocabulary = {}, {}
        old = self.base.metadata
        for column in sorted({*old.vocabulary, *self.delta.positions}):
            newer = tuple(self.delta.positions.get(column, {}))
            values = tuple(sorted({*old.vocabulary.get(column, ()), *newer}))
            old_codes = old.codes[column][self.base_rows] if column in old.codes else _missing(len(self.base_rows))
            new_codes = (
                self.delta.codes[column][self.delta_rows]
                if column in self.delta.codes
                else _missing(len(self.delta_rows))
            )
            recoded = _recoded(old_codes, old.vocabulary.get(column, ()), values), _recoded(new_codes, newer, values)
            codes[column] = np.concatenate(recoded)
            vocabulary[column] = values
        return Metadata(codes, vocabulary)

    def _old_texts(self, column: str) -> Strings:
        if column not in self.base.text_columns:
            return Strings(np.empty(0, np.uint8), np.zeros(len(self.base_rows), np.int64))
        if isinstance(self.base, IvfBase):
            return self.base.texts[column].take(self.base_rows)
        assert isinstance(self.base, FlatBase)
        return Strings.pack(self.base.text(column, int(row)) for row in self.base_rows)


def _missing(size: int) -> np.ndarray:
    return np.full(size, MISSING, np.int32)


def _recoded(codes_M: np.ndarray, values: tuple[str, ...], into: tuple[str, ...]) -> np.ndarray:
    """Codes into `values` as codes into the sorted values `into`; missing stays missing."""
    position = {value: code for code, value in enumerate(into)}
    table = np.array([*(position[value] for value in values), MISSING], np.int32)  # the last stands for missing, -1
    return table[codes_M]
