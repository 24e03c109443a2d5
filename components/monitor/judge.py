"""Whether a window differs from the days before by more than these differ from one another."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from components.monitor.distances import Distance, ks, mmd, psi
from components.monitor.settings import Settings
from components.monitor.signals import Kind, Seen

__all__ = ["Reference", "Value", "farthest"]

DISTANCES: dict[Kind, Callable[[Any, Any], Distance]] = {"category": psi, "number": ks, "vector": mmd}
MANY = 10_000  # values that are looked through
NEAR = 0.2  # a scaled distance below which one day is as near as another
LEVEL: Kind = "level"
MORE = ("busiest",)  # of figures of which only more is worse


@dataclass(frozen=True)
class Value:
    """A signal in a window. size: the distance as it is known, of a level how far it is off. limit: of the size."""

    name: str
    kind: Kind
    rows: int
    size: float
    limit: float

    @property
    def passed(self) -> bool:
        return self.size > self.limit


class Reference:
    """Days that are held to be well, and by how much each lies from the others."""

    def __init__(self, days: Sequence[Seen], settings: Settings) -> None:
        self._settings = settings
        self._before: dict[tuple[Kind, str], np.ndarray] = {}
        self._most: dict[tuple[Kind, str], float] = {}
        self.levels: dict[str, np.ndarray] = {}
        for kind in DISTANCES:
            for name in sorted({name for day in days for name in getattr(day, kind)}):
                parts = [getattr(day, kind).get(name) for day in days]
                enough = [part for part in parts if part is not None and len(part) >= settings.least_rows]
                self._learn(kind, name, enough)
        for name in sorted({name for day in days for name in day.level}):
            values = np.array([day.level[name] for day in days if name in day.level])
            if len(values) >= settings.least_days:
                self.levels[name] = values

    def _learn(self, kind: Kind, name: str, parts: list[np.ndarray]) -> None:
        if len(parts) < self._settings.least_days:
            return
        if len(set(np.concatenate(parts).ravel()[:MANY].tolist())) < 2:
            return  # it never changes
        others = [np.concatenate([*parts[:number], *parts[number + 1 :]]) for number in range(len(parts))]
        scaled = [DISTANCES[kind](part, rest).scaled for part, rest in zip(parts, others, strict=True)]
        self._before[kind, name] = np.concatenate(parts)
        self._most[kind, name] = farthest(np.array(scaled), self._settings)

    def before(self, value: Value) -> np.ndarray | None:
        """What a signal's values were on these days; None of a level."""
        return self._before.get((value.kind, value.name))

    def values(self, seen: Seen) -> Iterator[Value]:
        """Every signal of a window that has enough rows, now and before."""
        for (kind, name), before in self._before.items():
            now = getattr(seen, kind).get(name)
            if now is None or len(now) < self._settings.least_rows:
                continue
            distance = DISTANCES[kind](now, before)
            unit = distance.size / distance.scaled if distance.scaled else 0.0
            limit = max(getattr(self._settings.least, kind), self._most[kind, name] * unit)
            yield Value(name, kind, len(now), distance.size, limit)
        for name, now in seen.level.items():
            if name in self.levels:
                yield self._level(name, self.levels[name], now)

    def _level(self, name: str, values: np.ndarray, now: float) -> Value:
        mean = float(values.mean())
        off = now - mean if _last(name) in MORE else abs(now - mean)
        room = max(self._settings.level.deviations * float(values.std(ddof=1)), self._settings.level.share * mean)
        return Value(name, LEVEL, 1, off, room)


def farthest(scaled_N: np.ndarray, settings: Settings) -> float:
    """How far another day lies at most, but for a share of `chance`: a prediction interval of the logarithms.

    scaled_N: how far each day lies from the others. Student's t would ask of seven days what no KS can reach.
    """
    log_N = np.log(np.maximum(scaled_N, NEAR))
    spread = max(float(log_N.std(ddof=1)), settings.spread)
    room = float(stats.norm.isf(settings.chance)) * spread * np.sqrt(1 + 1 / len(log_N))
    return float(np.exp(log_N.mean() + room))


def _last(name: str) -> str:
    return name.rpartition("/")[2]
