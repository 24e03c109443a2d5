"""Weights of the home feed's utility, tried on people of the simulated world by the platform's own experiment."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from corkboard.bench._closed_loop import Policies, lived
from corkboard.bench._row import Row
from data.times import DAY_S
from data.world.behaviour.log import user_name

__all__ = ["ARMS", "weighed"]

ARMS: dict[str, dict[str, float]] = {
    "as_set": {},
    "saves_alone": {"click": 0.0},
    "saves_twice_as_much": {"save": 8.0},
    "hides_twice_as_bad": {"hide": -16.0},
}
WORSE = 0.3  # share of hides more that would be too many


def weighed(
    policies: Policies, before: pd.DataFrame, created_s: Mapping[str, int], weights: dict[str, float]
) -> list[Row]:
    """What each arm changes in saves and hides a person, with the interval that holds at every look.

    weights: those that are set, of which an arm changes some. All live in one world, as arms of a real experiment do.
    """
    from components.experiments.analysis import analyse
    from components.experiments.checks import joined
    from components.experiments.design import Experiment
    from components.experiments.store import Store
    from components.metrics import Mean, Metric

    saves = Metric(name="saves", statistic=Mean(column="saves"), direction="higher")
    hides = Metric(name="hides", statistic=Mean(column="hides"), direction="lower")
    experiment = Experiment(
        name="weights-of-the-feed",
        arms=dict.fromkeys(ARMS, 1 / len(ARMS)),
        metrics=(saves, hides),
        covariates=("saves_before",),
        guardrails={"hides": WORSE},
    )
    visits = policies.loop.visits()
    first_s: dict[str, int] = {}
    for visit in visits:
        first_s.setdefault(user_name(visit.person), visit.time_s)
    start_s = visits[0].time_s
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "experiments.db")
        store.start(experiment, start_s)
        arm_of = dict(zip(first_s, store.expose_all(experiment.name, first_s), strict=True))
        exposures = store.exposures(experiment.name)
    feeds = {arm: policies.feed(utility=weights | changed) for arm, changed in ARMS.items()}

    def page(visit: Any, user: str, history: Any) -> list[str]:
        return feeds[str(arm_of[user])](visit, user, history)

    outcome = lived(page, policies.loop, visits, before, created_s)
    own = before[before["action"] == "save"]["user_id"].value_counts()
    units = pd.DataFrame({"unit_id": list(first_s), "saves_before": [int(own.get(user, 0)) for user in first_s]})
    examples = joined(exposures, pd.DataFrame(outcome.rows), units)
    report = analyse(experiment, start_s, examples, start_s + experiment.days * DAY_S)
    return [
        Row(f"weights, {one.arm}: {one.metric} a person, relative change, {side}", value, 0.0, "1", experiment.control)
        for one in report.comparisons
        for side, value in (("mean", one.relative), ("low", one.low), ("high", one.high))
    ]
