"""Counts from tables are those of the sweep: as of each question, however long the log and short the half-life."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from components.features.as_of import as_of, counts_of
from components.features.counters import Counters, Definition
from components.features.stream import Event, replayed
from data.engine import connect
from data.errors import UserError
from tests.unit.test_features import DAY_MS, DEFINITION, HOUR_MS, a_day, event

Question = tuple[int, Mapping[str, str]]


def tables_of(folder: Path, events: Sequence[Event], questions: Sequence[Question]) -> tuple[Path, Path]:
    """Parquet files of events, each of which comes as it happens, and of questions."""
    files = folder / "events.parquet", folder / "questions.parquet"
    happened = pd.DataFrame([{**one.keys, "time_ms": one.time_ms, "came_ms": one.time_ms} for one in events])
    outcome_NO = np.array([one.outcome_O for one in events])
    happened.assign(shown=outcome_NO[:, 0], click=outcome_NO[:, 1]).to_parquet(files[0])
    rows = [{**keys, "row": row, "time_ms": time_ms} for row, (time_ms, keys) in enumerate(questions)]
    pd.DataFrame(rows).to_parquet(files[1])
    return files


def joined(folder: Path, files: Sequence[Path], definition: Definition, count: int) -> NDArray[np.float64]:
    with connect("duckdb", folder) as tables:
        events, questions = (tables.read([file], file.stem) for file in files)
        return counts_of(tables, as_of(tables, events, questions, definition), definition, count)


def test_every_question_of_a_day_reads_what_the_sweep_reads(tmp_path: Path) -> None:
    """Some asked at the very moment from which an event counts, and one before all of them."""
    events = a_day()
    asked = [(one.time_ms, one.keys) for one in events] + [(one.time_ms + 60_000, one.keys) for one in events]
    questions = sorted([(0, events[0].keys), *asked], key=lambda one: one[0])
    found = joined(tmp_path, tables_of(tmp_path, events, questions), DEFINITION, len(questions))
    swept = np.stack(list(replayed(events, questions, Counters(DEFINITION))))
    np.testing.assert_allclose(found, swept, rtol=1e-9)
    assert not found[0].any()
    assert (found[-1] > 0).any()


def test_a_log_of_years_overflows_nothing_with_a_half_life_of_an_hour(tmp_path: Path) -> None:
    hours = np.random.default_rng(0).integers(0, 3 * 365 * 24, 400)
    events = [event(number, int(hour) * HOUR_MS, number % 2 == 0) for number, hour in enumerate(np.sort(hours))]
    questions = [(one.time_ms + 2 * HOUR_MS, one.keys) for one in events]
    found = joined(tmp_path, tables_of(tmp_path, events, questions), DEFINITION, len(questions))
    swept = np.stack(list(replayed(events, questions, Counters(DEFINITION))))
    np.testing.assert_allclose(found, swept, rtol=1e-9, atol=1e-150)
    assert np.isfinite(found).all()


def test_a_log_without_events_counts_nothing(tmp_path: Path) -> None:
    files = tables_of(tmp_path, a_day(count=3), [(DAY_MS, event(0, 0).keys)])
    pd.read_parquet(files[0]).head(0).to_parquet(files[0])
    assert joined(tmp_path, files, DEFINITION, 1).tolist() == np.zeros((1, 3, 2, 2)).tolist()


def test_tables_that_cannot_be_counted_are_refused_in_a_sentence(tmp_path: Path) -> None:
    files = tables_of(tmp_path, a_day(count=3), [(DAY_MS, event(0, 0).keys)])
    good = pd.read_parquet(files[0])
    for changed, said in (
        (good.drop(columns="category"), "the events have no column 'category', only item_id, user_id, time_ms"),
        (good.drop(columns="click"), "the events have no column 'click'"),
        (good.assign(time_ms=good["time_ms"] / 2), "time_ms of the events is of type float64; give whole numbers"),
    ):
        changed.to_parquet(files[0])
        with pytest.raises(UserError, match=said):
            joined(tmp_path, files, DEFINITION, 1)
    for half_life_h in (0, -1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="half_lives_h"):
            Definition.model_validate(DEFINITION.model_dump() | {"half_lives_h": [half_life_h]})
