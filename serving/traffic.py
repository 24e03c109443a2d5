"""The log of requests and answers: lines of JSON that the monitor turns into the tables `requests` and `answers`.

People and items are in it under marks, hashes with a key that lies in the state folder: what a person was shown and did
belongs together, and nobody can be named. What is sampled are people, each wholly or not at all. A thread writes; when
it falls behind, rows are dropped and counted. Files are closed by size and by age, and the oldest deleted once all
together are too large.
"""

import hashlib
import json
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Full, Queue
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, Metric

from data.errors import UserError
from data.marks import Marks
from data.project import home

__all__ = ["SHADOW", "WATCHED", "Row", "Traffic", "logged_share", "open_traffic"]

WATCHED, SHADOW = "CORKBOARD_WATCHED", "CORKBOARD_SHADOW"
FOLDER = "traffic"
FILE_BYTES, MOST_BYTES, FILE_S = 4_000_000, 256_000_000, 60.0
WAITING = 2_000  # requests that wait for the thread
CLOSE_S = 5.0  # at the end of the service, for what waits

Rows = Callable[[], "list[Row]"]


@dataclass
class Row:
    """One thing that was asked or told: a request, or one event of several. person, item: marks; empty: none.

    answers: of each item that was shown, its mark, its score and its labels.
    """

    part: int = 0
    person: str = ""
    item: str = ""
    features: dict[str, float] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    answers: list[tuple[str, float | None, dict[str, str]]] = field(default_factory=list)


class Traffic:
    """Takes requests that were answered, and writes those of a share of people below `folder`."""

    def __init__(self, folder: Path, share: float, release: str, shadow: bool = False) -> None:
        self.marks = Marks(folder)
        self._folder, self._share = folder, share
        self._same = {"release": release, "shadow": shadow}
        self._queue: Queue[tuple[str, float, int, float, Rows] | None] = Queue(WAITING)
        self._series, self._number = secrets.token_hex(6), 0
        self.written = self.dropped = 0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._write, name="traffic", daemon=True)
        self._thread.start()

    def add(self, route: str, time_s: float, status: int, seconds: float, rows: Rows) -> None:
        """Log a request. rows: what to write of it; called in the thread, and only there."""
        try:
            self._queue.put_nowait((route, time_s, status, seconds, rows))
        except Full:
            self.dropped += 1

    def close(self) -> None:
        """Write what waits, unless the disk takes nothing."""
        self._closing.set()
        with suppress(Full):
            self._queue.put(None, timeout=CLOSE_S)
        self._thread.join(CLOSE_S)

    def register(self, registry: CollectorRegistry) -> None:
        """Have `/metrics` say how much is logged."""
        registry.register(self)

    def collect(self) -> Iterator[Metric]:
        """For the registry."""
        yield CounterMetricFamily("corkboard_traffic_rows", "rows of requests that were logged", value=self.written)
        what = "requests that were not logged, since the writer fell behind or failed"
        yield CounterMetricFamily("corkboard_traffic_dropped", what, value=self.dropped)

    def _write(self) -> None:
        """Until closed: a file at a time, which has its final name once nothing more comes."""
        more = True
        while more:
            name = f"{time.time_ns():020d}-{os.getpid()}-{self._series}.jsonl"
            open_path, until = self._folder / f"{name}.open", time.monotonic() + FILE_S
            size = 0
            try:
                with open_path.open("w", encoding="utf-8") as file:
                    while more and size < FILE_BYTES and (left_s := until - time.monotonic()) > 0:
                        try:
                            entry = self._queue.get(timeout=left_s)
                        except Empty:
                            break
                        if entry is None:
                            more = False
                        else:
                            size += self._lines(file, *entry)
                if size:
                    open_path.rename(self._folder / name)
                    self._bound()
                else:
                    open_path.unlink()
            except OSError:  # such as a full disk: the service goes on, and /metrics tells
                self.dropped += 1
                more = more and not self._closing.wait(1)

    def _lines(self, file: Any, route: str, time_s: float, status: int, seconds: float, rows: Rows) -> int:
        self._number += 1
        request_id = f"{self._series}-{self._number:x}"
        size = 0
        for row in rows():
            lot = row.person or hashlib.blake2b(request_id.encode(), digest_size=8).hexdigest()
            if int(lot[:8], 16) >= self._share * 2**32:
                continue
            facts = {"request_id": request_id, "route": route, "time_s": int(time_s), "status": status}
            facts |= {"ms": round(seconds * 1e3, 2), **self._same, **vars(row)}
            size += file.write(json.dumps(facts) + "\n")
            self.written += 1
        file.flush()
        return size

    def _bound(self) -> None:
        left = MOST_BYTES
        for path in sorted(self._folder.glob("*.jsonl"), reverse=True):
            with suppress(FileNotFoundError):  # collected meanwhile
                left -= path.stat().st_size
                if left < 0:
                    path.unlink()


def open_traffic(release: str) -> Traffic | None:
    """The log in the state folder; None where nothing is to be logged. Raises as `logged_share`."""
    share = logged_share()
    return Traffic(home() / FOLDER, share, release, bool(os.environ.get(SHADOW))) if share else None


def logged_share() -> float:
    """Of people those who are logged, by `CORKBOARD_WATCHED`; by default all.

    Raises:
        UserError: it is no number from 0 to 1.
    """
    given = os.environ.get(WATCHED) or "1"
    try:
        share = float(given)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise UserError(f"{WATCHED} is {given!r}; make it a share of people from 0 to 1")
    return share
