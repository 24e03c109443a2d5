"""What was stored stays: a real process is killed while it writes, and a database is one of an earlier release."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np

from components.index import VectorIndex
from components.index.generations import MANIFEST
from components.index.live import LiveIndex
from serving.state import Event, Item, open_state
from serving.state.follower import Follower
from serving.state.sql_events import SqlEvents
from serving.state.sqlite import sqlite_database

ROOT = Path(__file__).parents[2]
WRITES, DIM = 1000, 8
WRITER = """
import sys
import numpy as np
from serving.state import Item, open_state
items = open_state(sys.argv[1]).items
generator = np.random.default_rng(0)
for number in range(int(sys.argv[2])):
    vector = generator.standard_normal(int(sys.argv[3])).astype(np.float32)
    items.put(Item(f"item-{number}", vector_D=vector, model="m", picture=bytes(2000)))
    print(number, flush=True)
    if number >= 3 and number % 5 == 0:
        items.delete(f"item-{number - 3}")
        print(-(number - 3), flush=True)
"""


def test_acknowledged_writes_survive_a_kill(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'state'}"
    command = [sys.executable, "-c", WRITER, url, str(10 * WRITES), str(DIM)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=dict(os.environ))
    assert process.stdout is not None
    acknowledged: list[int] = []
    for line in process.stdout:
        acknowledged.append(int(line))
        if len(acknowledged) == WRITES // 2:
            process.send_signal(signal.SIGKILL)
            acknowledged += [int(late) for late in process.stdout.read().split("\n")[:-1]]
            break
    assert process.wait() == -signal.SIGKILL
    process.stdout.close()
    put = {number for number in acknowledged if number >= 0}
    deleted = {-number for number in acknowledged if number < 0}
    assert len(acknowledged) < 10 * WRITES, "it was killed on its way"

    state = open_state(url)
    index = LiveIndex(tmp_path / "index", _gallery())
    Follower(state.items, index, "m", lambda _: None).catch_up()
    lost = [number for number in put - deleted if index.vector(f"item-{number}") is None]
    assert set(lost) <= {max(put) - 3}  # its deletion may have been under way
    assert all(state.items.get(f"item-{number}") is not None for number in put)
    assert not [number for number in deleted if index.vector(f"item-{number}") is not None]
    state.close()


def test_a_kill_during_compaction_leaves_the_index_whole(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'state'}"
    state = open_state(url)
    generator = np.random.default_rng(1)
    index = LiveIndex(tmp_path / "index", _gallery())
    follower = Follower(state.items, index, "m", lambda _: None)
    for number in range(50):
        state.items.put(Item(f"item-{number}", vector_D=generator.standard_normal(DIM).astype(np.float32), model="m"))
    follower.catch_up()
    assert index.compact() is not None
    state.items.delete("item-7")
    compacting = """
import sys, threading
from pathlib import Path
from components.index.live import LiveIndex
from serving.state import open_state
from serving.state.follower import Follower
from tests.serving.test_state_durability import _gallery
state = open_state(sys.argv[1])
index = LiveIndex(Path(sys.argv[2]), _gallery())
Follower(state.items, index, "m", lambda _: None).catch_up()
print("ready", flush=True)
while True:
    index.compact()
"""
    process = subprocess.Popen(
        [sys.executable, "-c", compacting, url, str(tmp_path / "index")], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    deadline = time.monotonic() + 60
    while not _is_unfinished(tmp_path / "index"):
        assert time.monotonic() < deadline
    process.kill()
    process.wait()
    process.stdout.close()
    again = LiveIndex(tmp_path / "index", _gallery())
    Follower(state.items, again, "m", lambda _: None).catch_up()
    assert len(again) == 3 + 49
    assert again.vector("item-7") is None
    assert again.compact() is not None
    assert len(LiveIndex(tmp_path / "index", _gallery())) == 3 + 49
    state.close()


def _is_unfinished(folder: Path) -> bool:
    """Whether the latest generation is being written."""
    latest = max((path for path in folder.iterdir() if path.name.isdigit()), key=lambda path: path.name)
    return not (latest / MANIFEST).exists()


def _gallery() -> VectorIndex:
    return VectorIndex.build(np.eye(3, DIM, dtype=np.float32), ["a", "b", "c"], {"category": ["x", "y", None]})


def test_events_that_an_earlier_release_stored_stay(tmp_path: Path) -> None:
    path, former = tmp_path / "events.db", Event("user", "item", "view", 5.0)
    store = SqlEvents(sqlite_database(path, durable=False))
    store.append([former])
    store.close()
    with closing(sqlite3.connect(path)) as database:
        database.execute("ALTER TABLE events DROP COLUMN source")
    store = SqlEvents(sqlite_database(path, durable=False))
    later = Event("user", "item", "click", 6.0, propensity=0.5, source="new")
    store.append([later])
    assert store.last("user", 5) == [later, former]
    store.close()
