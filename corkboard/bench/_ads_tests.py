"""A/B tests of ways to hold auctions, by the platform's own experiments, read every day.

What each person would do under either way is known, so that the truth is, too. Each way has budgets of its own, as
where budgets are split between arms: otherwise one arm would spend what the other lacks.

Legend: P people, D days, L looks.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = ["tested"]

ALIKE, DIFFERENT = 1000, 200  # tests of A/A and of A/B
METRICS = ("revenue", "clicks")


def tested(outcomes: Mapping[str, Any], whole: str, arms: tuple[str, ...], exposed_P: np.ndarray) -> dict[str, float]:
    """False alarms of A/A, and of A/B how often the truth is found and lies in the interval of every look.

    outcomes: by arm, each (P, D). exposed_P: the day of a person's first visit; beyond all days: they never come.
    """
    people_U = np.flatnonzero(exposed_P < outcomes[whole].revenue.shape[1])
    names, day_U = [f"user-{person:05d}" for person in people_U], exposed_P[people_U]

    def so_far(arm: str, metric: str) -> np.ndarray:
        return np.asarray(getattr(outcomes[arm], metric)[people_U].cumsum(axis=1))

    found: dict[str, float] = {}
    for metric in METRICS:
        control_UL = so_far(whole, metric)
        alike = np.array([_told(number, names, day_U, control_UL, control_UL) for number in range(ALIKE)])
        found |= {
            f"{metric}: false alarms of {ALIKE:,} A/A, {rule}": float(alike[:, place].mean())
            for place, rule in enumerate(("looks planned", "always valid", "peeking at 1.96"))
        }
    for arm in arms:
        pair = so_far(whole, "revenue"), so_far(arm, "revenue")
        told = np.array([_told(number, names, day_U, *pair) for number in range(DIFFERENT)])
        planned, once, covered = told[:, 0], told[:, 3], told[:, 4]
        found[f"revenue against {arm}: found by looks planned"] = float(planned.mean())
        found[f"revenue against {arm}: found by one look at the end"] = float(once.mean())
        if once.any():
            found[f"revenue against {arm}: of these kept by looks planned"] = float(planned[once].mean())
        found[f"revenue against {arm}: truth within the interval of every look"] = float(covered.mean())
    return found


def _told(
    number: int, names: list[str], day_U: np.ndarray, control_UL: np.ndarray, arm_UL: np.ndarray
) -> tuple[bool, bool, bool, bool, bool]:
    """Whether looks planned, always valid, peeking and one look at the end find anything, and planned ones cover."""
    from components.experiments.assignment import arm_of
    from components.experiments.design import Experiment
    from components.experiments.sequential import always_valid, information_of, spending_bounds
    from components.metrics import means
    from corkboard.bench.experiments import at_looks

    test = Experiment(name=f"ads-{number}", arms={"a": 0.5, "b": 0.5}, metrics=means(["value"]))
    one_U = np.array([arm_of(test, name) == "b" for name in names])
    looks = at_looks(day_U, np.where(one_U[:, None], arm_UL, control_UL), one_U)
    count = len(looks.z)
    planned_L = spending_bounds(information_of(looks.moved_LU), np.arange(1, count + 1) / count)
    always_L = always_valid(looks.information_L / looks.information_L[0] / count)
    there_UL = day_U[:, None] <= np.arange(count)
    truth_L = ((arm_UL - control_UL) * there_UL).sum(axis=0) / there_UL.sum(axis=0)
    size_L = np.abs(looks.z)
    return (
        bool((size_L > planned_L).any()),
        bool((size_L > always_L).any()),
        bool((size_L > 1.96).any()),
        bool(size_L[-1] > 1.96),
        bool((np.abs(looks.difference_L - truth_L) <= planned_L * looks.se_L).all()),
    )
