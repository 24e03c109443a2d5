"""What Prometheus is told of flows, the worker, the monitor and challengers; discovery tells of itself."""

import json
import time
from collections import Counter, deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from prometheus_client.core import GaugeMetricFamily, Metric
from pydantic import ValidationError

from components.canary.state import canaries, live_of
from components.monitor.report import Report
from data.project import home
from flows.server import POOL, credentials

__all__ = ["Exporter"]

PAST = timedelta(days=1)
PAGE, MOST_RUNS = 200, 2000
ANSWER_S, KEPT_S = 5.0, 10.0


class Exporter:
    """A collector of `prometheus_client`. prefect: the address of its API; None: there is none."""

    def __init__(self, prefect: str | None) -> None:
        self._prefect = prefect
        self._kept: deque[Metric] = deque()
        self._kept_s = -KEPT_S

    def collect(self) -> Iterator[Metric]:
        """For the registry; asked anew after some seconds only."""
        if time.monotonic() - self._kept_s >= KEPT_S:
            self._kept = deque([*self._flows(), *_monitored(time.time()), *_challengers()])
            self._kept_s = time.monotonic()
        yield from self._kept

    def _flows(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("corkboard_prefect_up", "1 while Prefect's server answers")
        try:
            found = _runs(self._prefect) if self._prefect else None
            workers = _ask(f"{self._prefect}/work_pools/{POOL}/workers/filter", {}) if self._prefect else []
        except httpx.HTTPError:
            found, workers = None, []
        up.add_metric((), found is not None)
        yield up
        if found is None:
            return
        runs = GaugeMetricFamily("corkboard_flow_runs", "runs due in the last 24 hours", labels=("flow", "state"))
        for key, count in Counter((flow, run["state_name"] or "none") for flow, run in found).items():
            runs.add_metric(key, count)
        yield runs
        took = GaugeMetricFamily("corkboard_flow_last_seconds", "how long the latest run took", labels=("flow",))
        for flow, run in {flow: run for flow, run in reversed(found) if run["end_time"]}.items():
            took.add_metric((flow,), run["total_run_time"])
        yield took
        silent = GaugeMetricFamily("corkboard_worker_silent_seconds", "since its last heartbeat", labels=("worker",))
        for worker in workers:
            if worker["last_heartbeat_time"]:
                beat = datetime.fromisoformat(worker["last_heartbeat_time"])
                silent.add_metric((worker["name"],), max(0.0, (datetime.now(UTC) - beat).total_seconds()))
        yield silent


def _runs(api: str) -> list[tuple[str, dict[str, Any]]]:
    """Runs with the name of their flow, the latest first."""
    names = {one["id"]: one["name"] for one in _ask(f"{api}/flows/filter", {})}
    due = {
        "expected_start_time": {
            "after_": (datetime.now(UTC) - PAST).isoformat(),
            "before_": datetime.now(UTC).isoformat(),
        }
    }
    found: list[tuple[str, dict[str, Any]]] = []
    while len(found) < MOST_RUNS:
        page = {"sort": "EXPECTED_START_TIME_DESC", "limit": PAGE, "offset": len(found), "flow_runs": due}
        runs = _ask(f"{api}/flow_runs/filter", page)
        found += [(names.get(run["flow_id"], "unknown"), run) for run in runs]
        if len(runs) < PAGE:
            break
    return found


def _ask(url: str, body: dict[str, Any]) -> list[dict[str, Any]]:
    answer = httpx.post(url, json=body, timeout=ANSWER_S, auth=credentials())
    answer.raise_for_status()
    content: list[dict[str, Any]] = answer.json()
    return content


def _monitored(now_s: float) -> Iterator[Metric]:
    """The latest look of the monitor at everything."""
    path = home() / "monitor" / "all" / "report.json"
    if not path.is_file():
        return
    try:
        report = Report.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except ValidationError:  # written by another version; the monitor's next look replaces it
        return
    yield GaugeMetricFamily("corkboard_monitor_alarms", "what is not as it should be", value=len(report.alarms))
    yield GaugeMetricFamily("corkboard_monitor_age_seconds", "since the look", value=max(0.0, now_s - report.until_s))
    share = GaugeMetricFamily("corkboard_monitor_signal", "size as a share of its limit", labels=("signal", "against"))
    for one in report.series:
        share.add_metric((one.name, one.against), one.points[-1].size / (one.points[-1].limit or 1.0))
    yield share
    age = GaugeMetricFamily("corkboard_champion_trained_days", "since a champion was trained", labels=("system",))
    stale = GaugeMetricFamily("corkboard_champion_stale", "1 where what it builds on was replaced", labels=("system",))
    for champion in report.ages:
        age.add_metric((champion.system,), champion.trained_days)
        stale.add_metric((champion.system,), bool(champion.stale))
    yield from (age, stale)


def _challengers() -> Iterator[Metric]:
    labels = ("system", "arm")
    asked = GaugeMetricFamily("corkboard_canary_requests", "requests since the service began", labels=labels)
    failed = GaugeMetricFamily("corkboard_canary_errors", "of them those that failed", labels=labels)
    for one in canaries():
        if one.ended_s is None:
            live = live_of(one)
            for name, arm in (("champion", live.champion), ("challenger", live.challenger)):
                asked.add_metric((one.system, name), arm.requests)
                failed.add_metric((one.system, name), arm.errors)
    yield from (asked, failed)
