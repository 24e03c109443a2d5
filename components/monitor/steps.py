"""The steps of the monitor: collect → check → compare → record."""

import json
import time
from pathlib import Path

import numpy as np
import pandas as pd

from components.lifecycle.call import Call
from components.lifecycle.results import Failure, Release, Step
from components.lifecycle.tracking import MODELS, client, experiment_named, is_registry_empty
from components.monitor.champions import age, champions, concerned, looks, reads_events, trained_days
from components.monitor.compare import Held, days_of, looked, looks_until
from components.monitor.conclusion import DRIFT, concluded
from components.monitor.counts import compare_counts
from components.monitor.demo import demonstrated
from components.monitor.judge import Reference
from components.monitor.page import overview, write_report
from components.monitor.report import Report
from components.monitor.settings import Settings, settings
from components.monitor.signals import Seen, unfolded
from components.system import Progress
from data.content import describe
from data.dataset import Content, Dataset
from data.errors import UserError
from data.files import write_json
from data.marks import Marks
from data.params import Strict, TablesParams
from data.project import home
from data.times import DAY_S
from data.traffic import collect, latest_day, place, read
from data.versioned import current, prepared

__all__ = ["Checked", "Gathered", "MonitorPlan", "Monitored", "Recorded", "monitor", "newly_lasting"]

EXPERIMENT = "monitor"
PURPOSE = "What is served, beside what was trained on: a run a look, with its page."
FIRST_WEEK, TRAINING = "the first days of this release", "the training data of"


class MonitorPlan(Strict):
    """system: whose signals; None: of all. days: how far back. demo: a simulated world instead of what is served."""

    now_s: int
    system: str | None = None
    days: int = 14
    demo: bool = False

    @property
    def folder(self) -> Path:
        return home() / "monitor" / ("demo" if self.demo else self.system or "all")


class Gathered(Step):
    files: int
    rows: int
    erased: int

    @property
    def said(self) -> str:
        return f"{self.rows:,} requests of {self.files} files are new; {self.erased} rows of people who left are gone"


class Checked(Step):
    """The suites of the tables on the latest day. docs: the page of the validation."""

    failures: tuple[Failure, ...]
    checks: int
    docs: str

    @property
    def said(self) -> str:
        return "; ".join(
            [f"{len(self.failures)} of {self.checks} checks failed", *(one.message for one in self.failures)]
        )


class Recorded(Strict):
    """The page, the run of MLflow that has it too, and a picture of the signals."""

    page: str
    run_id: str
    picture: str

    @property
    def said(self) -> str:
        return f"run {self.run_id} of MLflow"


class Monitored(Strict):
    """The result of a run; `error` is the sentence of a failed one."""

    report: Report | None
    checked: Checked | None
    recorded: Recorded | None
    seconds: dict[str, float]
    error: str | None


def monitor(plan: MonitorPlan, progress: Progress, call: Call) -> None:
    """Look at the traffic and record what is found."""
    if not plan.demo:
        call("collect", gather, plan)
        call("check", checked, plan)
    found = call("compare", compared, plan, progress)
    call("record", record, plan, found)


def gather(plan: MonitorPlan) -> Gathered:
    """Turn what the service logged into tables."""
    files, rows, erased = collect(plan.now_s)
    return Gathered(files=files, rows=rows, erased=erased)


def checked(plan: MonitorPlan) -> Checked:
    """Run the suites of `requests` and `answers` on the latest day.

    Raises:
        UserError: nothing was logged, or rows are wrong that nothing may be concluded from.
    """
    from data.validation import check

    day = latest_day()
    if day is None:
        raise UserError(
            "no request was logged yet; serve discovery with `corkboard serve discovery` and use it, or look at "
            "`corkboard monitor --demo`"
        )
    tables = {name: Content(**facts) for name, facts in describe(day).items() if facts["rows"]}
    dataset = Dataset("traffic", day, day.name, "own", simulated=False, tables=tables)
    params = TablesParams(source="tables", licence="own", path=day)
    result = check(dataset, params, home() / "monitor" / "docs", lambda *_: None, plan.now_s)
    failures = tuple(Failure.model_validate(one) for one in result.failures)
    wrong = [one for one in failures if one.severity == "critical" and one.check != "table has rows"]
    if wrong:
        raise UserError(
            f"the log of {day.name} fails {len(wrong)} checks, first: {wrong[0].message}; see {result.docs}"
        )
    return Checked(failures=failures, checks=result.checks, docs=str(result.docs))


