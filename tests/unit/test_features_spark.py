"""Counts by Spark, of a stream and of tables, are those of the service."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from components.features.as_of import as_of, counts_of
from components.features.counters import HOUR_MS, Counters, Definition
from components.features.spark import column_of, counted
from components.features.stream import Event, Stream, replayed
from data.engine import Tables
from tests.unit.test_as_of import tables_of
from tests.unit.test_features import DEFINITION as OF_A_DAY
from tests.unit.test_features import a_day

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
    for row in found:
        names = DEFINITION.entities[row["entity"]]
        keys = dict(zip(names, row["key"].split("\x1f"), strict=True)) if names else {}
        served_HO = stream.counters.read([{"user_id": "", "item_id": "", "category": ""} | keys], now_ms)[
            0, row["entity"]
        ]
        for half, hours in enumerate(DEFINITION.half_lives_h):
            faded = 2 ** ((START_MS - now_ms) / (hours * HOUR_MS))
            sums = [row[column_of(name, hours)] * faded for name in DEFINITION.outcomes]
            np.testing.assert_allclose(served_HO[half], sums, rtol=1e-9)


def test_tables_on_spark_read_what_the_sweep_reads(spark: Any, tmp_path: Path) -> None:
    import ibis

    events = a_day(count=120)
    questions = [(one.time_ms, one.keys) for one in events[::4]]
    events_file, questions_file = tables_of(tmp_path, events, questions)
    on_spark = Tables(ibis.pyspark.connect(spark), tmp_path, spark)
    read = as_of(
        on_spark, on_spark.read([events_file], "events"), on_spark.read([questions_file], "questions"), OF_A_DAY
    )
    found = counts_of(on_spark, read, OF_A_DAY, len(questions))
    swept = np.stack(list(replayed(events, questions, Counters(OF_A_DAY))))
    np.testing.assert_allclose(found, swept, rtol=1e-9)
