"""Pictures made to order: the time of one in process, and twenty at once through the queue of the composed service.

There is no peer: the bar stands beside the time of a picture in 8 steps with guidance on one thread.
"""

import re
import statistics
import time
from pathlib import Path
from typing import Any

__all__ = ["run"]

BAR_MS = 400.0
STEPS, PICTURES, WARM_UP = 8, 20, 2
AT_ONCE, LOAD_S = 20, 60.0


def run(bundle: Path | None = None, load_s: float = LOAD_S) -> list[dict[str, Any]]:
    """Rows of the champion of role `make`, or of `bundle`. load_s: how long twenty ask at once.

    Raises:
        UserError: there is no champion.
    """
    from components.message import Message, answer_one
    from components.roles import MAKE
    from components.system import load_system
    from corkboard.bench._service import champion_bundle
    from serving.discovery.declared import filling

    system = load_system(filling(MAKE))
    maker = system.open_role(bundle or champion_bundle(system.name))
    request = Message(system.Request.model_validate({"steps": STEPS}))
    taken_ms = []
    for _ in range(WARM_UP + PICTURES):
        start = time.perf_counter()
        answer_one(maker.answers, request)
        taken_ms.append((time.perf_counter() - start) * 1e3)
    median_ms = statistics.median(taken_ms[WARM_UP:])
    rows = [_row(f"a picture in {STEPS} steps, one thread, p50", median_ms, BAR_MS, "ms")]
    return rows + _loaded(maker, request, load_s)


def _loaded(maker: Any, request: Any, load_s: float) -> list[dict[str, Any]]:
    """Twenty people who ask again as soon as they have an answer; every fifth job is cancelled as it begins."""
    from serving.discovery.jobs import Full, Job, Jobs
    from serving.limits import threads

    jobs, begun = Jobs(threads()), maker.begin(request)
    before_mb, counts = 0.0, {"made": 0, "refused": 0, "wrong": 0, "asked": 0}
    known: dict[str, tuple[Job, bool]] = {}
    end = time.monotonic() + load_s
    while time.monotonic() < end or known:
        for person, (job, is_cancelled) in list(known.items()):
            if job.is_over:
                counts["made"] += job.state == "done"
                counts["wrong"] += job.state != ("cancelled" if is_cancelled else "done")
                del known[person]
        for person in (str(number) for number in range(AT_ONCE)):
            if person in known or time.monotonic() > end:
                continue
            try:
                job = jobs.add(person, [begun], STEPS)
            except Full:
                counts["refused"] += 1
                continue
            counts["asked"] += 1
            known[person] = job, counts["asked"] % 5 == 0
            if known[person][1]:
                jobs.cancel(job)
        time.sleep(0.02)
        if not before_mb and time.monotonic() > end - load_s / 2:
            before_mb = _memory_mb()
    growth = 100 * (_memory_mb() / before_mb - 1) if before_mb else 0.0
    jobs.stop()
    return [
        _row("pictures made, twenty at once", counts["made"], None, "pictures"),
        _row("jobs that ended otherwise than they should", counts["wrong"], None, "jobs"),
        _row("memory growth in the second half", growth, 5.0, "%"),
    ]


def _memory_mb() -> float:
    found = re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())
    assert found
    return int(found[1]) / 1024


def _row(metric: str, ours: float, bar: float | None, unit: str) -> dict[str, Any]:
    row = {"bench": "canvas", "metric": metric, "ours": ours, "peer": bar, "peer_name": "the bar" if bar else None}
    return {**row, "ratio": ours / bar if bar else None, "unit": unit}