def compared(plan: MonitorPlan, progress: Progress) -> Report:
    """Every signal at every look, held against training and the first days of the release."""
    known = settings()
    if plan.demo:
        return demonstrated(known, lambda doing, done, total: progress(doing, done, total, {}))
    named = {} if is_registry_empty() else champions()
    if plan.system is not None and plan.system not in named:
        raise UserError(f"{plan.system} has no champion that could be watched; run `corkboard run {plan.system}` first")
    requests, answers = read(plan.now_s - plan.days * DAY_S, plan.now_s)
    requests = requests[~requests["shadow"]]
    if requests.empty:
        raise UserError(f"no request was logged in the last {plan.days} days; is discovery served, and asked?")
    requests = unfolded(requests)
    marks = Marks(place())
    vectors = looks(named, marks)
    notes: list[str] = []
    held, datasets = _held(requests, answers, vectors, named, known, marks, notes)
    times = looks_until(plan.now_s, int(requests["time_s"].min()))
    series = [
        one.model_copy(update={"systems": concerned(one.name, named, datasets.get(one.against))})
        for one in looked(requests, answers, vectors, held, times, known)
    ]
    series += compare_counts(plan.now_s, [*named], known.counts, notes)
    if not series:
        notes.append("too little was asked so far to say whether anything changed")
    chosen = [one for one in series if plan.system in (None, *one.systems)]
    ages = [age(one, plan.now_s, known) for name, one in named.items() if plan.system in (None, name)]
    return concluded(plan.system, plan.now_s, requests, chosen, ages, known, notes)


def _held(
    requests: pd.DataFrame,
    answers: pd.DataFrame,
    vectors: dict[str, np.ndarray],
    named: dict[str, Release],
    known: Settings,
    marks: Marks,
    notes: list[str],
) -> tuple[list[Held], dict[str, str]]:
    """What the signals are held against, and by its name the data set that it is."""
    latest = requests["release"].tail(known.least_rows).mode()[0]  # most of them: a challenger answers a few
    own = requests[requests["release"] == latest]
    first_s = int(own["time_s"].min())
    week = days_of(own, answers, vectors, first_s, known.settle_days)
    held, datasets = [], {}
    for name in sorted({one.dataset for system, one in named.items() if reads_events(system)}):
        if not prepared(name) or "events" not in current(name).tables:
            continue
        days: list[Seen] = trained_days(current(name), vectors, marks, known)
        against = f"{TRAINING} {name}"
        held.append(Held(Reference(days, known), against))
        datasets[against] = name
    if not held:
        notes.append("no champion's log is prepared here, so events are held against the first days of the release")
    held.append(Held(Reference([day.part(of_events=False) if datasets else day for day in week], known), FIRST_WEEK))
    return held, datasets


def record(plan: MonitorPlan, report: Report) -> Recorded:
    """Write the page, and log it with the figures as a run of MLflow."""
    from mlflow.entities import Metric

    page, picture = plan.folder / "report.html", plan.folder / "signals.png"
    write_report(page, report)
    picture.write_bytes(overview(report))
    write_json(plan.folder / "report.json", report.model_dump(mode="json"))
    metrics = [Metric(name, value, plan.now_s * 1000, 0) for name, value in _figures(report).items()]
    metrics += [
        Metric(f"{_plain(one.name)}/{what}", getattr(point, what), point.time_s * 1000, step)
        for one in report.series
        for step, point in enumerate(one.points)
        for what in ("size", "limit")
        if np.isfinite(getattr(point, what))
    ]
    tracker = client()
    tags = {"alarms": str(len(report.alarms)), "simulated": str(plan.demo).lower()}
    run = tracker.create_run(
        experiment_named(EXPERIMENT, PURPOSE, MODELS),
        tags=tags,
        run_name=time.strftime("%Y-%m-%d %H:%M", time.gmtime(plan.now_s)) + (" demo" if plan.demo else ""),
    )
    status = "FAILED"
    try:
        for start in range(0, len(metrics), 1000):
            tracker.log_batch(run.info.run_id, metrics[start : start + 1000])
        for file in (page, picture, plan.folder / "report.json"):
            tracker.log_artifact(run.info.run_id, str(file))
        status = "FINISHED"
    finally:
        tracker.set_terminated(run.info.run_id, status)
    return Recorded(page=str(page), run_id=run.info.run_id, picture=str(picture))


def _figures(report: Report) -> dict[str, float]:
    figures: dict[str, float] = {"alarms": len(report.alarms), "requests": report.requests, "people": report.people}
    for route in report.routes:
        figures |= {f"{_plain(route.route)}/{what}": getattr(route, what) for what in ("p50_ms", "p99_ms", "errors")}
    return figures | {f"{one.system}/trained_days": one.trained_days for one in report.ages}


def _plain(name: str) -> str:
    """A name as MLflow takes it."""
    return "".join(char if char.isalnum() or char in "_-. /" else "-" for char in name).replace("//", "/")


def newly_lasting(report: Report) -> list[str]:
    """The systems to train again now, each once for one change; remembered in the state folder."""
    path = home() / "monitor" / "retrained.json"
    told: dict[str, list[str]] = json.loads(path.read_text()) if path.is_file() else {}
    begun = {
        name: {one.name for one in report.series if one.lasting and one.concern in DRIFT and name in one.systems}
        for name in report.retrain
        if report.system in (None, name)
    }
    fresh = [name for name, signals in begun.items() if signals - set(told.get(name, ()))]
    others = {name: signals for name, signals in told.items() if report.system not in (None, name)}
    write_json(path, others | {name: sorted(signals) for name, signals in begun.items()})
    return fresh
