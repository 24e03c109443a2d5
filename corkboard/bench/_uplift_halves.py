"""Uplift learned on one half of a randomised test and measured on the other, again and again.

Legend: R repeats.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from components.uplift.config import Method

__all__ = ["Halves", "halves"]

FOLDS, REPEATS = 3, 1  # of the choice in each half
TESTS: tuple[
    tuple[str, str, int, str, tuple[Method, ...], float], ...
] = (  # data set, outcome, repeats, arm, floors, normalised Qini to be reached
    ("hillstrom", "visited", 20, "womens", ("response-linear", "t-linear"), 0.060),
    ("hillstrom", "visited", 20, "mens", ("response-linear", "t-linear"), 0.028),
    ("insurance", "bought", 10, "mail", ("response-trees", "t-trees"), 0.120),
)


@dataclass
class Halves:
    """Qini of what was chosen and of each floor (R,), and what was chosen."""

    name: str
    bar: float
    chosen: list[float] = field(default_factory=list)
    floors: dict[str, list[float]] = field(default_factory=dict)
    by: list[str] = field(default_factory=list)

    def gained(self, floor: str) -> tuple[float, float, float]:
        """The mean gain over a floor, and its 95 % interval, corrected for halves that share people.

        Source: Nadeau and Bengio 2003.
        """
        from scipy.stats import t

        gain_R = np.array(self.chosen) - np.array(self.floors[floor])
        half = float(t.ppf(0.975, len(gain_R) - 1) * gain_R.std(ddof=1) * np.sqrt(1 / len(gain_R) + 1))
        return float(gain_R.mean()), float(gain_R.mean()) - half, float(gain_R.mean()) + half


def halves(most: int | None = None) -> Iterator[Halves]:
    """Each test in turn. most: repeats at most."""
    from components.uplift.choose import choose, qini
    from components.uplift.config import Learning
    from components.uplift.learners import learn

    config = Learning(folds=FOLDS, repeats=REPEATS)
    for dataset, outcome, repeats, arm, floors, bar in TESTS:
        trial = _trial(dataset, outcome, arm)
        found = Halves(f"{dataset}_{arm}", bar, floors={floor: [] for floor in floors})
        for repeat in range(min(repeats, most or repeats)):
            half_N = np.random.default_rng(repeat).permutation(len(trial.outcome_N)) % 2 == 0
            seen, held = trial.where(half_N), trial.where(~half_N)
            chosen = choose(seen, config)
            found.by.append(str(chosen.method))
            found.chosen.append(qini(chosen.gain.of(held.matrix_NC), held))
            for floor in floors:
                found.floors[floor].append(qini(learn(floor, seen, config).of(held.matrix_NC), held))
        yield found


def _trial(dataset: str, outcome: str, arm: str) -> Any:
    """The arm against none, of all people of a data set."""
    import tempfile
    from pathlib import Path

    from components.uplift.learners import Trial
    from data.covariates import Covariates
    from data.params import MessageLogParams, load
    from data.params.messages import NONE
    from data.sources.message_log import read

    params = load().datasets[dataset]
    assert isinstance(params, MessageLogParams)
    with tempfile.TemporaryDirectory() as folder:
        tables = read(params, Path(folder), lambda *_: None).tables
    rows = tables["messages"][lambda one: one["arm"].isin([arm, NONE])]
    known = tables["users"].set_index("user_id")["attributes"]
    people = [dict(known[user]) for user in rows["user_id"]]
    treated_N, outcome_N = (rows["arm"] == arm).to_numpy(float), rows[outcome].to_numpy(float)
    propensity = rows.groupby("arm")["propensity"].first()
    share = float(propensity[arm] / propensity.sum())
    return Trial(Covariates.learn(people).matrix(people), treated_N, outcome_N, share)
