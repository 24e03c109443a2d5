"""The attribute values of items.

Legend: N items, A distinct attribute values, S entries in all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

__all__ = ["Attributes"]


@dataclass(frozen=True)
class Attributes:
    """The values of each item as the rows of a matrix of ones."""

    names: tuple[str, ...]  # `category=dress`, `colour=red`
    has_NA: csr_array

    @classmethod
    def of(cls, values: Sequence[Sequence[str]]) -> "Attributes":
        """values: the distinct values of each item."""
        names = sorted({name for item in values for name in item})
        code_of = {name: code for code, name in enumerate(names)}
        code_S = np.array([code_of[name] for item in values for name in item], np.int64)
        offset_N1 = np.cumsum([0, *(len(item) for item in values)])
        matrix = csr_array((np.ones(len(code_S)), code_S, offset_N1), shape=(len(values), len(names)))
        return cls(tuple(names), matrix)

    def __len__(self) -> int:
        return len(self.names)
