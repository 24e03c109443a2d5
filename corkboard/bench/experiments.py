"""Experiments on real data whose answers are known: ASOS' looks, Upworthy's broken weeks, Hillstrom, tests of A/A."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

from corkboard.bench._row import Row

__all__ = ["Looks", "at_looks", "given", "run"]

BROKEN = (201325, 201402)  # weeks in which Upworthy assigned wrongly, as its archive says
PATHS = 400  # simulated a series of ASOS without an effect, at its own looks
REPEATS, UNITS, WORLD_UNITS, LOOKS = 1000, 4000, 2000, 14  # tests of A/A, their people, a look a day
LEAST = 1e-9  # information where nobody has done anything yet
LEAST_LOOKS = 5


def given(name: str) -> Path:
    """A file of the mirror folder, or `UserError`."""
    from data.errors import UserError
    from data.project import MIRROR, mirror

    folder = mirror()
    path = folder / name if folder else None
    if path is None or not path.is_file():
        raise UserError(f"{name} has to lie in the folder that {MIRROR} names; put it there and run this again")
    return path


def run() -> list[Row]:
    """How often tests alarm in vain, and how much they find, on experiments that others ran."""
    return [*_asos(), *_alike(), *_upworthy(), *_hillstrom()]


def _asos() -> list[Row]:
    """Series of looks at an effect: how often something is found without one, and of what one look at the end finds."""
    import pandas as pd
    from scipy.stats import norm

    from components.experiments.sequential import always_valid, spending_bounds

    rows = pd.read_parquet(given("ads/asos_digital_experiments.parquet")).sort_values("time_since_start")
    generator = np.random.default_rng(0)
    found, false = [], []
    for _, looks in rows.groupby(["experiment_id", "variant_id", "metric_id"]):
        variance_L = (looks.variance_c / looks.count_c + looks.variance_t / looks.count_t).to_numpy()
        whole_L = np.isfinite(variance_L) & (variance_L > 0) & (looks.time_since_start.to_numpy() > 0)
        if whole_L.sum() < LEAST_LOOKS:
            continue
        z_L = (looks.mean_t - looks.mean_c).to_numpy()[whole_L] / np.sqrt(variance_L[whole_L])
        information_L = np.maximum.accumulate(looks.mean_c.to_numpy()[whole_L] ** 2 / variance_L[whole_L])
        time_L = looks.time_since_start.to_numpy(float)[whole_L]
        once = norm.isf(0.025)
        bounds = (
            np.full(len(z_L), once),
            spending_bounds(information_L, time_L / time_L[-1]),
            always_valid(information_L / information_L[-1]),
        )
        steps_RL = generator.standard_normal((PATHS, len(z_L))) * np.sqrt(np.diff(information_L, prepend=0))
        no_effect_RL = np.abs(steps_RL.cumsum(axis=1) / np.sqrt(information_L))
        false.append([(no_effect_RL > bound_L).any(axis=1).mean() for bound_L in bounds])
        found.append([abs(z_L[-1]) > once, *[(np.abs(z_L) > bound_L).any() for bound_L in bounds[1:]]])
    kept = np.array(found)[[bool(row[0]) for row in found]].mean(axis=0)
    peeking, planned, always = np.mean(false, axis=0)
    series = f"ASOS, {len(found)} series"
    return [
        Row(f"{series}: false alarms of peeking at 1.96", peeking, 0.05, "share", "level"),
        Row(f"{series}: false alarms, looks planned", planned, 0.05, "share", "level"),
        Row(
            f"{series}: findings of one look at the end, kept by planned looks",
            kept[1],
            0.676,
            "share",
            "mSPRT, prior 1 % of the mean",
        ),
        Row(f"{series}: false alarms, always valid", always, 0.05, "share", "level"),
        Row(
            f"{series}: findings of one look at the end, kept always valid",
            kept[2],
            0.676,
            "share",
            "mSPRT, prior 1 % of the mean",
        ),
    ]


def _alike() -> list[Row]:
    """Tests of A/A: the platform's assignment under many names, a look a day, no difference to be found."""
    from components.experiments.assignment import arm_of
    from components.experiments.design import Experiment
    from components.experiments.sequential import always_valid, information_of, spending_bounds
    from components.metrics import means

    alarms: dict[str, list[bool]] = {}
    tests = [
        Experiment(name=f"alike-{number}", arms={"a": 0.5, "b": 0.5}, metrics=means(["value"]))
        for number in range(REPEATS)
    ]
    for people, outcomes in (_customers(), _world()):
        for test in tests:
            one_U = np.array([arm_of(test, unit) == "b" for unit in people])
            for name, (day_U, value_UL) in outcomes.items():
                looks = at_looks(day_U, value_UL, one_U)
                planned_L = spending_bounds(information_of(looks.moved_LU), np.arange(1, LOOKS + 1) / LOOKS)
                always_L = always_valid(looks.information_L / looks.information_L[0] / LOOKS)
                for rule, bound_L in (("planned", planned_L), ("always valid", always_L)):
                    alarms.setdefault(f"{name}, {rule}", []).append(bool((np.abs(looks.z) > bound_L).any()))
    return [
        Row(f"{REPEATS:,} A/A of {name}: false alarms", float(np.mean(false)), 0.05, "share", "level")
        for name, false in alarms.items()
    ]


