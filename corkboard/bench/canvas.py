"""Pictures made to order: the time of one in process, and twenty people at once over HTTP.

There is no peer: the bar stands beside the time of a picture in 8 steps with guidance on one thread.
"""

import statistics
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from corkboard.bench._row import Row

__all__ = ["run"]

BAR_MS = 400.0
STEPS, PICTURES, WARM_UP = 8, 20, 2
AT_ONCE, MINUTES = 20, 1.0
CANCELLED = 5  # one of so many jobs of a person
SETTLED = 0.2  # share of the time after which memory is compared
PAUSE_S = 0.5


def run(minutes: float = MINUTES, bundle: Path | None = None) -> list[Row]:
    """Rows of the champion of role `make`, or of `bundle`. minutes: how long twenty people ask at once.

    Raises:
        UserError: there is no champion, or the service does not start.
    """
    from components.message import Message, answer_one
    from components.roles import MAKE
    from components.system import load_system
    from corkboard.bench._service import ROOT, champion_bundle
    from serving.discovery.declared import filling
    from serving.process import ONE_THREAD, free_port, running

    system = load_system(filling(MAKE))
    bundle = bundle or champion_bundle(system.name)
    maker = system.open_role(bundle)
    request = Message(system.Request.model_validate({"steps": STEPS}))
    taken_ms = []
    for _ in range(WARM_UP + PICTURES):
        start = time.perf_counter()
        answer_one(maker.answers, request)
        taken_ms.append((time.perf_counter() - start) * 1e3)
    median_ms = statistics.median(taken_ms[WARM_UP:])
    rows = [Row(f"a picture in {STEPS} steps, one thread, p50", median_ms, BAR_MS, "ms")]
    port = free_port()
    command = [sys.executable, "-m", "corkboard.bench._maker", system.name, str(bundle), str(port)]
    with running(command, port, ONE_THREAD | {"PYTHONPATH": str(ROOT)}) as address:
        return rows + _loaded(address, 60 * minutes)


def _loaded(address: str, load_s: float) -> list[Row]:
    """Twenty people who ask again as soon as they have a picture; each cancels every fifth job as it waits or runs."""
    counts: list[Counter[str]] = [Counter() for _ in range(AT_ONCE)]
    end = time.monotonic() + load_s
    people = [
        threading.Thread(target=_ask, args=(address, str(number), end, counts[number])) for number in range(AT_ONCE)
    ]
    for person in people:
        person.start()
    time.sleep(SETTLED * load_s)
    before_mb = _memory_mb(address)
    time.sleep(max(0.0, end - time.monotonic()))
    growth = 100 * (_memory_mb(address) / before_mb - 1)
    for person in people:
        person.join()
    total: Counter[str] = sum(counts, Counter())
    return [
        Row("pictures made, twenty at once", float(total["made"]), None, "pictures"),
        Row("jobs cancelled", float(total["cancelled"]), None, "jobs"),
        Row("told to come again later", float(total["full"]), None, "requests"),
        Row("jobs cancelled that were not to be, or the reverse", float(total["wrong"]), 0.0, "jobs"),
        Row("errors", float(total["error"]), 0.0, "requests"),
        Row("memory growth once settled", growth, 5.0, "%"),
    ]


def _ask(address: str, person: str, end: float, counts: "Counter[str]") -> None:
    """What one person does until `end`; the answers are counted."""
    import httpx

    with httpx.Client(base_url=address, timeout=60) as client:
        for number in range(1_000_000):
            if time.monotonic() > end:
                return
            try:
                counts[_one(client, person, number)] += 1
            except (httpx.HTTPError, KeyError, ValueError):
                counts["error"] += 1
                time.sleep(PAUSE_S)


def _one(client: Any, person: str, number: int) -> str:
    """Start a job, follow it, and fetch its picture or cancel it: what it came to."""
    asked = {"steps": STEPS, "seed": 1000 * int(person) + number}
    started = client.post(f"/v1/jobs?count=1&person={person}", json=asked).raise_for_status().json()
    if "full" in started:
        time.sleep(PAUSE_S)
        return "full"
    job = f"/v1/jobs/{started['job_id']}"
    is_unwanted = number % CANCELLED == CANCELLED - 1
    if is_unwanted:
        client.post(f"{job}/cancel").raise_for_status()
    while True:
        facts = client.get(job, params={"after": started["version"]}).raise_for_status().json()
        started = facts
        if facts["state"] in ("waiting", "running"):
            continue
        if facts["state"] == "failed":
            return "error"
        if (facts["state"] == "cancelled") != is_unwanted:
            return "wrong"
        if is_unwanted:
            return "cancelled"
        made = client.get(f"{job}/pictures/0").raise_for_status().json()
        return "made" if made["seed"] == asked["seed"] else "wrong"


def _memory_mb(address: str) -> float:
    import httpx

    return float(httpx.get(f"{address}/memory", timeout=60).raise_for_status().text)
