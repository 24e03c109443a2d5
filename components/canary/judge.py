"""What people did with either service, by the test of experiments, and what follows from it."""

import time
from contextlib import suppress
from typing import Literal

import pandas as pd

from components.canary.changes import GUARDRAILS, design, end
from components.canary.state import Canary, Live, canaries, live_of
from components.experiments.analysis import analyse
from components.experiments.checks import joined
from components.experiments.report import Report
from components.experiments.steps import opened_store
from components.lifecycle.rollback import promote_by_hand
from components.monitor.signals import EVENTS, WISHES
from data.errors import UserError
from data.params import Strict
from data.times import DAY_S
from data.traffic import collect, read

__all__ = ["Standing", "act", "promote", "standing"]


class Standing(Strict):
    """A challenger by now. report: of the experiment; null: nothing can be said, for the reason `open`."""

    canary: Canary
    live: Live
    report: Report | None
    open: str | None
    advice: Literal["go on", "stop", "promote"]


def standing(canary: Canary, now_s: int | None = None) -> Standing:
    """How a challenger stands; looking at it as often as one likes changes nothing."""
    live, now_s = live_of(canary), int(time.time()) if now_s is None else now_s
    if canary.mode == "shadow":
        return Standing(canary=canary, live=live, report=None, open="nobody sees its answers", advice="go on")
    collect(now_s)
    store = opened_store()
    _, started_s, stopped_s = store.get(canary.experiment)
    until_s = min(now_s, stopped_s or now_s)
    try:
        exposures = store.exposures(canary.experiment)
        rows = joined(exposures, outcomes(started_s, until_s, exposures))
        experiment = design(canary)
        moving = [one for one in experiment.metrics if one.name == "wishes" or _moves(rows, one.name)]
        kept = {name: limit for name, limit in GUARDRAILS.items() if name in {one.name for one in moving}}
        changed = experiment.model_copy(update={"metrics": tuple(moving), "guardrails": kept})
        report = analyse(changed, started_s, rows, until_s)
    except UserError as error:
        return Standing(canary=canary, live=live, report=None, open=str(error), advice="go on")
    advice: Literal["go on", "stop", "promote"] = "go on"
    if report.decision.startswith("Release"):
        advice = "promote"
    elif report.decision.startswith("Stop"):
        advice = "stop"
    return Standing(canary=canary, live=live, report=report, open=None, advice=advice)


def outcomes(since_s: int, until_s: int, exposures: pd.DataFrame) -> pd.DataFrame:
    """A row a person and day: requests that were answered, how long they took, and what was wished for.

    What came before the first exposure is left out.
    """
    requests, _ = read(since_s, until_s)
    rows = requests[~requests["shadow"] & requests["person"].notna()].rename(columns={"person": "unit_id"})
    rows = rows.merge(exposures[["unit_id", "time_s"]].rename(columns={"time_s": "first_s"}), on="unit_id")
    rows = rows[rows["time_s"] >= rows["first_s"]]
    told = rows["route"] == EVENTS
    action = rows["labels"].map(lambda labels: dict(labels).get("action", ""))
    rows = rows.assign(
        wishes=(told & action.isin(WISHES)).astype(float),
        requests=(~told).astype(float),
        answered=(~told & (rows["status"] < 500)).astype(float),
        ms=rows["ms"].where(~told, 0.0),
        day=(rows["time_s"] - since_s) // DAY_S,
    )
    figures = ["wishes", "requests", "answered", "ms"]
    made = rows.groupby(["unit_id", "day"], as_index=False)[figures].sum()
    times = rows.groupby(["unit_id", "day"], as_index=False)["time_s"].max()
    return made.merge(times, on=["unit_id", "day"]).drop(columns="day")


def _moves(rows: pd.DataFrame, name: str) -> bool:
    """Whether a ratio differs at all: where every request was answered, there is nothing to compare."""
    return bool((rows[name] != rows["requests"]).any())


def act(now_s: int | None = None) -> list[Standing]:
    """Stop or promote what its experiment and its policy say; how every challenger stands that was served."""
    found = [standing(one, now_s) for one in canaries() if one.ended_s is None]
    for one in found:
        if one.advice == "stop" and one.report is not None:
            with suppress(UserError):  # somebody ended it meanwhile
                end(one.canary.system, one.report.decision, now_s)
    for one in found:  # after all that are to stop: a promotion may fail
        if one.advice == "promote" and one.canary.by_policy:
            promote(one.canary, now_s)
    return found


def promote(canary: Canary, now_s: int | None = None) -> None:
    """Make the challenger the champion, and serve it as one. Raises `UserError` as `promote_by_hand`."""
    promote_by_hand(canary.system, canary.version)
    end(canary.system, f"version {canary.version} was promoted", now_s)
