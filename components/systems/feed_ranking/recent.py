"""What people did last, as the network reads it beside a candidate.

Legend: N questions, A actions by person and time, L latest actions, F keys of an item, O outcomes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from components.arrays import opened_arrays
from components.features.counters import Columns
from components.systems.feed_ranking.items import Items
from data.files import atomic

__all__ = ["Codes", "Latest", "Recent"]

HOUR_MS = 3_600_000
COLUMNS = ("user_A", "item_AF", "done_AO", "time_ms_A")
PERSON = 1 << 42  # more milliseconds than from 1970 to 2100


class Codes:
    """A number for each value of each key of an item; 0: unknown."""

    def __init__(self, values: Sequence[tuple[str, str]]) -> None:
        """values: each a key's name and what an item has there."""
        self.values = list(values)
        self._code_of: dict[str, dict[str, int]] = {}
        for code, (name, value) in enumerate(self.values, start=1):
            self._code_of.setdefault(name, {})[value] = code

    @classmethod
    def learn(cls, items: Items, item_ids: Sequence[str]) -> "Codes":
        known = [item for item in dict.fromkeys(item_ids) if item in items.keys]
        columns = items.columns(known, known)
        return cls(sorted({(name, value) for name in items.key_names for value in columns[name] if value}))

    def of(self, items: Items, columns: Columns) -> NDArray[np.int64]:
        """(N, F). columns: as `items` gives them."""
        code_NF = np.zeros((len(columns["item_id"]), len(items.key_names)), np.int64)
        for place, name in enumerate(items.key_names):
            code_NF[:, place] = list(map(self._code_of.get(name, {}).get, columns[name], repeat(0)))
        return code_NF


@dataclass(frozen=True)
class Latest:
    """The latest actions beside each question, the last first; where there is none, all is 0 and `there` too."""

    item_NLF: NDArray[np.int64]
    done_NLO: NDArray[np.float32]
    age_NL: NDArray[np.float32]  # logarithm of 1 + hours
    there_NL: NDArray[np.float32]

    def where(self, chosen: Any) -> "Latest":
        return Latest(self.item_NLF[chosen], self.done_NLO[chosen], self.age_NL[chosen], self.there_NL[chosen])

    def inputs(self) -> dict[str, NDArray[Any]]:
        return {"recent": self.item_NLF, "done": self.done_NLO, "age": self.age_NL, "there": self.there_NL}


@dataclass(frozen=True)
class Recent:
    """Actions of people, sorted by person and time."""

    user_A: NDArray[np.str_]
    item_AF: NDArray[np.int64]
    done_AO: NDArray[np.float32]
    time_ms_A: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        user_ids: Sequence[str] | NDArray[Any],
        item_AF: NDArray[np.int64],
        done_AO: NDArray[Any],
        time_ms: Sequence[int] | NDArray[np.int64],
    ) -> "Recent":
        """What led to nothing is no action: pages that were only seen would push out what says most."""
        users, times = np.array(user_ids, dtype=str), np.array(time_ms, np.int64)
        order = np.lexsort((times, users))
        order = order[np.asarray(np.asarray(done_AO).any(axis=1))[order]]
        return cls(users[order], item_AF[order], np.asarray(done_AO, np.float32)[order], times[order])

    def plus(self, other: "Recent") -> "Recent":
        users, items, done, times = (np.concatenate([getattr(self, name), getattr(other, name)]) for name in COLUMNS)
        return Recent.of(users, items, done, times)

    @cached_property
    def _span_of(self) -> dict[str, tuple[int, int]]:
        """Of each person where the actions start and end."""
        people, start_P = np.unique(self.user_A, return_index=True)
        end_P = np.append(start_P, len(self.user_A))[1:]
        return dict(zip(people.tolist(), zip(start_P.tolist(), end_P.tolist(), strict=True), strict=True))

    def person(self, user_id: str) -> "Recent":
        """The actions of one person."""
        start, end = self._span_of.get(user_id, (0, 0))
        return Recent(*(getattr(self, name)[start:end] for name in COLUMNS))

    def kept(self, count: int) -> "Recent":
        """The last `count` of each person."""
        spans = self._span_of.values()
        rows = np.concatenate([np.arange(max(start, end - count), end) for start, end in spans] or [np.zeros(0, int)])
        return Recent(*(getattr(self, name)[rows] for name in COLUMNS))

    def latest(
        self, user_ids: Sequence[str], until_ms_N: NDArray[np.int64], now_ms_N: NDArray[np.int64], count: int
    ) -> Latest:
        """The last `count` actions of each person up to `until_ms_N`, with their ages at `now_ms_N`."""
        span_N2 = np.array([self._span_of.get(user, (0, 0)) for user in user_ids], np.int64).reshape(-1, 2)
        starts = np.array([start for start, _ in self._span_of.values()], np.int64)
        number_A = np.searchsorted(starts, np.arange(len(self.user_A)), "right")
        number_N = np.searchsorted(starts, span_N2[:, 0], "right")
        end_N = np.searchsorted(number_A * PERSON + self.time_ms_A, number_N * PERSON + until_ms_N, "right")
        place_NL = np.minimum(end_N, span_N2[:, 1])[:, None] - 1 - np.arange(count)
        there_NL = place_NL >= span_N2[:, :1]
        place_NL = np.where(there_NL, place_NL, len(self.user_A))  # a row of zeros behind the last
        item_NLF, done_NLO, time_ms_NL = (
            np.concatenate([column, np.zeros((1, *column.shape[1:]), column.dtype)])[place_NL]
            for column in (self.item_AF, self.done_AO, self.time_ms_A)
        )
        age_NL = np.log1p(np.maximum(now_ms_N[:, None] - time_ms_NL, 0) / HOUR_MS) * there_NL
        return Latest(item_NLF, done_NLO, age_NL.astype(np.float32), there_NL.astype(np.float32))

    def save(self, path: Path, codes: Codes) -> None:
        names = np.array([name for name, _ in codes.values], dtype=str)
        values = np.array([value for _, value in codes.values], dtype=str)
        with atomic(path) as file:
            columns = {name: getattr(self, name) for name in COLUMNS}
            np.savez_compressed(file, names=names, values=values, **columns)

    @classmethod
    def load(cls, path: Path) -> tuple["Recent", Codes]:
        """Raises `UserError` if the file is missing or damaged."""
        with opened_arrays(path, "holds no actions") as arrays:
            codes = Codes(list(zip(arrays["names"].tolist(), arrays["values"].tolist(), strict=True)))
            return cls(*(arrays[name] for name in COLUMNS)), codes
