"""Events and items behave the same in SQLite and in real Redis and PostgreSQL servers."""

import json
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from data.errors import UserError
from serving.process import free_port
from serving.state import Event, Item, State, Unavailable, open_state
from serving.state.redis_client import redis_client
from serving.state.redis_events import RedisEvents
from serving.state.sql_events import SqlEvents
from serving.state.sqlite import sqlite_database
from tests.databases import KINDS, postgres_server, redis_server, state_url


@pytest.fixture(scope="module", params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with state_url(request.param, tmp_path_factory.mktemp(request.param)) as address:
        yield address


@pytest.fixture
def state(url: str) -> Iterator[State]:
    opened = open_state(url)
    yield opened
    opened.close()


@pytest.fixture
def user(request: pytest.FixtureRequest) -> str:
    """A user, or the start of ids, of this test alone."""
    return f"{request.node.name}: 'quoted' 100% \u00e9"


def event(user: str, number: int, time_s: float | None = None) -> Event:
    at_s = 1000.5 + number if time_s is None else time_s
    return Event(user, f"item-{number}", "click", at_s, "home", "s-1", number, 0.5, "new", "DE")


def test_events_come_back_latest_first(state: State, user: str) -> None:
    events = [event(user, number) for number in range(30)]
    state.events.append(events[:10])
    state.events.append([*events[20:], *events[10:20], event("somebody else", 99)])
    assert state.events.last(user, 12) == events[:17:-1]
    assert state.events.last(user, 500) == events[::-1]
    assert state.events.last("nobody", 5) == []


def test_views_drive_out_nothing_else(state: State, user: str) -> None:
    done = ["hide", "save", "view", "click", "view", "view"]
    events = [Event(user, f"item-{number}", action, 7.0) for number, action in enumerate(done)]
    for event in events:
        state.events.append([event])
    assert state.events.last(user, 2, ("hide", "save", "click")) == [events[3], events[1]]
    assert state.events.last(user, 9, ("hide",)) == [events[0]]
    assert state.events.last(user, 9, ()) == []
    assert state.events.last(user, 4) == events[:1:-1]


def test_of_the_same_time_the_later_arrival_is_later(state: State, user: str) -> None:
    for number in range(12):
        state.events.append([event(user, number, time_s=7.0)])
    assert [found.item_id for found in state.events.last(user, 3)] == ["item-11", "item-10", "item-9"]


def test_unknown_parts_of_an_event_stay_unknown(state: State, user: str) -> None:
    bare = Event(user, "item", "view", 5.0)
    state.events.append([bare])
    assert state.events.last(user, 1) == [bare]


def test_what_everybody_did_comes_in_order_and_names_nobody(state: State, user: str) -> None:
    def since(number: int) -> list[tuple[str, str, float, str | None]]:
        return [(one.item_id, one.action, one.time_s, one.country) for one in state.events.since(number, 50)]

    state.events.append([event(user, 1)])
    last = max(one.number for one in state.events.since(0))
    state.events.append([event(user, 2), event(f"{user} 2", 3, time_s=0.1)])
    found = [("item-2", "click", 1002.5, "DE"), ("item-3", "click", 0.1, "DE")]
    assert since(last) == found
    assert since(last + 1) == found[1:]
    assert since(last + 2) == []


def test_a_forgotten_user_has_no_events(state: State, user: str) -> None:
    state.events.append([event(user, number) for number in range(5)])
    assert state.events.forget(user) == 5
    assert state.events.last(user, 9) == []
    assert state.events.forget(user) == 0


def test_another_connection_sees_what_was_written(state: State, url: str, user: str) -> None:
    other = open_state(url)
    state.events.append([event(user, 1)])
    seq = state.items.put(Item(user))
    assert other.events.last(user, 1) == [event(user, 1)]
    assert [change.item_id for change in other.items.changes_since(seq - 1)] == [user]
    other.close()


def test_boards_hold_the_latest_saved_first(state: State, user: str) -> None:
    boards = state.boards
    assert boards.of(user) == {}
    for board, item_id in (("chairs", "a"), ("chairs", "b"), ("it's \u00e9", "a"), ("chairs", "a")):
        boards.add(user, board, item_id)
    boards.add("somebody else", "chairs", "c")
    assert (boards.count(user), boards.count("nobody")) == (3, 0)
    assert list(boards.of(user).items()) == [("chairs", ["a", "b"]), ("it's \u00e9", ["a"])]
    assert boards.remove(user, "it's \u00e9", "a")
    assert not boards.remove(user, "it's \u00e9", "a")
    assert boards.of(user) == {"chairs": ["a", "b"]}
    assert boards.forget(user) == 2
    assert boards.of(user) == {}


def test_a_board_is_deleted_whole_and_alone(state: State, user: str) -> None:
    boards = state.boards
    for board, item_id in (("it's \u00e9", "a"), ("it's \u00e9", "b"), ("it's", "a"), ("%", "c")):
        boards.add(user, board, item_id)
    boards.add(f"{user} 2", "it's \u00e9", "a")
    assert boards.drop(user, "it's \u00e9") == 2
    assert boards.drop(user, "it's \u00e9") == boards.drop("nobody", "it's") == 0
    assert boards.of(user) == {"%": ["c"], "it's": ["a"]}
    assert boards.of(f"{user} 2") == {"it's \u00e9": ["a"]}
    boards.add(user, "it's \u00e9", "b")
    assert boards.of(user)["it's \u00e9"] == ["b"]


def test_who_changed_boards_is_known_in_order_and_of_the_erased_a_mark_alone(state: State, user: str) -> None:
    boards, names = state.boards, [f"{user} {number}" for number in range(3)]
    boards.forget("nobody")
    seen = [0]

    def changed() -> list[str | None]:
        changes = boards.changes_since(seen[0])
        seen[0] = max([seen[0], *(change.seq for change in changes)])
        return [change.user_id for change in changes]

    changed()
    for name in names:
        boards.add(name, "chairs", "a")
    assert boards.remove(names[0], "chairs", "a")
    assert changed() == [names[1], names[2], names[0]]
    assert changed() == []
    boards.forget(names[1])
    boards.forget("nobody")
    assert boards.drop(names[2], "chairs") == 1
    assert changed() == [None, names[2]]
    assert names[1] not in {change.user_id for change in boards.changes_since(0)}
    boards.add(names[1], "chairs", "b")  # the same person, who came back
    assert changed() == [names[1]]


def test_what_is_saved_while_a_board_is_deleted_is_kept_or_counted(state: State, url: str, user: str) -> None:
    """Whichever comes first: no item is deleted twice, and none is lost without having been counted."""
    saved, deleted = 60, []

    def save() -> None:
        own = open_state(url)
        for number in range(saved):
            own.boards.add(user, "chairs", f"item-{number}")
        own.close()

    def drop() -> None:
        own = open_state(url)
        deleted.extend(own.boards.drop(user, "chairs") for _ in range(20))
        own.close()

    threads = [threading.Thread(target=doing) for doing in (save, drop, drop)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(deleted) == 40
    assert sum(deleted) + state.boards.count(user) == saved


def test_items_come_back_as_they_were_put(state: State, user: str) -> None:
    vector = np.linspace(-1, 1, 8, dtype=np.float32)
    given = Item(
        user,
        "A red dress",
        "dress",
        {"colour": "red", "pattern": "gr\u00fcn"},
        "p/1.jpg",
        b"\xff\x00jpeg",
        vector,
        "m1",
        {"width_px": 120, "dominant": "#a0b0c0"},
    )
    seq = state.items.put(given)
    found = state.items.get(user)
    assert found is not None
    assert found.item is not None
    assert (found.seq, found.item.title, found.item.category) == (seq, given.title, given.category)
    assert (found.item.attributes, found.item.image, found.item.model) == (given.attributes, given.image, given.model)
    assert found.item.details == given.details
    assert found.item.vector_D is not None
    assert np.array_equal(found.item.vector_D, vector)
    assert found.item.picture is None
    assert state.items.picture(user) == b"\xff\x00jpeg"
    state.items.put(Item(user, "No picture"))
    assert state.items.picture(user) is None
    assert state.items.get("never seen") is None


def test_changes_are_the_latest_of_each_item_in_order(state: State, user: str) -> None:
    start = state.items.last_seq()
    for name in ("a", "b", "c", "a"):
        state.items.put(Item(f"{user}-{name}", title=name))
    state.items.delete(f"{user}-b")
    state.items.delete(f"{user}-of a bundle")
    changes = state.items.changes_since(start)
    assert [(change.seq - start, change.item_id.removeprefix(user)) for change in changes] == [
        (3, "-c"),
        (4, "-a"),
        (5, "-b"),
        (6, "-of a bundle"),
    ]
    assert [change.item is None for change in changes] == [False, False, True, True]
    assert state.items.last_seq() == start + 6
    assert [change.seq - start for change in state.items.changes_since(start + 3, 2)] == [4, 5]
    assert state.items.changes_since(start + 6) == []
    assert state.items.picture(f"{user}-b") is None


def test_a_store_has_an_id_of_its_own(state: State, url: str, tmp_path: Path) -> None:
    other, elsewhere = open_state(url), open_state(f"sqlite:///{tmp_path}")
    assert len(state.items.store_id()) == 32
    assert other.items.store_id() == state.items.store_id() != elsewhere.items.store_id()
    other.close()
    elsewhere.close()


def test_writers_in_parallel_never_hide_a_change(state: State, url: str, user: str) -> None:
    """A reader that asks for what came after the last number it saw misses nothing that is committed late."""
    seen, stop = [], threading.Event()
    start = state.items.last_seq()

    def write(writer: int) -> None:
        own = open_state(url)
        for number in range(25):
            own.items.put(Item(f"{user}-{writer}-{number}"))
        own.close()

    def follow() -> None:
        at = start
        while not stop.is_set() or state.items.last_seq() > at:
            for change in state.items.changes_since(at, 7):
                seen.append(change.item_id)
                at = change.seq

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    reader = threading.Thread(target=follow)
    for thread in [*threads, reader]:
        thread.start()
    for thread in threads:
        thread.join()
    stop.set()
    reader.join()
    assert sorted(seen) == sorted(f"{user}-{writer}-{number}" for writer in range(4) for number in range(25))


def test_services_may_start_at_the_same_time(tmp_path: Path) -> None:
    faults: list[Exception] = []

    def start(address: str) -> None:
        try:
            open_state(address).close()
        except Exception as error:
            faults.append(error)

    (tmp_path / "postgresql").mkdir()
    with postgres_server(tmp_path / "postgresql") as postgres:
        for address in (postgres, f"sqlite:///{tmp_path / 'sqlite'}"):
            threads = [threading.Thread(target=start, args=(address,)) for _ in range(6)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    assert faults == []


@pytest.mark.parametrize("kind", ["sqlite", "redis"])
def test_the_oldest_events_go(kind: str, tmp_path: Path) -> None:
    def check(store: SqlEvents | RedisEvents) -> None:
        for number in range(0, 60, 5):
            store.append([event("user", other) for other in range(number, number + 5)])
        found = store.last("user", 1000)
        assert 20 <= len(found) <= 22
        assert found == [event("user", number) for number in range(59, 59 - len(found), -1)]
        store.append([Event("user", "shown", "view", 2000.0) for _ in range(40)])
        assert store.last("user", 1000, ("click",))[:20] == found[:20]
        store.close()

    if kind == "sqlite":
        check(SqlEvents(sqlite_database(tmp_path / "events.db", durable=False), kept=20))
    else:
        with redis_server(tmp_path) as address:
            client, store = redis_client(address), RedisEvents(redis_client(address), kept=20)
            former = event("user", 7)  # as an earlier release stored it
            client.zadd("{corkboard}:events:of:user", {f"{7:016d}{json.dumps(asdict(former))}": former.time_s})
            assert store.last("user", 9) == store.last("user", 9, ("click",)) == [former]
            assert store.last("user", 9, ("hide",)) == []
            assert store.forget("user") == 1
            client.close()
            check(store)


def test_a_batch_is_stored_whole_or_not_at_all(tmp_path: Path) -> None:
    state = open_state(f"sqlite:///{tmp_path}")
    broken = Event("user", "item", None, 1.0)  # type: ignore[arg-type]
    with pytest.raises(Unavailable, match="NOT NULL"):
        state.events.append([event("user", 1), broken])
    assert state.events.last("user", 5) == []
    state.events.append([event("user", 2)])
    assert len(state.events.last("user", 5)) == 1
    state.close()


def test_what_went_wrong_first_is_told_also_when_it_cannot_be_undone(tmp_path: Path) -> None:
    database = sqlite_database(tmp_path / "items.db", durable=True)

    def fail() -> None:
        with database.transaction() as connection:
            connection.run("CREATE TABLE numbers (number INTEGER)")
            connection.close()  # so that rolling back fails
            raise KeyError("first")

    with pytest.raises(KeyError, match="first"):
        fail()
    with database.transaction() as connection:  # on another connection
        assert connection.run("SELECT name FROM sqlite_master") == []
    database.close()


def test_redis_without_a_log_is_refused(tmp_path: Path) -> None:
    with redis_server(tmp_path, append_only=False) as address, pytest.raises(UserError, match="--appendonly yes"):
        open_state(address)


def test_a_server_that_comes_back_is_used_again(tmp_path: Path) -> None:
    port = free_port()
    with redis_server(tmp_path, port) as address:
        state = open_state(address)
        state.events.append([event("user", 1)])
        state.items.put(Item("kept"))
    with pytest.raises(Unavailable, match="Redis cannot be used"):
        state.events.last("user", 1)
    with redis_server(tmp_path, port):
        assert state.events.last("user", 1) == [event("user", 1)]
        assert [change.item_id for change in state.items.changes_since(0)] == ["kept"]
        state.close()


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("mysql://host/db", "begin it with sqlite:///"),
        ("sqlite://state", "write sqlite:///folder"),
        ("sqlite:///", "write sqlite:///folder"),
        ("postgresql://host", "names no database"),
        ("postgresql://user:secret@host:54x/db", "the port in the address of PostgreSQL is no number"),
        ("redis://:secret/word@host/0", "the address of Redis is none that its client understands; write redis://"),
    ],
)
def test_unusable_addresses_are_named_without_their_passwords(address: str, message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        open_state(address)
    assert "secret" not in str(caught.value)


def test_a_server_that_is_not_there_is_unavailable() -> None:
    port = free_port()
    for address in (f"redis://127.0.0.1:{port}/0", f"postgresql://u@127.0.0.1:{port}/db"):
        with pytest.raises(Unavailable, match="cannot be used"):
            open_state(address)


def test_the_first_tombstone_stays(state: State, user: str) -> None:
    for now_s in (5, 9):
        state.erasures.add(user, now_s)
    assert state.erasures.all()[user] == 5


def test_what_was_done_with_some_items_can_be_taken_back(state: State, user: str) -> None:
    done = [(1, "save"), (2, "save"), (1, "hide"), (1, "save")]
    state.events.append([Event(user, f"item-{number}", action, 7.0) for number, action in done])
    assert state.events.take_back(user, ["item-1", "item-9"], ["save"]) == 2
    left = {(event.item_id, event.action) for event in state.events.last(user, 9)}
    assert left == {("item-2", "save"), ("item-1", "hide")}
    assert state.events.take_back(user, ["item-1"], ["save"]) == 0
    assert state.events.forget(user) == 2
