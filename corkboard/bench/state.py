"""The state of a service beside bare SQLite with the same pragmas: events, and items until searches find them."""

import sqlite3
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from corkboard.bench._row import Row

__all__ = ["run"]

TURNS, DIM, GALLERY = 300, 256, 10_000
USERS_EVENTS, READ = 2_000, 100
PICTURE_BYTES = 50_000
SCHEMAS = (
    "CREATE TABLE events (number INTEGER PRIMARY KEY, user TEXT, item TEXT, action TEXT, time_s REAL)",
    "CREATE INDEX by_user ON events (user, time_s)",
    "CREATE TABLE items (item TEXT PRIMARY KEY, vector BLOB, picture BLOB)",
)


def run(turns: int = TURNS) -> list[Row]:
    """Write and read events and items, both sides in turns."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return [*_events(folder, turns), *_items(folder, turns)]


def _events(folder: Path, turns: int) -> list[Row]:
    from serving.state import Event, open_state

    state = open_state(f"sqlite:///{folder / 'events'}")
    bare = _bare(folder / "events.db", "NORMAL")
    state.events.append([Event("user", f"item-{number}", "view", number) for number in range(USERS_EVENTS)])
    rows = [("user", f"item-{number}", "view", number) for number in range(USERS_EVENTS)]
    bare.executemany("INSERT INTO events (user, item, action, time_s) VALUES (?, ?, ?, ?)", rows)
    bare.commit()

    def ours(number: int) -> None:
        state.events.append([Event("user", f"item-{number}", "view", number)])
        assert state.events.last("user", READ)[0].time_s == number

    def peer(number: int) -> None:
        bare.execute("INSERT INTO events (user, item, action, time_s) VALUES ('user', 'item', 'view', ?)", (number,))
        bare.commit()
        bare.execute("SELECT * FROM events WHERE user = 'user' ORDER BY time_s DESC LIMIT ?", (READ,)).fetchall()

    taken_ms: tuple[list[float], list[float]] = ([], [])
    for number in range(USERS_EVENTS, USERS_EVENTS + turns):
        taken_ms[0].append(_ms(partial(ours, number)))
        taken_ms[1].append(_ms(partial(peer, number)))
    read_ms = [_ms(lambda: state.events.last("user", READ)) for _ in range(turns)]
    state.close()
    bare.close()
    name = "bare sqlite3, synchronous=NORMAL"
    return [
        *_rows(f"event written until the last {READ} are read", taken_ms, name),
        *_rows(f"last {READ} events of a user", (read_ms, taken_ms[1]), f"{name}, write and read"),
    ]


def _items(folder: Path, turns: int) -> list[Row]:
    from components.index import VectorIndex
    from components.index.live import LiveIndex
    from serving.state import Item, open_state
    from serving.state.follower import Follower

    generator = np.random.default_rng(0)
    vectors_ND = generator.standard_normal((GALLERY + turns, DIM), dtype=np.float32)
    vectors_ND /= np.linalg.norm(vectors_ND, axis=1, keepdims=True)
    index = LiveIndex(
        folder / "index", VectorIndex.build(vectors_ND[:GALLERY], [str(row) for row in range(GALLERY)], {})
    )
    state = open_state(f"sqlite:///{folder / 'items'}")
    follower = Follower(state.items, index, "m", lambda _: None)
    bare = _bare(folder / "items.db", "FULL")
    picture = generator.bytes(PICTURE_BYTES)
    taken_ms: tuple[list[float], list[float]] = ([], [])

    def ours(row: int, vector_D: np.ndarray) -> None:
        state.items.put(Item(f"new-{row}", "Title", "dress", vector_D=vector_D, model="m", picture=picture))
        follower.catch_up()
        assert index.search(vector_D[None], 10)[0][0].item_id == f"new-{row}"

    def peer(row: int, vector_D: np.ndarray) -> None:
        bare.execute("INSERT INTO items VALUES (?, ?, ?)", (str(row), vector_D.tobytes(), picture))
        bare.commit()

    for row in range(GALLERY, GALLERY + turns):
        taken_ms[0].append(_ms(partial(ours, row, vectors_ND[row])))
        taken_ms[1].append(_ms(partial(peer, row, vectors_ND[row])))
    state.close()
    bare.close()
    name = "bare sqlite3 insert, synchronous=FULL"
    return _rows("item with a 50 kB picture written until found", taken_ms, name)


def _bare(path: Path, synchronous: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    for schema in SCHEMAS:
        connection.execute(schema)
    return connection


def _ms(call: Callable[[], Any]) -> float:
    started = time.perf_counter()
    call()
    return 1e3 * (time.perf_counter() - started)


def _rows(metric: str, taken_ms: tuple[list[float], list[float]], peer_name: str) -> list[Row]:
    rows = []
    for share in (50, 99):
        ours, peer = (float(np.percentile(side, share)) for side in taken_ms)
        rows.append(Row(f"{metric}, p{share}", ours, peer, "ms", peer_name))
    return rows
