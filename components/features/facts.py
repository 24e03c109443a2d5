"""Attributes as numbers: numbers as they are, few words by their place among all words.

Legend: R rows, F facts.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from components.arrays import opened_arrays
from data.files import atomic

__all__ = ["UNKNOWN", "Facts"]

MOST_VALUES = 50  # of an attribute that is coded by its values; one with more, such as a name, is no fact
UNKNOWN = -1.0


class Facts:
    """Attributes by id: numbers as they are, few words by their place among all words."""

    def __init__(self, names: Sequence[str], codes: Mapping[str, Mapping[str, int]]) -> None:
        """codes: of each attribute that is words, each word's number; the others are numbers."""
        self.names, self.codes = tuple(names), codes
        self.row_of: dict[str, int] = {}
        self.fact_RF = np.zeros((0, len(self.names)), np.float32)

    @classmethod
    def learn(cls, ids: Sequence[str], attributes: Sequence[Mapping[str, str]], leave_out: Iterable[str]) -> "Facts":
        seen: dict[str, set[str]] = {}
        for own in attributes:
            for name, value in own.items():
                seen.setdefault(name, set()).add(value)
        codes: dict[str, dict[str, int]] = {}
        names = []
        for name in sorted(set(seen) - set(leave_out)):
            if not all(map(_is_number, seen[name])):
                if len(seen[name]) > MOST_VALUES:
                    continue
                codes[name] = {value: number for number, value in enumerate(sorted(seen[name]))}
            names.append(name)
        facts = cls(names, codes)
        facts.put(ids, attributes)
        return facts

    def put(self, ids: Sequence[str], attributes: Sequence[Mapping[str, str]]) -> None:
        """Take rows, in place of those of the same id; who reads meanwhile finds no row without its facts."""
        new = [name for name in dict.fromkeys(ids) if name not in self.row_of]
        row_of = {name: len(self.row_of) + place for place, name in enumerate(new)}
        fact_RF = np.concatenate([self.fact_RF, np.empty((len(new), len(self.names)), np.float32)])
        for name, own in zip(ids, attributes, strict=True):
            row = row_of[name] if name in row_of else self.row_of[name]
            fact_RF[row] = [self._number(fact, own.get(fact)) for fact in self.names]
        self.fact_RF = fact_RF
        self.row_of.update(row_of)

    def of(self, ids: Sequence[str]) -> NDArray[np.float32]:
        """(N, F); what is not known is -1."""
        rows_N = np.array(list(map(self.row_of.get, ids, repeat(-1))), np.int64)
        if not len(self.fact_RF):
            return np.full((len(ids), len(self.names)), UNKNOWN, np.float32)
        return np.where(rows_N[:, None] >= 0, self.fact_RF[rows_N], np.float32(UNKNOWN))

    def save(self, path: Path) -> None:
        with atomic(path) as file:
            words = json.dumps({"names": self.names, "codes": self.codes})
            np.savez_compressed(file, ids=np.array(list(self.row_of), dtype=str), facts=self.fact_RF, words=words)

    @classmethod
    def load(cls, path: Path) -> "Facts":
        with opened_arrays(path, "holds no facts") as arrays:
            words = json.loads(str(arrays["words"]))
            facts = cls(words["names"], words["codes"])
            facts.row_of = {name: row for row, name in enumerate(arrays["ids"].tolist())}
            facts.fact_RF = arrays["facts"]
        return facts

    def _number(self, name: str, value: str | None) -> float:
        if value is None:
            return UNKNOWN
        if name in self.codes:
            return float(self.codes[name].get(value, UNKNOWN))
        return float(value) if _is_number(value) else UNKNOWN


def _is_number(value: str) -> bool:
    try:
        return bool(np.isfinite(float(value)))
    except ValueError:
        return False
