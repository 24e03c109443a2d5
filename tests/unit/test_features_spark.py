"""Counts by Spark Structured Streaming are those of the service, and what was lost shows."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from components.features.counters import HOUR_MS, Counters, Definition
from components.features.spark import counted, drift
from components.features.stream import Event, Stream

DEFINITION = Definition(
    entities=((), ("item_id",), ("user_id", "category")),
    outcomes=("shown", "save"),
    half_lives_h=(1.0, 24.0),
    delay_s=0,
)
START_MS = 1_700_000_000_000


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    pytest.importorskip("pyspark")
    from pyspark.sql import SparkSession

    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.codegen.wholeStage": "false",  # to compile takes longer than to count
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    }
    session = SparkSession.builder.master("local[1]").config(map=settings).getOrCreate()
    yield session
    session.stop()


def test_a_stream_counts_what_the_service_counts(spark: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = [
        {
            "event_id": f"e{number}",
            "time_ms": START_MS + int(rng.integers(0, 48 * HOUR_MS)),
            "user_id": f"u{rng.integers(3)}",
            "item_id": f"i{rng.integers(5)}",
            "category": "lamp" if number % 3 else "",
            "shown": 1.0,
            "save": float(number % 4 == 0),
        }
        for number in range(200)
    ]
    stream = Stream(Counters(DEFINITION))
    for row in rows:
        keys = {name: str(row[name]) for name in ("user_id", "item_id", "category")}
        outcome_O = np.array([row["shown"], row["save"]], float)
        assert stream.put(Event(str(row["event_id"]), int(row["time_ms"]), keys, outcome_O))  # type: ignore[call-overload]
    now_ms = START_MS + 50 * HOUR_MS
    stream.advance(now_ms)
    for place, some in enumerate((rows[:120], rows[100:])):  # some of them twice
        (tmp_path / f"{place}.json").write_text("\n".join(map(json.dumps, some)))
    kinds = "event_id STRING, time_ms LONG, user_id STRING, item_id STRING, category STRING, shown DOUBLE, save DOUBLE"
    events = spark.readStream.schema(kinds).json(str(tmp_path / "*.json"))
    query = (
        counted(events, DEFINITION, START_MS)
        .writeStream.format("memory")
        .queryName("sums")
        .outputMode("complete")
        .option("checkpointLocation", str(tmp_path / "checkpoint"))
        .trigger(availableNow=True)
        .start()
    )
    query.awaitTermination()
    found = [row.asDict() for row in spark.sql("SELECT * FROM sums").collect()]
    assert {(row["entity"], row["key"]) for row in found} >= {(0, ""), (1, "i0"), (2, "u0\x1flamp"), (2, "u0\x1f")}
    assert drift(found, stream.counters, START_MS, now_ms) < 1e-9
    lost = Counters(DEFINITION)
    lost.add({"user_id": "u0", "item_id": "i0", "category": ""}, np.array([1.0, 0.0]), START_MS)
    assert drift(found, lost, START_MS, now_ms) > 1e-3
