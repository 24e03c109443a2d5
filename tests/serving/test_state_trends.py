"""What everybody acts on just now, counted alike in SQLite and in real Redis and PostgreSQL servers."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from components.systems.user_sequence.trend import Stream
from data.times import DAY_S
from serving.state import Event, State, Trend, open_state
from tests.databases import KINDS, emptied, state_url

ROOT = Path(__file__).parents[2]
NOW_S = 1_700_000_000.0
SAVES = Trend(DAY_S, ("save", "click"))
LONG = Trend(1e15, ("save",))  # nothing decays
PEOPLE = Trend(DAY_S, ("save",), newcomers=True)


@pytest.fixture(scope="module", params=KINDS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[str]]]:
    with state_url(request.param, tmp_path_factory.mktemp(request.param)) as address:
        yield address, []


@pytest.fixture
def url(server: tuple[str, list[str]]) -> str:
    """A state of the test's own: what is counted is of everybody."""
    address, made = server
    made.append(emptied(address, len(made) + 1))
    return made[-1]


@pytest.fixture
def state(url: str) -> Iterator[State]:
    opened = open_state(url)
    yield opened
    opened.close()


def done(item_id: str, days_ago: float, user_id: str = "ann", action: str = "save") -> Event:
    return Event(user_id, item_id, action, NOW_S - days_ago * DAY_S)


def counts(state: State, trend: Trend = SAVES, days_later: float = 0.0) -> dict[str, float]:
    return {one.item_id: one.count for one in state.events.trending(trend, NOW_S + days_later * DAY_S, 1000)}


def people(state: State, days_later: float = 0.0) -> dict[str, set[str]]:
    found = state.events.trending(PEOPLE, NOW_S + days_later * DAY_S, 1000)
    return {one.item_id: set(one.user_ids) for one in found}


def test_an_event_counts_half_for_every_half_life_whether_stored_before_or_after(state: State) -> None:
    state.events.append([done("a", 2), done("b", 1), done("a", 1, action="click"), done("c", 0, action="view")])
    assert counts(state) == pytest.approx({"a": 0.25 + 0.5, "b": 0.5})
    state.events.append([done("b", 0), done("b", 0), done("c", 1)])
    state.events.append([done("a", 3)])  # it comes late
    expected = {"b": 2.5, "a": 0.875, "c": 0.5}
    assert counts(state) == pytest.approx(expected)
    assert list(counts(state)) == ["b", "a", "c"]
    assert counts(state, days_later=1) == pytest.approx({item: count / 2 for item, count in expected.items()})
    assert [one.item_id for one in state.events.trending(SAVES, NOW_S, 2)] == ["b", "a"]


def test_counts_are_those_of_the_evaluation(state: State) -> None:
    generator = np.random.default_rng(0)
    time_s_E = np.sort(generator.integers(NOW_S - 30 * DAY_S, NOW_S, 300))
    item_E = generator.integers(0, 20, 300)
    events = [
        Event(f"user-{item % 7}", str(item), "save", float(time_s))
        for item, time_s in zip(item_E, time_s_E, strict=True)
    ]
    trend = Trend(0.08 * DAY_S, ("save",))
    state.events.append(events[:100])
    state.events.trending(trend, NOW_S, 5)
    for start in range(100, 300, 50):
        state.events.append(events[start : start + 50])
    count_N = Stream.of(item_E, time_s_E, 20).counts(np.array([NOW_S]), 0.08)[0]
    found = counts(state, trend)
    assert found == pytest.approx({str(row): count_N[row] for row in np.flatnonzero(count_N)}, rel=1e-6, abs=1e-10)
    assert len(found) > 10


def test_another_half_life_counts_what_is_stored_anew(state: State) -> None:
    state.events.append([done("a", 2), done("b", 1)])
    assert counts(state) == pytest.approx({"b": 0.5, "a": 0.25})
    slower, slowest = Trend(2 * DAY_S, ("save",)), Trend(4 * DAY_S, ("save",))
    assert counts(state, slower) == pytest.approx({"b": 0.5**0.5, "a": 0.5})
    assert counts(state, slowest) == pytest.approx({"b": 0.5**0.25, "a": 0.5**0.5})  # the first one is dropped
    state.events.append([done("a", 0)])
    assert counts(state, slower) == pytest.approx({"a": 1.5, "b": 0.5**0.5})
    assert counts(state) == pytest.approx({"a": 1.25, "b": 0.5})


