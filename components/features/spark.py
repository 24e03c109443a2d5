"""The same counts as a job of Spark Structured Streaming, for what is past one machine, and how far both differ.

Each event adds outcome * 2 ^ ((its time - origin) / half-life) to what its keys have, which no later event changes; the
count at a moment is that sum * 2 ^ ((origin - moment) / half-life). Source: forward decay (Cormode et al., ICDE 2009).
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from components.features.counters import HOUR_MS, JOINT, Counters, Definition

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["counted", "drift"]

ENTITY, KEY = "entity", "key"


def counted(events: "DataFrame", definition: Definition, origin_ms: int) -> "DataFrame":
    """A row for each entity and its keys: `entity` (its place in the definition), `key`, and a column for each sum.

    events: of a stream or of a table, with `event_id`, `time_ms`, a column of each key (text) and one of each outcome.
    An event that comes twice counts once, one that is later than `late_s` not at all.
    origin_ms: at most some hundred half-lives before the events, so that no sum overflows.
    """
    from pyspark.sql import functions as F

    once = (
        events.withColumn("at", F.timestamp_millis("time_ms"))
        .withWatermark("at", f"{int(definition.late_s)} seconds")
        .dropDuplicates(["event_id", "at"])
    )
    of_each = [
        F.struct(
            F.lit(place).alias(ENTITY), F.concat_ws(JOINT, *(F.coalesce(name, F.lit("")) for name in names)).alias(KEY)
        )
        for place, names in enumerate(definition.entities)
    ]
    rows = once.select("*", F.explode(F.array(*of_each)).alias("of")).select("*", "of.*")
    sums = [
        F.sum(F.col(outcome) * F.pow(F.lit(2.0), (F.col("time_ms") - origin_ms) / (hours * HOUR_MS))).alias(
            column_of(outcome, hours)
        )
        for hours in definition.half_lives_h
        for outcome in definition.outcomes
    ]
    return rows.groupBy(ENTITY, KEY).agg(*sums)


def column_of(outcome: str, hours: float) -> str:
    return f"{outcome}_{hours:g}h".replace(".", "_")


def drift(rows: Iterable[Mapping[str, Any]], counters: Counters, origin_ms: int, now_ms: int) -> float:
    """The largest difference between sums of the job and counts of the service as of `now_ms`, as a share of 1 + count.

    Both have counted the same events where nothing is wrong: what is over a millionth was lost, doubled or changed.
    """
    definition = counters.definition
    nobody = {name: "" for names in definition.entities for name in names}
    largest = 0.0
    for row in rows:
        names = definition.entities[row[ENTITY]]
        keys = dict(zip(names, row[KEY].split(JOINT), strict=True)) if names else {}
        served_HO = counters.read([nobody | keys], now_ms)[0, row[ENTITY]]
        job_HO = np.array(
            [
                [
                    row[column_of(name, hours)] * 2 ** ((origin_ms - now_ms) / (hours * HOUR_MS))
                    for name in definition.outcomes
                ]
                for hours in definition.half_lives_h
            ]
        )
        largest = max(largest, float((np.abs(job_HO - served_HO) / (1 + served_HO)).max()))
    return largest
