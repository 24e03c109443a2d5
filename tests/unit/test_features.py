"""Counts with half-lives: worked by hand, and the same bits from a log afterwards as from a stream as it happened."""

import random
from pathlib import Path

import numpy as np
import pytest

from components.features.counters import Counters, Definition
from components.features.stream import Event, Stream, replayed
from data.errors import UserError

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
DEFINITION = Definition(
    entities=((), ("item_id",), ("user_id", "category")),
    outcomes=("shown", "click"),
    half_lives_h=(1.0, 24.0),
    delay_s=60,
    late_s=7 * 86_400,
)


def event(number: int, time_ms: int, click: bool = False, item: str = "lamp") -> Event:
    keys = {"item_id": item, "user_id": f"user{number % 5}", "category": item[0]}
    return Event(f"event{number:05d}", time_ms, keys, np.array([1.0, float(click)]))


def a_day(seed: int = 0, count: int = 600) -> list[Event]:
    draw = random.Random(seed)
    times = sorted(draw.randrange(DAY_MS, 2 * DAY_MS) for _ in range(count))
    return [event(n, at, draw.random() < 0.3, f"{draw.choice('abc')}{draw.randrange(9)}") for n, at in enumerate(times)]


def test_an_event_counts_half_after_its_half_life() -> None:
    counters = Counters(DEFINITION)
    one = event(0, DAY_MS, click=True)
    counters.add(one.keys, one.outcome_O, one.time_ms)
    (count_EHO,) = counters.read([one.keys], DAY_MS + HOUR_MS)
    assert count_EHO[1, 0].tolist() == [0.5, 0.5]
    np.testing.assert_allclose(count_EHO[1, 1], 2 ** (-1 / 24))
    assert counters.read([one.keys | {"item_id": "never"}], DAY_MS)[0, 1].tolist() == [[0, 0], [0, 0]]


def test_counts_are_those_of_the_definition() -> None:
    """Every event weighs 2 ^ (-age / half-life), whatever the order in which they came."""
    events = a_day()
    random.Random(1).shuffle(events)
    counters = Counters(DEFINITION)
    for one in events:
        counters.add(one.keys, one.outcome_O, one.time_ms)
    asked = {"item_id": "a1", "user_id": "user1", "category": "a"}
    (count_EHO,) = counters.read([asked], 2 * DAY_MS)
    for entity, names in enumerate(DEFINITION.entities):
        own = [one for one in events if all(one.keys[name] == asked[name] for name in names)]
        for place, half_life_h in enumerate(DEFINITION.half_lives_h):
            weights = [2.0 ** (-(2 * DAY_MS - one.time_ms) / (half_life_h * HOUR_MS)) for one in own]
            expected = np.sum([w * one.outcome_O for w, one in zip(weights, own, strict=True)], axis=0)
            np.testing.assert_allclose(count_EHO[entity, place], expected, rtol=1e-9)
    assert (count_EHO >= 0).all()


def test_a_replayed_day_reads_the_same_bits_as_the_stream_did(tmp_path: Path) -> None:
    """Online: events in odd orders within the delay, some twice, the counts saved and opened again at noon."""
    events = a_day()
    questions = [(one.time_ms, one.keys) for one in events]
    offline = list(replayed(events, questions, Counters(DEFINITION)))
    stream, online, draw = Stream(Counters(DEFINITION)), [], random.Random(2)
    arriving = sorted(events, key=lambda one: one.time_ms + draw.randrange(59_000))
    came = 0
    for number, (time_ms, keys) in enumerate(questions):
        online.append(stream.read([keys], time_ms)[0])
        while came < len(arriving) and arriving[came].time_ms <= time_ms:
            stream.put(arriving[came])
            if came % 7 == 0:
                assert not stream.put(arriving[came])
            came += 1
        if number == len(questions) // 2:
            stream.counters.save(tmp_path / "counts.npz")
            stream.counters = Counters.load(tmp_path / "counts.npz", DEFINITION)
    # an impression is answered before it is counted, and 60 s pass until it is: no answer reads its own outcome
    assert np.array_equal(np.stack(offline), np.stack(online))
    assert np.stack(offline).any()


def test_no_answer_reads_what_happens_later() -> None:
    events = a_day(count=200)
    questions = [(one.time_ms, one.keys) for one in events]
    whole = list(replayed(events, questions, Counters(DEFINITION)))
    cut = questions[100][0]
    before = list(
        replayed([one for one in events if one.time_ms + 60_000 <= cut], questions[:101], Counters(DEFINITION))
    )
    assert np.array_equal(np.stack(whole[:101]), np.stack(before))


def test_late_and_repeated_events_and_clocks_that_run_back() -> None:
    stream = Stream(Counters(DEFINITION))
    assert stream.put(event(0, 20 * DAY_MS))
    assert not stream.put(event(0, 20 * DAY_MS))
    assert stream.put(event(1, 14 * DAY_MS))
    assert not stream.put(event(2, 12 * DAY_MS))
    keys = event(0, 0).keys
    later = stream.read([keys], 20 * DAY_MS + 60_000)
    again = stream.read([keys], 19 * DAY_MS)
    assert later[0, 1, 1, 0] == pytest.approx(1 + 2**-6, rel=1e-3)
    assert (again >= 0).all()
    assert np.isfinite(again).all()


def test_what_was_before_the_log_counts_as_if_one_by_one() -> None:
    events = [event(number, DAY_MS + number * 3_600_000, number % 2 == 0) for number in range(20)]
    counters, one_by_one = Counters(DEFINITION), Counters(DEFINITION)
    keys = [one.keys for one in events]
    counters.begin(keys, np.stack([one.outcome_O for one in events]), np.array([one.time_ms for one in events]))
    for one in events:
        one_by_one.add(one.keys, one.outcome_O, one.time_ms)
    assert np.allclose(counters.read(keys, 9 * DAY_MS), one_by_one.read(keys, 9 * DAY_MS), rtol=1e-12)


def test_counts_of_another_definition_are_refused(tmp_path: Path) -> None:
    counters = Counters(DEFINITION)
    counters.add(event(0, DAY_MS).keys, np.ones(2), DAY_MS)
    counters.save(tmp_path / "counts.npz")
    with pytest.raises(UserError, match="another definition"):
        Counters.load(tmp_path / "counts.npz", DEFINITION.model_copy(update={"outcomes": ("shown",)}))
    (tmp_path / "counts.npz").write_bytes(b"PK")
    with pytest.raises(UserError, match="holds no counts"):
        Counters.load(tmp_path / "counts.npz", DEFINITION)