def test_what_is_old_is_forgotten(state: State) -> None:
    state.events.append([done("old", 41, "bob"), done("older", 45), done("new", 0)])
    assert set(counts(state)) == {"new"}
    state.events.append([done("late", 39)])
    assert set(counts(state)) == {"new", "late"}
    assert set(counts(state, days_later=3)) == {"new"}
    assert counts(state, days_later=50) == {}
    assert counts(state) == {}  # it is gone for good


def test_an_erased_person_counts_no_more(state: State) -> None:
    bob = done("a", 0.75, "bob")
    state.events.append([done("a", 1.5), done("a", 2), bob, done("b", 1), done("c", 0, action="view")])
    assert counts(state, PEOPLE) == pytest.approx({"a": 0.5**1.5 + 0.25 + 0.5**0.75, "b": 0.5})
    state.events.append([done("a", 0), done("d", 0)])
    assert people(state) == {"a": {"bob"}, "b": {"ann"}, "d": {"ann"}}
    assert state.events.forget("ann") == 6
    assert counts(state, PEOPLE) == pytest.approx({"a": 0.5**0.75})
    state.events.append([done("a", 0)])
    assert people(state) == {"a": {"ann", "bob"}}


def test_newcomers_acted_on_an_item_for_the_first_time_within_a_day(state: State) -> None:
    state.events.append([done("a", 2), done("b", 0.5), done("a", 0.5, "bob"), done("b", 0.4, "bob", "view")])
    assert people(state) == {"a": {"bob"}, "b": {"ann"}}
    state.events.append([done("a", 0.1), done("b", 0.1), done("a", 0.2, "cid")])  # coming again is not coming
    assert people(state) == {"a": {"bob", "cid"}, "b": {"ann"}}
    state.events.append([done("a", 3, "cid")])  # cid had been there, as is learned late
    assert people(state) == {"a": {"bob"}, "b": {"ann"}}
    assert people(state, 0.6) == {"a": set(), "b": set()}
    assert all(one.user_ids == () for one in state.events.trending(SAVES, NOW_S, 9))


def test_no_event_is_lost_or_counted_twice_where_counting_begins_meanwhile(url: str) -> None:
    """Writers of their own connections, one that begins to count, and somebody who is erased."""
    faults: list[BaseException] = []

    def write(writer: int) -> None:
        try:
            own = open_state(url)
            for number in range(30):
                items = [f"item-{(writer + number + place) % 5}" for place in range(3)]
                own.events.append([done(item, 0, f"writer-{writer}") for item in items])
            own.close()
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    state = open_state(url)
    for thread in threads:
        thread.start()
    state.events.append([done("item-0", 0, "erased")])
    counts(state, LONG)
    assert state.events.forget("erased") == 1
    for thread in threads:
        thread.join()
    assert faults == []
    assert sum(counts(state, LONG).values()) == pytest.approx(4 * 30 * 3)
    state.close()


WRITER = """
import sys
from serving.state import Event, open_state
events = open_state(sys.argv[1]).events
for number in range(100_000):
    events.append([Event("ann", f"item-{number % 7}", "save", 1e9 + number + place / 4) for place in range(4)])
    print(number, flush=True)
"""


def test_what_is_stored_is_counted_once_however_the_writer_ends(url: str) -> None:
    state = open_state(url)
    assert counts(state, LONG) == {}
    command = [sys.executable, "-c", WRITER, url]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=dict(os.environ))
    assert process.stdout is not None
    acknowledged = 0
    for _ in process.stdout:
        acknowledged += 1
        if acknowledged == 150:
            process.send_signal(signal.SIGKILL)
            break
    acknowledged += len(process.stdout.read().splitlines())
    assert process.wait() == -signal.SIGKILL
    process.stdout.close()
    stored = len(state.events.last("ann", 10_000))
    assert stored in (4 * acknowledged, 4 * acknowledged + 4)
    assert sum(counts(state, LONG).values()) == pytest.approx(stored)
    state.close()
