"""The counts that processes say they serve, beside those of the events that are stored, as of the same moments.

Legend: T times, N items, E entities, H half-lives, O outcomes.
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import ValidationError

from components.features.as_of import as_of, counts_of
from components.features.counters import HOUR_MS
from components.features.served_counts import EVERY_S, ServedCounts, place
from components.lifecycle.command import answer
from components.monitor.report import Point, Series
from components.roles import RANK
from components.settings import system_settings
from data.engine import Tables, connect
from data.errors import UserError
from data.params import load
from data.times import DAY_S

__all__ = ["compare_counts"]

NAME, AGAINST = "POST /v1/feed/counts", "the events that are stored"
COMMAND = (sys.executable, "-m", "serving.happened")


def compare_counts(now_s: int, systems: Sequence[str], limit: float, notes: list[str]) -> list[Series]:
    """The largest difference at each time, as a share of 1 + count; none where no process said what it counts."""
    reports = _reports(now_s)
    if not reports:
        return []
    with tempfile.TemporaryDirectory() as temporary:
        file, since_s = Path(temporary) / "happened.csv", min(one.since_s for one in reports)
        try:
            store = answer([*COMMAND, str(file), str(since_s)], "reading the stored events")["store"]
        except UserError as error:  # such as a state that is away: all else is looked at
            notes.append(f"counts are not compared: {error}")
            return []
        happened = pd.read_csv(file, dtype={"item_id": str}, keep_default_na=False)
        own = [one for one in reports if one.store == store]
        if len(own) < len(reports):
            others = len(reports) - len(own)
            notes.append(f"{others} processes count events of another state than the one that is set here")
        with connect(load().engine, Path(temporary)) as tables:
            points = _points(own, happened, limit, tables)
    if not points:
        return []
    differs_since_s = None
    for point in reversed(points):
        if point.size <= limit:
            break
        differs_since_s = point.time_s
    concerned = [name for name in systems if (serving := system_settings(name).serving) and serving.role == RANK]
    return [
        Series(
            name=NAME,
            kind="level",
            concern="counts",
            against=AGAINST,
            systems=concerned,
            points=points,
            since_s=differs_since_s,
            lasting=False,
        )
    ]


def _reports(now_s: int) -> list[ServedCounts]:
    """Of processes that wrote within a day; files of others are deleted, since nobody writes them any more."""
    found = []
    for path in sorted(place().glob("*.json")):
        try:
            written_s, content = path.stat().st_mtime, path.read_bytes()
        except FileNotFoundError:  # another look was quicker
            continue
        try:
            one = ServedCounts.model_validate_json(content)
            written_s = one.counts[-1].time_ms / 1000
        except ValidationError:  # of another version
            one = None
        if written_s < now_s - DAY_S:
            path.unlink(missing_ok=True)
        elif one is not None:
            found.append(one)
    return found


def _points(reports: Sequence[ServedCounts], happened: pd.DataFrame, limit: float, tables: Tables) -> list[Point]:
    """By time; of processes that reported at about the same time the one that is farthest off."""
    largest: dict[int, Point] = {}
    for one in reports:
        rows = int(np.size(one.counts[0].count_NEHO))
        for report, size in zip(one.counts[1:], _differences(one, happened, tables), strict=True):
            point = Point(time_s=report.time_ms // 1000, rows=rows, size=size, limit=limit)
            known = largest.get(point.time_s // EVERY_S, point)
            largest[point.time_s // EVERY_S] = max(known, point, key=lambda each: each.size)
    return [largest[key] for key in sorted(largest)]


def _differences(one: ServedCounts, happened: pd.DataFrame, tables: Tables) -> list[float]:
    """At each time but the first. Events whose number is missing may be counted: somebody took them back, or left.

    happened: `number`, `item_id`, `action` and `time_s` of the stored events, by number, from the first that counts.
    """
    first, later, count = one.counts[0], one.counts[1:], len(one.item_ids)
    definition = first.definition
    time_ms_T, last_T = (
        np.array([getattr(two, name) for two in later], np.int64) for name in ("time_ms", "last_number")
    )
    events = happened[happened["time_s"] > one.since_s]
    start = int(events["number"].min()) if len(events) else int(last_T[-1]) + 1
    numbers = happened["number"].to_numpy()
    missing_T = np.maximum(last_T - start + 1, 0) - np.searchsorted(numbers[numbers >= start], last_T, side="right")
    events = events[events["number"] <= last_T[-1]]
    events = events.assign(
        time_ms=(events["time_s"] * 1000).astype("int64"),
        came_ms=time_ms_T[np.searchsorted(last_T, events["number"])],
        **{name: events["action"].map(first.outcome_of).eq(name).astype(float) for name in definition.outcomes},
    )
    events = events[events["time_ms"] >= events["time_ms"].cummax() - int(definition.late_s * 1000)]
    questions = pd.DataFrame({"time_ms": time_ms_T.repeat(count), "item_id": [*one.item_ids] * len(later)})
    with tempfile.TemporaryDirectory() as temporary:
        files = Path(temporary) / "events.parquet", Path(temporary) / "questions.parquet"
        events.to_parquet(files[0], index=False)
        questions.rename_axis("row").reset_index().to_parquet(files[1])
        read = as_of(tables, tables.read(files[:1], "events"), tables.read(files[1:], "questions"), definition)
        added = counts_of(tables, read, definition, len(questions))
    served = np.array([two.count_NEHO for two in later])
    half_ms_H1 = np.array(definition.half_lives_h)[:, None] * HOUR_MS
    age_ms_T = (time_ms_T - first.time_ms).reshape(-1, 1, 1, 1, 1)
    stored = np.array(first.count_NEHO) * np.exp2(-age_ms_T / half_ms_H1) + added.reshape(served.shape)
    off = np.maximum(stored - served, served - stored - missing_T.reshape(age_ms_T.shape)) / (1 + stored)
    return [max(float(two.max()), 0.0) for two in off]
