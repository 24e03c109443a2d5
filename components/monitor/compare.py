"""The signals of a log at every look, beside what they are held against."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from components.monitor.judge import Reference, Value
from components.monitor.report import Bars, Concern, Point, Route, Series
from components.monitor.settings import Settings
from components.monitor.signals import Seen, observed
from data.times import DAY_S

__all__ = ["LOOK_S", "Held", "days_of", "looked", "looks_until", "routes_of"]

LOOK_S = DAY_S // 4
MOST_BARS, BINS = 12, 12
VISITOR, QUALITY = ("busiest",), ("wished",)


@dataclass(frozen=True)
class Held:
    """A reference. against: what its days are of, for people."""

    reference: Reference
    against: str


def looks_until(now_s: int, since_s: int) -> list[int]:
    """The times of all looks, the last of which is now; none looks at less than a day."""
    count = max(0, (now_s - since_s - DAY_S) // LOOK_S)
    return [now_s - LOOK_S * back for back in range(count, -1, -1)]


def days_of(
    requests: pd.DataFrame, answers: pd.DataFrame, vectors: Mapping[str, np.ndarray], first_s: int, days: int
) -> list[Seen]:
    """The signals of days, one after another. requests: `unfolded`."""
    return [
        observed(*_between(requests, answers, first_s + day * DAY_S, first_s + (day + 1) * DAY_S), vectors)
        for day in range(days)
    ]


def looked(
    requests: pd.DataFrame,
    answers: pd.DataFrame,
    vectors: Mapping[str, np.ndarray],
    held: Sequence[Held],
    looks: Sequence[int],
    settings: Settings,
) -> list[Series]:
    """Every signal at every look, those that are passed first. requests: `unfolded`."""
    found: dict[tuple[str, str], list[tuple[int, Value]]] = {}
    seen = Seen()
    for look_s in looks:
        seen = observed(*_between(requests, answers, look_s - DAY_S, look_s), vectors)
        for one in held:
            for value in one.reference.values(seen):
                found.setdefault((value.name, one.against), []).append((look_s, value))
    bars = {one.against: one.reference for one in held}
    made = [
        _series(name, against, values, looks, settings, _bars(bars[against], values[-1][1], seen))
        for (name, against), values in found.items()
    ]
    return sorted(made, key=lambda one: (one.since_s is None, one.name))


def _between(
    requests: pd.DataFrame, answers: pd.DataFrame, since_s: int, until_s: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    rows = requests[(requests["time_s"] >= since_s) & (requests["time_s"] < until_s)]
    return rows, answers[answers["request_id"].isin(rows["request_id"])]


def _series(
    name: str,
    against: str,
    values: list[tuple[int, Value]],
    looks: Sequence[int],
    settings: Settings,
    bars: Bars | None,
) -> Series:
    since_s = None
    if values[-1][0] == looks[-1]:
        for look_s, value in reversed(values):
            if not value.passed:
                break
            since_s = look_s
    last = name.rpartition("/")[2]
    concern: Concern = "visitor" if last in VISITOR else "quality" if last in QUALITY else "drift"
    return Series(
        name=name,
        kind=values[0][1].kind,
        concern=concern,
        against=against,
        systems=[],
        points=[Point(time_s=at, rows=one.rows, size=one.size, limit=one.limit) for at, one in values],
        since_s=since_s,
        lasting=since_s is not None and looks[-1] - since_s >= settings.lasting_hours * 3600,
        bars=bars,
    )


def _bars(reference: Reference, value: Value, seen: Seen) -> Bars | None:
    before = reference.before(value)
    if before is None or value.kind == "vector":
        return None
    now = getattr(seen, value.kind).get(value.name)
    if now is None:
        return None
    if value.kind == "category":
        values, counts = np.unique(np.concatenate([before, now]), return_counts=True)
        names = values[np.argsort(-counts, kind="stable")[:MOST_BARS]].tolist()
        shares = [[float((side == name).mean()) for name in names] for side in (now, before)]
        return Bars(names=names, now=shares[0], before=shares[1])
    edges = np.unique(np.quantile(np.concatenate([before, now]), np.linspace(0, 1, BINS + 1)))
    shares = [(np.histogram(side, edges)[0] / len(side)).tolist() for side in (now, before)]
    names = [f"{low:.3g} to {high:.3g}" for low, high in pairwise(edges)]
    return Bars(names=names, now=shares[0], before=shares[1])


def routes_of(requests: pd.DataFrame, until_s: int, settings: Settings) -> list[Route]:
    """The routes that were asked in the last 24 hours. Answers that nobody saw count too."""
    rows = requests[(requests["time_s"] >= until_s - DAY_S) & (requests["time_s"] < until_s)]
    rows = rows.drop_duplicates("request_id")
    return [_route(str(route), part, settings) for route, part in _by_route(rows)]


def _by_route(rows: pd.DataFrame) -> Iterable[tuple[object, pd.DataFrame]]:
    return rows.groupby("route", sort=True)


def _route(route: str, rows: pd.DataFrame, settings: Settings) -> Route:
    errors, (p50, p99) = float((rows["status"] >= 500).mean()), np.quantile(rows["ms"], [0.5, 0.99]).tolist()
    enough = len(rows) >= settings.least_rows
    return Route(
        route=route,
        requests=len(rows),
        p50_ms=p50,
        p99_ms=p99,
        errors=errors,
        late=enough and p99 > settings.budgets.p99_ms,
        failing=enough and errors > settings.budgets.errors,
    )
