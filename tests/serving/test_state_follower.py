"""Items that one process writes are found by the indexes of all."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from components.index import VectorIndex
from components.index.live import LiveIndex
from data.errors import UserError
from serving.discovery.search_role import index_name
from serving.state import Item, State, Unavailable, open_state
from serving.state.follower import Follower
from serving.state.tries import Tries
from tests.databases import redis_server

DIM = 4


def gallery() -> VectorIndex:
    return VectorIndex.build(np.eye(2, DIM, dtype=np.float32), ["a", "b"], {"category": ["x", "y"]})


def vector(number: int) -> np.ndarray:
    found = np.zeros(DIM, np.float32)
    found[number % DIM] = 1
    return found


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    opened = open_state(f"sqlite:///{tmp_path / 'state'}")
    yield opened
    opened.close()


def follower(state: State, folder: Path, embed: Callable[[Item], np.ndarray | None] | None = None) -> Follower:
    return Follower(state.items, LiveIndex(folder, gallery()), "m", embed or (lambda item: None))


def found(of: Follower, number: int) -> list[str]:
    return [hit.item_id for hit in of.index.search(vector(number)[None], 1)[0]]


def eventually(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_write_is_found_after_catching_up(state: State, tmp_path: Path) -> None:
    of = follower(state, tmp_path / "index")
    state.items.put(Item("new", "Title", "x", {"colour": "red"}, vector_D=vector(2), model="m"))
    assert of.catch_up() == 1
    (hit,) = of.index.search(vector(2)[None], 1, {"category": "x", "colour": "red"})[0]
    assert (hit.item_id, of.index.snapshot().delta.texts[-1]) == ("new", {"title": "Title"})
    state.items.delete("new")
    state.items.delete("a")
    assert of.catch_up() == 2
    assert len(of.index) == 1
    assert of.catch_up() == 0


def test_a_long_log_comes_in_pages(state: State, tmp_path: Path) -> None:
    for number in range(25):
        state.items.put(Item(f"item-{number}", vector_D=vector(number), model="m"))
    asked = state.items.changes_since
    state.items.changes_since = lambda seq, most=7: asked(seq, most)  # type: ignore[method-assign]
    of = follower(state, tmp_path / "index")
    assert of.catch_up() == 25
    assert len(of.index) == 27


def test_another_model_s_vectors_are_made_again(state: State, tmp_path: Path) -> None:
    state.items.put(Item("old", vector_D=vector(2), model="former", picture=b"of old"))
    state.items.put(Item("short", vector_D=vector(2)[:2], model="m", picture=b"of short"))
    state.items.put(Item("none", image="somewhere"))
    embedded = []

    def embed(item: Item) -> np.ndarray | None:
        embedded.append((item.item_id, state.items.picture(item.item_id)))
        return vector(3) if item.item_id == "old" else None

    of = follower(state, tmp_path / "index", embed)
    of.catch_up()
    assert embedded == [("old", b"of old"), ("short", b"of short"), ("none", None)]
    assert found(of, 3) == ["old"]
    assert of.index.vector("none") is None
    assert of.index.vector("short") is None


def test_followers_of_two_processes_agree(state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.index.live.DELTA_ROWS", 40)
    followers = [follower(state, tmp_path / "index") for _ in range(2)]
    others = set(threading.enumerate())
    for of in followers:
        of.start()
    for number in range(60):
        state.items.put(Item(f"item-{number}", vector_D=vector(number), model="m"))
    state.items.delete("item-2")
    for of in followers:
        eventually(lambda of=of: of.index.seq == 61 and of.index.pending < 60)
        assert len(of.index) == 2 + 59
        assert of.index.vector("item-2") is None
    for of in followers:
        of.stop()
    assert [thread.name for thread in set(threading.enumerate()) - others if thread.name.startswith("items")] == []


def test_an_index_ahead_of_its_store_is_refused(state: State, tmp_path: Path) -> None:
    state.items.put(Item("new", vector_D=vector(2), model="m"))
    of = follower(state, tmp_path / "index")
    of.catch_up()
    assert of.index.compact() is not None
    older = open_state(f"sqlite:///{tmp_path / 'older'}")
    with pytest.raises(UserError, match=r"index is at change 1 and the state only at 0.*delete that folder"):
        follower(older, tmp_path / "index").start()
    assert index_name("a" * 64, "c1", state.items) != index_name("a" * 64, "c1", older.items)
    older.close()


def test_what_goes_on_failing_is_told_once_and_tried_less_often(caplog: pytest.LogCaptureFixture) -> None:
    tries = Tries(0.1, logging.getLogger("test"))
    waits_s = []
    for _ in range(8):
        tries.failed("not followed: %s", Unavailable("100% away"))
        waits_s.append(tries.wait_s)
    assert waits_s == pytest.approx([0.2, 0.4, 0.8, 1.6, 2, 2, 2, 2])
    tries.failed("not followed: %s", Unavailable("refused"))
    for _ in range(2):
        tries.worked("followed again")
    assert tries.wait_s == 0.1
    assert caplog.messages == ["not followed: 100% away", "not followed: refused", "followed again"]


def test_following_goes_on_after_the_store_was_away(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    from serving.process import free_port

    port = free_port()
    with redis_server(tmp_path, port) as address:
        state = open_state(address)
        of = follower(state, tmp_path / "index")
        of.start()
    eventually(lambda: "what is stored cannot be followed" in caplog.text)
    assert found(of, 0) == ["a"]
    with redis_server(tmp_path, port):
        eventually(lambda: _put(state))
        eventually(lambda: of.index.vector("new") is not None)
        of.stop()
        state.close()


def _put(state: State) -> bool:
    state.items.put(Item("new", vector_D=vector(2), model="m"))
    return True
