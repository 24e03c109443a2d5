"""Features that follow events: updates a second on one core, how soon one is read, and a day read three ways."""

import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from corkboard.bench._row import Row

__all__ = ["run"]

UPDATES, QUESTIONS, DELAY_S = 100_000, 5_000, 60
PEOPLE, ITEMS, CATEGORIES = 2000, 3000, 30
DAY_MS = 86_400_000


def run(updates: int = UPDATES) -> list[Row]:
    """Update features by drawn events, and compute them from the log as well."""
    from components.features.counters import Counters
    from components.features.stream import Stream, replayed

    events, definition = _day(updates)
    stream = Stream(Counters(definition))
    started = time.process_time()  # of the core, whatever else runs on it
    for event in events:
        stream.put(event)
        stream.advance(event.time_ms)
    took_s = time.process_time() - started
    asked = events[:: max(1, updates // QUESTIONS)]
    questions = [(event.time_ms, event.keys) for event in asked]
    offline = np.stack(list(replayed(events, questions, Counters(definition))))
    online = Stream(Counters(definition))
    answers, came = [], 0
    arriving = _arrivals(events)
    for time_ms, keys in questions:
        while came < len(arriving) and arriving[came].time_ms <= time_ms:
            online.put(arriving[came])
            came += 1
        answers.append(online.read([keys], time_ms)[0])
    differing = int((offline.view(np.int64) != np.stack(answers).view(np.int64)).sum())
    now_ms = events[-1].time_ms + DAY_MS
    return [
        Row("updates_a_minute_of_one_core", updates / took_s * 60, 1e6, "1/min"),
        Row("event_to_feature_p99", _delay_ms(stream, events[:500], now_ms), 1000.0, "ms"),
        Row("values_that_differ_between_log_and_stream", float(differing), 0.0, "1"),
        Row("values_compared", float(offline.size), None, "1"),
        Row("keys_counted", float(len(stream.counters)), None, "1"),
        *_joined(events, definition),
    ]


def _joined(events: Sequence[Any], definition: Any) -> list[Row]:
    """A question for each event, as training asks them: by the join of tables, beside the sweep."""
    import pandas as pd

    from components.features.as_of import as_of, counts_of
    from components.features.counters import Counters
    from components.features.stream import replayed
    from data.engine import connect

    asked = pd.DataFrame([one.keys for one in events]).assign(time_ms=[one.time_ms for one in events])
    outcomes = pd.DataFrame([one.outcome_O for one in events], columns=definition.outcomes)
    started = time.process_time()
    swept = np.stack(list(replayed(events, [(one.time_ms, one.keys) for one in events], Counters(definition))))
    swept_s = time.process_time() - started
    with tempfile.TemporaryDirectory() as temporary, connect("duckdb", Path(temporary)) as tables:
        tables.connection.raw_sql("SET threads = 1")
        files = Path(temporary) / "events.parquet", Path(temporary) / "questions.parquet"
        asked.assign(came_ms=asked["time_ms"], **outcomes).to_parquet(files[0])
        asked.rename_axis("row").reset_index().to_parquet(files[1])
        started = time.process_time()
        found = as_of(tables, tables.read(files[:1], "events"), tables.read(files[1:], "questions"), definition)
        joined = counts_of(tables, found, definition, len(events))
        joined_s = time.process_time() - started
    off = float((np.abs(joined - swept) / np.maximum(swept, 1e-100)).max())
    return [
        Row("questions_a_second_by_tables", len(events) / joined_s, len(events) / swept_s, "1/s", "the sweep"),
        Row("largest_difference_of_tables_from_the_sweep", off, 1e-9, "1"),
    ]


def _day(count: int) -> tuple[list[Any], Any]:
    from components.features.counters import Definition
    from components.features.stream import Event

    definition = Definition(
        entities=((), ("item_id",), ("category",), ("user_id",), ("user_id", "category")),
        outcomes=("shown", "click", "save", "hide"),
        half_lives_h=(24.0, 240.0),
        delay_s=DELAY_S,
    )
    draw = random.Random(0)
    times = sorted(draw.randrange(DAY_MS) for _ in range(count))
    events = []
    for number, time_ms in enumerate(times):
        item = int(ITEMS * draw.random() ** 2)
        keys = {"user_id": f"u{draw.randrange(PEOPLE)}", "item_id": f"i{item}", "category": f"c{item % CATEGORIES}"}
        outcome_O = np.array([1.0, *(float(draw.random() < chance) for chance in (0.1, 0.05, 0.01))])
        events.append(Event(f"e{number:08d}", time_ms, keys, outcome_O))
    return events, definition


def _arrivals(events: Sequence[Any]) -> list[Any]:
    """The events in the order in which a service gets them: each up to a minute late."""
    draw = random.Random(1)
    return sorted(events, key=lambda event: event.time_ms + draw.randrange(DELAY_S * 1000 - 1))


def _delay_ms(stream: Any, events: Sequence[Any], now_ms: int) -> float:
    """From an event's arrival to its being read, without the delay that is set: it is as if it was a minute old."""
    from dataclasses import replace

    taken = []
    for number, event in enumerate(events):
        at = now_ms + number * DELAY_S * 1000
        started = time.perf_counter()
        stream.put(replace(event, event_id=f"later{number}", time_ms=at - DELAY_S * 1000))
        stream.read([event.keys], at)
        taken.append((time.perf_counter() - started) * 1e3)
    return float(np.quantile(taken, 0.99))
