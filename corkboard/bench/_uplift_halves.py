"""Uplift learned on one half of a randomised test and measured on the other, again and again.

Legend: R repeats.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from components.uplift.choose import By
from components.uplift.config import Method

__all__ = ["Halves", "answered", "halves"]


@dataclass(frozen=True)
class _Test:
    """floors: methods beside the chosen one. bar: normalised Qini to be reached. right: what should be chosen."""

    dataset: str
    outcome: str
    arm: str
    repeats: int
    floors: tuple[Method, ...]
    bar: float
    right: By


TESTS = (
    _Test("hillstrom", "visited", "womens", 20, ("response-linear", "t-linear"), 0.060, "uplift"),
    _Test("hillstrom", "visited", "mens", 20, ("response-linear", "t-linear"), 0.028, "response"),
    _Test("insurance", "bought", "mail", 10, ("response-trees", "t-trees"), 0.120, "uplift"),
)


@dataclass
class Halves:
    """Qini of what was chosen and of each floor (R,), and how it was chosen."""

    name: str
    bar: float
    right: By
    chosen: list[float] = field(default_factory=list)
    floors: dict[str, list[float]] = field(default_factory=dict)
    by: list[By] = field(default_factory=list)

    def gained(self, floor: str) -> tuple[float, float, float]:
        """The mean gain over a floor, and its 95 % interval, corrected for halves that share people.

        Source: Nadeau and Bengio 2003.
        """
        from scipy.stats import t

        gain_R = np.array(self.chosen) - np.array(self.floors[floor])
        half = float(t.ppf(0.975, len(gain_R) - 1) * gain_R.std(ddof=1) * np.sqrt(1 / len(gain_R) + 1))
        return float(gain_R.mean()), float(gain_R.mean()) - half, float(gain_R.mean()) + half


def halves() -> Iterator[Halves]:
    """Each test in turn, by the settings of a run."""
    from components.uplift.choose import choose, qini
    from components.uplift.config import Learning
    from components.uplift.learners import learn

    config = Learning()
    for test in TESTS:
        trial = _trial(test.dataset, test.outcome, test.arm)
        found = Halves(f"{test.dataset}_{test.arm}", test.bar, test.right, floors={one: [] for one in test.floors})
        for repeat in range(test.repeats):
            half_N = np.random.default_rng(repeat).permutation(len(trial.outcome_N)) % 2 == 0
            seen, held = trial.where(half_N), trial.where(~half_N)
            chosen = choose(seen, config)
            found.by.append(chosen.by)
            found.chosen.append(qini(chosen.gain.of(held.matrix_NC), held))
            for floor in test.floors:
                found.floors[floor].append(qini(learn(floor, seen, config).of(held.matrix_NC), held))
        yield found


def answered(dataset: str, outcome: str) -> dict[str, float]:
    """AUC of who answers, where everybody was asked: learned on 70 %, drawn at random, or the first in time."""
    from sklearn.metrics import roc_auc_score

    from components.uplift.config import Learning
    from components.uplift.learners import fit_model

    rows, matrix_NC = _read(dataset)
    outcome_N, count = rows[outcome].to_numpy(float), len(rows)
    orders = {"at_random": np.random.default_rng(0).permutation(count), "in_time": np.arange(count)}
    found = {}
    for name, order_N in orders.items():
        seen, held = np.split(order_N, [round(0.7 * count)])
        model = fit_model("trees", matrix_NC[seen], outcome_N[seen], "sigmoid", Learning())
        found[name] = float(roc_auc_score(outcome_N[held], model(matrix_NC[held])))
    return found


def _trial(dataset: str, outcome: str, arm: str) -> Any:
    """The arm against none, of all people of a data set."""
    from components.uplift.learners import Trial
    from data.params.messages import NONE

    rows, matrix_NC = _read(dataset, (arm, NONE))
    propensity = rows.groupby("arm")["propensity"].first()
    share = float(propensity[arm] / propensity.sum())
    return Trial(matrix_NC, (rows["arm"] == arm).to_numpy(float), rows[outcome].to_numpy(float), share)


def _read(dataset: str, arms: tuple[str, ...] | None = None) -> tuple[Any, Any]:
    """The messages of the arms, or all, in the order of the file, and the covariates of their people."""
    import tempfile
    from pathlib import Path

    from data.covariates import Covariates
    from data.params import MessageLogParams, load
    from data.sources.message_log import read

    params = load().datasets[dataset]
    assert isinstance(params, MessageLogParams)
    with tempfile.TemporaryDirectory() as folder:
        tables = read(params, Path(folder), lambda *_: None).tables
    rows = tables["messages"]
    rows = rows if arms is None else rows[rows["arm"].isin(arms)]
    known = tables["users"].set_index("user_id")["attributes"]
    people = [dict(known[user]) for user in rows["user_id"]]
    return rows, Covariates.learn(people).matrix(people)
