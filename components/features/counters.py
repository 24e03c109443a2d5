"""Counts with half-lives, by any combination of keys, as of a moment.

Legend: N rows, E entities, H half-lives, O outcomes, R keys that were counted, K of them that are read.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from operator import itemgetter
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from components.arrays import opened_arrays
from data.files import atomic
from data.params import Strict

__all__ = ["Columns", "Counters", "Definition", "HalfLives", "Keys"]

Keys = Mapping[str, str]  # name of each key to its value, such as category: lamp
Columns = Mapping[str, Sequence[str]]  # the same of many events
HalfLives = Annotated[tuple[Annotated[float, Field(gt=0, allow_inf_nan=False)], ...], Field(min_length=1)]
HOUR_MS = 3_600_000
GROWTH = 1024  # rows that are added at once, at least
JOINT = "\x1f"  # between the parts of a key; no id holds it


class Definition(Strict):
    """What is counted: one count an entity, half-life and outcome."""

    entities: tuple[tuple[str, ...], ...] = Field(
        min_length=1, description="keys that are counted together, such as [user_id, category]; []: everybody"
    )
    outcomes: tuple[str, ...] = Field(min_length=1, description="of an event; the first is that it was shown")
    half_lives_h: HalfLives = Field(description="after which an event counts half")
    delay_s: float = Field(60, ge=0, description="after which an event counts; in it, events may come in any order")
    late_s: float = Field(7 * 86_400, gt=0, description="events that are older than the newest by more never count")


class Counters:
    """Sums of outcomes, each weighted by 2 ^ (-age / half-life). Not safe for several threads."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self._half_ms_H = np.array(definition.half_lives_h) * HOUR_MS
        self._row_of: list[dict[Any, int]] = [{} for _ in definition.entities]  # of each entity its keys
        self._sum_RHO = np.zeros((0, len(self._half_ms_H), len(definition.outcomes)))
        self._last_R = np.zeros(0, np.int64)
        self._counted = 0

    def __len__(self) -> int:
        return self._counted

    @property
    def latest_ms(self) -> int:
        """When the last event that was counted happened; 0: there was none."""
        return int(self._last_R.max(initial=0))

    def add(self, keys: Keys, outcome_O: NDArray[np.float64], time_ms: int) -> None:
        """Count an event. One that is older than what its key counted last weighs as much less, and turns no clock."""
        rows = [self._row(entity, keys) for entity in range(len(self._row_of))]
        last_E = self._last_R[rows]
        age_E = time_ms - last_E
        sum_EHO = self._sum_RHO[rows]
        if age_E.min() >= 0:
            self._sum_RHO[rows] = sum_EHO * np.exp2(age_E[:, None] / -self._half_ms_H)[..., None] + outcome_O
            self._last_R[rows] = time_ms
            return
        fade_EH = np.exp2(np.maximum(age_E, 0)[:, None] / -self._half_ms_H)
        weight_EH = np.exp2(np.minimum(age_E, 0)[:, None] / self._half_ms_H)
        self._sum_RHO[rows] = sum_EHO * fade_EH[..., None] + weight_EH[..., None] * outcome_O
        self._last_R[rows] = np.maximum(last_E, time_ms)

    def begin(self, keys: Sequence[Keys], outcome_NO: NDArray[np.float64], time_ms_N: NDArray[np.int64]) -> None:
        """Count many events at once, before any other: the sums as of the latest, as one by one, and quicker."""
        assert not len(self), "nothing has been counted yet"
        latest_ms = int(time_ms_N.max())
        weight_NH = np.exp2((time_ms_N - latest_ms)[:, None] / self._half_ms_H)
        for entity in range(len(self.definition.entities)):
            rows_N = np.array([self._row(entity, one) for one in keys], np.int64)
            np.add.at(self._sum_RHO, rows_N, weight_NH[..., None] * outcome_NO[:, None])
            self._last_R[rows_N] = latest_ms

    def read(self, keys: Sequence[Keys] | Columns, time_ms: int) -> NDArray[np.float64]:
        """The counts as of `time_ms` (N, E, H, O) of keys, or of a column for each key; what was never counted is 0."""
        count = len(next(iter(keys.values()))) if isinstance(keys, Mapping) else len(keys)
        rows_NE = np.empty((count, len(self.definition.entities)), np.int64)
        for entity, row_of in enumerate(self._row_of):
            rows_NE[:, entity] = list(map(row_of.get, self._names(entity, keys), repeat(-1, count)))
        if not self._counted:
            return np.zeros((*rows_NE.shape, *self._sum_RHO.shape[1:]))
        age_NE = np.maximum(time_ms - self._last_R[rows_NE], 0)
        fade_NEH = np.where(rows_NE[..., None] >= 0, np.exp2(age_NE[..., None] / -self._half_ms_H), 0.0)
        return np.asarray(self._sum_RHO[rows_NE] * fade_NEH[..., None])

    def save(self, path: Path) -> None:
        names = [
            JOINT.join((str(entity), *((name,) if isinstance(name, str) else name)))
            for entity, row_of in enumerate(self._row_of)
            for name in row_of
        ]
        rows = [row for row_of in self._row_of for row in row_of.values()]
        with atomic(path) as file:
            np.savez_compressed(
                file, names=np.array(names, dtype=str), sums=self._sum_RHO[rows], last=self._last_R[rows]
            )

    @classmethod
    def load(cls, path: Path, definition: Definition) -> "Counters":
        """Raises `UserError` if the file is missing, damaged or of another definition."""
        counters = cls(definition)
        with opened_arrays(path, "holds no counts") as arrays:
            for row, name in enumerate(arrays["names"].tolist()):
                entity, *parts = name.split(JOINT)
                counters._row_of[int(entity)][parts[0] if len(parts) == 1 else tuple(parts)] = row
            counters._counted = len(arrays["names"])
            if arrays["sums"].shape[1:] != counters._sum_RHO.shape[1:]:
                raise ValueError("the counts are of another definition")
            counters._sum_RHO, counters._last_R = arrays["sums"], arrays["last"]
        return counters

    def _names(self, entity: int, keys: Sequence[Keys] | Columns) -> Iterable[Any]:
        """What each of `keys` is called among those of an entity: its value, or several."""
        names = self.definition.entities[entity]
        if not names:
            return repeat(())
        if isinstance(keys, Mapping):
            return keys[names[0]] if len(names) == 1 else zip(*(keys[name] for name in names), strict=True)
        return map(itemgetter(*names), keys)

    def _row(self, entity: int, keys: Keys) -> int:
        name = next(iter(self._names(entity, [keys])))
        row = self._row_of[entity].setdefault(name, self._counted)
        if row == self._counted:
            self._counted += 1
            if row >= len(self._last_R):
                more = max(GROWTH, len(self._last_R) // 2)
                self._sum_RHO = np.concatenate([self._sum_RHO, np.zeros((more, *self._sum_RHO.shape[1:]))])
                self._last_R = np.concatenate([self._last_R, np.zeros(more, np.int64)])
        return row
