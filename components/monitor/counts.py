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
from components.features.watched import EVERY_S, Watched, place
from components.lifecycle.command import answer
from components.monitor.report import Point, Series
from components.roles import RANK
from components.settings import system_settings
from data.engine import connect
from data.errors import UserError
from data.params import Engine, load
from data.times import DAY_S

__all__ = ["counts_looked"]

NAME, AGAINST = "POST /v1/feed/counts", "the events that are stored"
COMMAND = (sys.executable, "-m", "serving.happened")


def counts_looked(folder: Path, now_s: int, systems: Sequence[str], limit: float, notes: list[str]) -> list[Series]:
    """The largest difference at each time, as a share of 1 + count; none where no process said what it counts."""
    watched = _said(now_s)
    if not watched:
        return []
    file = folder / "happened.csv"
    try:
        store = answer([*COMMAND, str(file)], "reading the stored events")["store"]
    except UserError as error:  # such as a state that is away: all else is looked at
        notes.append(f"counts are not compared: {error}")
        return []
    happened = pd.read_csv(file, dtype={"item_id": str}, keep_default_na=False)
    file.unlink()
    own = [one for one in watched if one.store == store]
    if len(own) < len(watched):
        notes.append(f"{len(watched) - len(own)} processes count events of another state than the one that is set here")
    points = _points(own, happened, limit)
    if not points:
        return []
    since_s = None
    for point in reversed(points):
        if point.size <= limit:
            break
        since_s = point.time_s
    concerned = [name for name in systems if (serving := system_settings(name).serving) and serving.role == RANK]
    return [
        Series(
            name=NAME,
            kind="level",
            concern="counts",
            against=AGAINST,
            systems=concerned,
            points=points,
            since_s=since_s,
            lasting=False,
        )
    ]


def _said(now_s: int) -> list[Watched]:
    """What processes said; the files of those that said nothing for a day are deleted, since nobody writes them."""
    found = []
    for path in sorted(place().glob("*.json")):
        try:
            one = Watched.model_validate_json(path.read_bytes())
        except ValidationError:  # written by another version
            continue
        if one.counts[-1].time_ms < (now_s - DAY_S) * 1000:
            path.unlink(missing_ok=True)
        else:
            found.append(one)
    return found


def _points(watched: Sequence[Watched], happened: pd.DataFrame, limit: float) -> list[Point]:
    """By time; of processes that said something at about the same time the one that is farthest off."""
    largest: dict[int, Point] = {}
    for one in watched:
        rows = int(np.size(one.counts[0].count_NEHO))
        for said, size in zip(one.counts[1:], _differences(one, happened, load().engine), strict=True):
            point = Point(time_s=said.time_ms // 1000, rows=rows, size=size, limit=limit)
            known = largest.get(point.time_s // EVERY_S, point)
            largest[point.time_s // EVERY_S] = max(known, point, key=lambda each: each.size)
    return [largest[key] for key in sorted(largest)]


def _differences(watched: Watched, happened: pd.DataFrame, engine: Engine) -> list[float]:
    """At each time but the first. Events whose number is not stored may be counted: somebody took them back, or left.

    happened: `number`, `item_id`, `action` and `time_s` of every event that is stored, by number.
    """
    first, later, count = watched.counts[0], watched.counts[1:], len(watched.item_ids)
    definition = first.definition
    time_ms_T, last_T = (np.array([getattr(one, name) for one in later], np.int64) for name in ("time_ms", "last"))
    gone_T = last_T - np.searchsorted(happened["number"], last_T, side="right")
    events = happened[(happened["number"] <= last_T[-1]) & (happened["time_s"] > watched.since_s)]
    events = events.assign(
        time_ms=(events["time_s"] * 1000).astype("int64"),
        came_ms=time_ms_T[np.searchsorted(last_T, events["number"])],
        **{name: events["action"].map(first.outcome_of).eq(name).astype(float) for name in definition.outcomes},
    )
    events = events[events["time_ms"] >= events["time_ms"].cummax() - int(definition.late_s * 1000)]
    questions = pd.DataFrame({"time_ms": time_ms_T.repeat(count), "item_id": [*watched.item_ids] * len(later)})
    with tempfile.TemporaryDirectory() as temporary, connect(engine, Path(temporary)) as tables:
        files = Path(temporary) / "events.parquet", Path(temporary) / "questions.parquet"
        events.to_parquet(files[0], index=False)
        questions.rename_axis("row").reset_index().to_parquet(files[1])
        read = as_of(tables, tables.read(files[:1], "events"), tables.read(files[1:], "questions"), definition)
        added = counts_of(tables, read, definition, len(questions))
    served = np.array([one.count_NEHO for one in later])
    half_ms_H1 = np.array(definition.half_lives_h)[:, None] * HOUR_MS
    age_ms_T = (time_ms_T - first.time_ms).reshape(-1, 1, 1, 1, 1)
    stored = np.array(first.count_NEHO) * np.exp2(-age_ms_T / half_ms_H1) + added.reshape(served.shape)
    off = np.maximum(stored - served, served - stored - gone_T.reshape(age_ms_T.shape)) / (1 + stored)
    return [max(float(one.max()), 0.0) for one in off]