Outcomes = dict[str, tuple[np.ndarray, np.ndarray]]  # the day of exposure (U,), the outcome so far at each look (U, L)


def _customers() -> tuple[list[str], Outcomes]:
    """Hillstrom's customers without e-mail, exposed on some day, with what they did at once."""
    import pandas as pd

    customers = pd.read_csv(given("hillstrom-email-2008.csv"))
    customers = customers[customers.segment == "No E-Mail"].sample(UNITS, random_state=0)
    day_U = np.arange(UNITS) * LOOKS // UNITS
    outcomes = {
        f"Hillstrom, {name}": (day_U, np.repeat(customers[name].to_numpy(float)[:, None], LOOKS, axis=1))
        for name in ("visit", "spend")
    }
    return [f"c{number}" for number in customers.index], outcomes


def _world() -> tuple[list[str], Outcomes]:
    """People of the world, exposed at their first event, whose saves and events add up day by day."""
    from tempfile import TemporaryDirectory

    import pandas as pd

    from data.params import WorldParams, load
    from data.sources.world import read
    from data.times import DAY_S

    crowd = load().datasets["crowd"]
    assert isinstance(crowd, WorldParams)
    assert crowd.behaviour is not None
    people = crowd.behaviour.model_copy(update={"users": WORLD_UNITS, "days": LOOKS})
    with TemporaryDirectory() as folder:
        made = read(crowd.model_copy(update={"objects": 600, "behaviour": people}), Path(folder), _silent)
        assert made.log is not None
        events = pd.concat([pd.read_parquet(part) for part in made.log.events])
    events["day"] = (events.time_s - events.time_s.min()) // DAY_S
    unit_N, names = pd.factorize(events.user_id)
    counts = {"saves": events.action == "save", "events": events.action != ""}
    first_U = events.groupby(unit_N).day.min().to_numpy()
    totals = {}
    for name, counted in counts.items():
        daily_UL = np.zeros((len(names), LOOKS))
        np.add.at(daily_UL, (unit_N, events.day.clip(upper=LOOKS - 1)), counted)
        totals[f"the world, {name}"] = (first_U, daily_UL.cumsum(axis=1))
    return list(names), totals


def _silent(*_: Any) -> None: ...


@dataclass(frozen=True)
class Looks:
    """A difference of means at each look (L,), its standard error, the information, and how units move it (L, U)."""

    difference_L: np.ndarray
    se_L: np.ndarray
    information_L: np.ndarray
    moved_LU: np.ndarray

    @property
    def z(self) -> np.ndarray:
        return np.divide(self.difference_L, self.se_L, out=np.zeros(len(self.se_L)), where=np.isfinite(self.se_L))


