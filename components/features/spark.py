"""The same counts as a job of Spark Structured Streaming, for what is past one machine.

Each event adds outcome * 2 ^ ((its time - origin) / half-life) to what its keys have, which no later event changes; the
count at a moment is that sum * 2 ^ ((origin - moment) / half-life). Source: forward decay (Cormode et al., ICDE 2009).
"""

from typing import TYPE_CHECKING

from components.features.counters import HOUR_MS, JOINT, Definition

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["column_of", "counted"]

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
