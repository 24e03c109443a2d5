"""The composed service under everything at once: 50 callers for ten minutes, errors counted and memory watched.

An answer that had to do without a system is an error, too.

Memory is what all processes of the service hold in proportion (PSS), so that pages they share count once.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from corkboard.bench._row import Row

__all__ = ["run", "soaked"]

MINUTES = 10.0
CALLERS = 50
PEOPLE = 200
HISTORY, POSTED = 500, 100  # events of each at the start, and in one request
EPOCH_S = 1_500_000_000
SETTLED = 0.2  # share of the time after which memory is compared: caches and pools are full then
EVERY_S = 2.0  # between two looks at the memory
BARS = {"errors": 0.0, "memory at the end over that when settled": 1.05}


def run(minutes: float = MINUTES) -> list[Row]:
    """Package what is released, start it over 10,000 items with a state of its own, and load it for `minutes`.

    Raises:
        UserError: the system that searches is not released, or the service does not start.
    """
    from components.roles import SEARCH
    from corkboard.bench._discovery import fill, waited
    from corkboard.bench._service import champion_bundle
    from corkboard.discovery import packaged
    from serving.discovery.declared import filling
    from serving.process import alone, free_port, running, serve_command

    tag, port = packaged(), free_port()
    with tempfile.TemporaryDirectory() as home:
        fill(Path(home), tag, champion_bundle(filling(SEARCH)))
        with running(serve_command(tag, "127.0.0.1", port), port, alone(home)) as address:
            items = waited(address)
            _live(address, items)
            result = soaked(port, items, minutes)
    print(f"{result}", file=sys.stderr)  # noqa: T201
    values = {
        "errors": float(sum(result["failures"].values())),
        "memory at the end over that when settled": result["growth"],
    }
    rows = [Row(metric, values[metric], bar, "") for metric, bar in BARS.items()]
    return [*rows, Row("requests", float(result["requests"]), None, "")]


def _live(address: str, items: Sequence[str]) -> None:
    """Give everybody as long a history as is read, so that requests do not grow in the course of the time."""
    import httpx

    with httpx.Client(base_url=address, timeout=60) as client:
        for number in range(PEOPLE):
            done = [(items[(number * 13 + place) % len(items)], place) for place in range(HISTORY)]
            for start in range(0, HISTORY, POSTED):
                events = [
                    {"user_id": f"soak-{number}", "item_id": item_id, "action": "click", "time_s": EPOCH_S + place}
                    for item_id, place in done[start : start + POSTED]
                ]
                client.post("/v1/events", json={"events": events}).raise_for_status()


def soaked(port: int, items: Sequence[str], minutes: float, callers: int = CALLERS) -> dict[str, Any]:
    """Load the service at `port` with every kind of request: what the load generator tells, `memory_mb` and `growth`.

    growth: the median of the memory in the last fifth of the time over that of the second fifth.
    """
    command = [sys.executable, "-m", "corkboard.bench._load", str(port), str(callers), str(minutes * 60)]
    root = Path(__file__).resolve().parents[2]
    requests = json.dumps(list(_requests(items))).encode()
    with _watched(port) as memory_mb:
        process = subprocess.run(command, cwd=root, input=requests, capture_output=True, check=True)
    fifth = max(1, int(len(memory_mb) * SETTLED))
    settled, end = statistics.median(memory_mb[fifth : 2 * fifth] or memory_mb), statistics.median(memory_mb[-fifth:])
    return json.loads(process.stdout) | {"growth": end / settled, "memory_mb": [round(mb, 1) for mb in (settled, end)]}


def _requests(items: Sequence[str]) -> Iterator[dict[str, str]]:
    """What people who look at pages ask for: pictures most, then the board, then what takes a network."""
    from corkboard.bench._load import make_request
    from corkboard.bench._service import form, picture

    searched, form_type = form(picture())
    for number in range(PEOPLE):
        one, other = items[number % len(items)], items[(number * 7 + 3) % len(items)]
        person = f"soak-{number}"
        event = {"user_id": person, "item_id": one, "action": ("view", "click", "save")[number % 3]}
        yield make_request("POST", "/v1/events", json.dumps({"events": [event]}).encode())
        yield make_request(
            "POST", "/v1/recommendations", json.dumps({"user_id": person, "explain": not number % 4}).encode()
        )
        yield make_request("GET", "/v1/items?k=30")
        for shown in items[number % 50 : number % 50 + 4]:
            yield make_request("GET", f"/v1/items/{shown}/picture")
        yield make_request("GET", f"/v1/items/{other}/related?k=12")
        yield make_request("POST", "/v1/search", searched, form_type)
        yield make_request("PUT", f"/v1/users/{person}/boards/wishes/items/{other}")
        yield make_request("GET", f"/v1/users/{person}/boards")


@contextmanager
def _watched(port: int) -> Iterator[list[float]]:
    """The memory of the service that listens at `port`, looked at in turns until the block ends."""
    processes = _processes(port)
    memory_mb: list[float] = [_pss_mb(processes)]
    over = threading.Event()

    def look() -> None:
        while not over.wait(EVERY_S):
            memory_mb.append(_pss_mb(processes))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield memory_mb
    finally:
        over.set()
        looking.join()
        memory_mb.append(_pss_mb(processes))


def _processes(port: int) -> list[Any]:
    """Whoever listens at `port`, what started it as part of BentoML, and all that those started."""
    import psutil

    listening = [connection for connection in psutil.net_connections("tcp") if connection.status == psutil.CONN_LISTEN]
    pid = next(
        connection.pid for connection in listening if connection.laddr.port == port and connection.pid is not None
    )
    first = psutil.Process(pid)
    while (parent := first.parent()) is not None and "bentoml" in " ".join(parent.cmdline()):
        first = parent
    return [first, *first.children(recursive=True)]


def _pss_mb(processes: Sequence[Any]) -> float:
    return sum(process.memory_full_info().pss for process in processes) / 1e6