def at_looks(day_U: np.ndarray, value_UL: np.ndarray, one_U: np.ndarray) -> Looks:
    """Of those who were exposed by then. A difference is infinitely uncertain while an arm has one value."""
    looks = value_UL.shape[1]
    difference_L, se_L, information_L = np.zeros(looks), np.full(looks, np.inf), np.full(looks, LEAST)
    moved_LU = np.zeros((looks, len(one_U)))
    for look in range(looks):
        means, variances = [], []
        for in_U, sign in ((one_U & (day_U <= look), 1), (~one_U & (day_U <= look), -1)):
            value_V = value_UL[in_U, look]
            means.append(value_V.mean())
            variances.append(value_V.var() / (len(value_V) - 1))
            moved_LU[look, in_U] = sign * (value_V - means[-1]) / len(value_V)
        arm, control = means
        if min(variances) > 0:
            difference_L[look], se_L[look] = arm - control, np.sqrt(sum(variances))
            information_L[look] = control**2 / (variances[0] + (arm / control) ** 2 * variances[1])
    return Looks(difference_L, se_L, information_L, moved_LU)


def _upworthy() -> list[Row]:
    """The sample-ratio check in the weeks whose assignment was broken, and in the others."""
    import pandas as pd

    from components.experiments.checks import MISMATCH, sample_ratio

    rows = pd.read_csv(given("ads/upworthy_exploratory.csv.gz"))
    alarms: dict[bool, list[bool]] = {True: [], False: []}
    for _, arms in rows[rows.impressions > 0].groupby("clickability_test_id"):
        if len(arms) > 1:
            counts = {str(place): int(count) for place, count in enumerate(arms.impressions)}
            week = int(arms.test_week.iloc[0])
            alarm = sample_ratio(counts, dict.fromkeys(counts, 1 / len(counts))) < MISMATCH
            alarms[BROKEN[0] <= week <= BROKEN[1]].append(alarm)
    return [
        Row(
            f"Upworthy, {len(alarms[True]):,} tests of broken weeks: p < .001",
            float(np.mean(alarms[True])),
            0.66,
            "share",
        ),
        Row(f"Upworthy, {len(alarms[False]):,} other tests: p < .001", float(np.mean(alarms[False])), 0.005, "share"),
    ]


def _hillstrom() -> list[Row]:
    """The share of the variance that covariates save."""
    import pandas as pd

    from components.metrics import means

    rows = pd.read_csv(given("hillstrom-email-2008.csv"))
    columns = ["recency", "history", "mens", "womens", "zip_code", "newbie", "channel"]
    coded = pd.get_dummies(rows[columns], drop_first=True).astype(float).assign(log_history=np.log(rows.history))
    rows = coded.assign(unit_id=rows.index, segment=rows.segment, visit=rows.visit)
    arms = [rows[rows.segment == name] for name in ("No E-Mail", "Mens E-Mail")]
    (visit,) = means(["visit"])
    saved = {size: _saved(visit, arms, tuple(columns)) for size, columns in _covariates(coded).items()}
    return [
        Row("Hillstrom, men's e-mail, visits: variance saved by history alone", saved["one"], 0.0044, "share"),
        Row("Hillstrom, men's e-mail, visits: variance saved by all covariates", saved["all"], 0.0293, "share"),
    ]


def _covariates(coded: "pd.DataFrame") -> dict[str, list[str]]:
    return {"one": ["history"], "all": list(coded.columns)}


def _saved(metric: Any, arms: list["pd.DataFrame"], covariates: tuple[str, ...]) -> float:
    from components.experiments.effects import effect, measure

    control, arm = (measure(metric, rows, covariates) for rows in arms)
    return 1 - (effect(control, arm, adjusted=True).se / effect(control, arm).se) ** 2
