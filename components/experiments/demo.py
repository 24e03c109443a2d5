"""An experiment with known truth: simulated people, a change that is better for the new ones, and a guardrail."""

import numpy as np
import pandas as pd

from components.experiments.design import Experiment
from components.experiments.store import Store
from components.metrics import Mean, Metric, Ratio
from data.times import DAY_S

__all__ = ["DEMO", "demo"]

DEMO = Experiment(
    name="larger-pictures",
    layer="home",
    arms={"control": 0.5, "larger": 0.5},
    metrics=(
        Metric(name="saves", statistic=Mean(column="saves"), direction="higher"),
        Metric(name="saves_per_view", statistic=Ratio(numerator="saves", denominator="views"), direction="higher"),
        Metric(name="hides", statistic=Mean(column="hides"), direction="lower"),
        Metric(name="searches", statistic=Mean(column="searches"), direction="higher"),
    ),
    covariates=("saves_before",),
    guardrails={"hides": 0.1},
    segments=("tenure", "country"),
)
UNITS, START_S = 8000, 1_767_225_600
LIFT = {"new": 0.25, "old": 0.0}


def demo(store: Store) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Outcomes a visit and what is known of units before, after `DEMO` ran in `store`; and the time of its end.

    Saves rise by `LIFT`; nothing else changes. Simulated: no figure here is of real people.
    """
    generator = np.random.default_rng(0)
    store.start(DEMO, START_S)
    ids = [f"u{number}" for number in range(UNITS)]
    exposed_U = START_S + generator.integers(0, DEMO.days * DAY_S - 3600, UNITS)
    arm_U = np.array(store.expose_all(DEMO.name, dict(zip(ids, exposed_U.tolist(), strict=True))))
    tenure_U = generator.choice(list(LIFT), UNITS)
    eager_U = generator.gamma(2, 0.5, UNITS)
    units = pd.DataFrame(
        {
            "unit_id": ids,
            "saves_before": generator.poisson(6 * eager_U),
            "tenure": tenure_U,
            "country": generator.choice(["BR", "DE", "US"], UNITS),
        }
    )
    unit_N = np.repeat(np.arange(UNITS), generator.poisson(2, UNITS))
    views_N = 1 + generator.poisson(9, len(unit_N))
    lift_U = np.where(arm_U == "larger", [LIFT[name] for name in tenure_U], 0.0)
    outcomes = pd.DataFrame(
        {
            "unit_id": np.array(ids)[unit_N],
            "time_s": exposed_U[unit_N] + generator.integers(0, 3600, len(unit_N)),
            "views": views_N,
            "saves": generator.poisson(0.1 * views_N * eager_U[unit_N] * (1 + lift_U[unit_N])),
            "hides": generator.poisson(0.3, len(unit_N)),
            "searches": generator.poisson(0.5, len(unit_N)),
        }
    )
    return outcomes, units, START_S + DEMO.days * DAY_S
