"""The analysis of an experiment by the end of a day: checks, effects at every look, segments, a decision.

Legend: L looks.
"""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import pandas as pd
from scipy.stats import norm

from components.experiments.checks import MISMATCH, sample_ratio
from components.experiments.design import Experiment
from components.experiments.effects import UNIT, Effect, effect, measure
from components.experiments.multiple import discoveries, heterogeneity
from components.experiments.report import Comparison, Look, Report, Segment, Verdict
from components.experiments.sequential import always_valid, information_of, level_reached, spending_bounds
from components.metrics import Metric
from data.errors import UserError
from data.times import DAY_S

__all__ = ["analyse"]

LEAST_UNITS = 100  # an arm; below, standard errors are not to be trusted
Bounds = Callable[[float], np.ndarray]


def analyse(experiment: Experiment, started_s: int, examples: pd.DataFrame, now_s: int) -> Report:
    """The report on `examples`, as `joined` gives them, at the end of the last full day.

    Raises:
        UserError: no day has passed, an arm is empty, columns are missing, or the primary metric is constant.
    """
    experiment.refuse_columns(examples)
    examples = examples.assign(unit_id=pd.factorize(examples["unit_id"])[0])  # numbers are quicker to group and align
    day = min((now_s - started_s) // DAY_S, experiment.days if experiment.looks != "always" else 10**6)
    if day < 1:
        raise UserError(f"{experiment.name} started less than a day ago; the first report is after a full day")
    known = _until(experiment, examples, started_s + day * DAY_S)
    counts = {str(arm): int(units) for arm, units in known.groupby("arm")["unit_id"].nunique().items()}
    ratio_p = sample_ratio(counts, experiment.arms)
    scarce = [arm for arm in experiment.arms if counts.get(arm, 0) < LEAST_UNITS]
    if scarce:
        raise UserError(f"{experiment.name} has less than {LEAST_UNITS} units in {', '.join(scarce)}; wait for more")
    others = [arm for arm in experiment.arms if arm != experiment.control]
    notes: list[str] = []
    comparisons = []
    for metric in experiment.metrics:
        for arm in others:
            try:
                comparisons.append(_compared(experiment, metric, arm, examples, started_s, day))
            except UserError as error:
                if metric is experiment.metrics[0]:
                    raise UserError(f"{metric.name} of {arm} cannot be compared: {error}") from None
                notes.append(f"{metric.name} of {arm} is left out: {error}")
    adjusted = discoveries([one.p for one in comparisons])
    comparisons = [_among_others(one, float(q), experiment) for one, q in zip(comparisons, adjusted, strict=True)]
    return Report(
        name=experiment.name,
        day=day,
        days=experiment.days,
        alpha=experiment.alpha,
        units={arm: counts[arm] for arm in experiment.arms},
        shares=experiment.arms,
        ratio_p=ratio_p,
        comparisons=comparisons,
        segments=_segments(experiment, others, known),
        notes=notes,
        decision=_decision(experiment, day, ratio_p, comparisons),
    )


def _among_others(one: Comparison, q: float, experiment: Experiment) -> Comparison:
    """The comparison among all: a secondary metric counts where few of such findings are false."""
    verdict = one.verdict if one.primary or q <= experiment.alpha else "open"
    return one.model_copy(update={"q": q, "verdict": verdict})


def _until(experiment: Experiment, examples: pd.DataFrame, end_s: int) -> pd.DataFrame:
    """What was known by then: a unit that was exposed and acts only later has a row of zeros, as one that never acts.

    Leaving it out would tell who is going to act.
    """
    exposed = examples["exposed_s"] < end_s
    if "time_s" not in examples:
        return examples[exposed]
    known = exposed & (examples["time_s"] < end_s)
    idle = exposed & ~examples["unit_id"].isin(examples.loc[known, "unit_id"]) & ~examples["unit_id"].duplicated()
    rows, late = examples[known | idle], idle[known | idle]
    before = {*experiment.covariates, *experiment.segments, UNIT}
    read = {column for metric in experiment.metrics for column in metric.columns()} - before
    done = [column for column in rows.select_dtypes(["number", "bool"]) if column in read]
    zeros = {column: rows[column].where(~late, 0) for column in done}
    return rows.assign(**zeros, time_s=rows["time_s"].where(~late, rows["exposed_s"]))


def _compared(
    experiment: Experiment, metric: Metric, arm: str, examples: pd.DataFrame, started_s: int, day: int
) -> Comparison:
    """The arm at every look so far."""
    read = {"unit_id", "arm", "exposed_s", "time_s", *metric.columns(), *experiment.covariates}
    pair = examples.loc[examples["arm"].isin((experiment.control, arm)), [name for name in examples if name in read]]
    effects: list[tuple[int, int, Effect]] = []
    for passed in range(1, day + 1):
        known = _until(experiment, pair, started_s + passed * DAY_S)
        if known.groupby("arm")["unit_id"].nunique().reindex([experiment.control, arm]).min() >= LEAST_UNITS:
            try:
                effects.append(
                    (
                        passed,
                        known["unit_id"].nunique(),
                        _effect(metric, known, experiment.control, arm, experiment.covariates),
                    )
                )
            except UserError:
                if passed == day:  # earlier, the metric may not have moved yet
                    raise
    adjusted, raw = effects[-1][2], _effect(metric, known, experiment.control, arm, ())
    passed_L = np.array([passed for passed, _, _ in effects])
    bounds = _bounds(experiment, passed_L, [each for _, _, each in effects])
    bound_L, z_L = bounds(experiment.alpha / (len(experiment.arms) - 1)), np.array([each.z for _, _, each in effects])
    bound = float(bound_L[np.isfinite(bound_L)][-1]) if np.isfinite(bound_L).any() else np.inf
    low, high = adjusted.relative_interval(bound)
    crossed = np.flatnonzero(np.abs(z_L) > bound_L)
    verdict: Verdict = "open"
    if len(crossed):
        verdict = "better" if z_L[crossed[0]] * metric.sign > 0 else "worse"
    level = level_reached(z_L, bounds)
    return Comparison(
        metric=metric.name,
        arm=arm,
        primary=metric is experiment.metrics[0],
        control_value=adjusted.control,
        arm_value=adjusted.arm,
        relative=adjusted.relative,
        low=low,
        high=high,
        raw_low=raw.relative_interval(bound)[0],
        raw_high=raw.relative_interval(bound)[1],
        saved=1 - (adjusted.se / raw.se) ** 2,
        p=level,
        q=level,
        verdict=verdict,
        guardrail=_guardrail(experiment.guardrails.get(metric.name), metric.sign, low, high),
        looks=[
            Look(day=passed, units=units, relative=each.relative, low=ends[0], high=ends[1])
            for (passed, units, each), edge in zip(effects, bound_L, strict=True)
            for ends in [each.relative_interval(float(edge))]
            if np.isfinite(edge)
        ],
    )


def _effect(metric: Metric, known: pd.DataFrame, control: str, arm: str, covariates: tuple[str, ...]) -> Effect:
    both = [measure(metric, known[known["arm"] == which], covariates) for which in (control, arm)]
    plain = both[0].psi_U is None  # a bootstrapped metric has no influence to adjust
    return effect(both[0], both[1], adjusted=bool(covariates) and not plain)


def _bounds(experiment: Experiment, day_L: np.ndarray, effects: list[Effect]) -> Bounds:
    """Function from a level to the bounds of the looks under the experiment's rule."""
    information_L = np.array([each.relative_se for each in effects]) ** -2
    if experiment.looks == "always":  # the first look says how much a day brings, the later ones may not change it
        fraction_L = information_L / (information_L[0] / day_L[0] * experiment.days)
        return lambda alpha: always_valid(fraction_L, alpha)
    time_L = day_L / experiment.days
    if experiment.looks == "once":
        return lambda alpha: np.where(time_L < 1, np.inf, norm.isf(alpha / 2))
    moved = [each.moved_U for each in effects if each.moved_U is not None]
    if len(moved) == len(effects):
        moved_LU = np.zeros((len(moved), 1 + max(int(each.index.max()) for each in moved)))
        for row_U, each in zip(moved_LU, moved, strict=True):
            row_U[each.index] = each
        information_L = information_of(moved_LU)
    return lambda alpha: spending_bounds(np.maximum.accumulate(information_L), time_L, alpha)


def _guardrail(limit: float | None, sign: int, low: float, high: float) -> Literal["held", "broken", "open"] | None:
    if limit is None:
        return None
    worst, best = (low, high) if sign > 0 else (-high, -low)
    return "held" if worst > -limit else "broken" if best < -limit else "open"


def _segments(experiment: Experiment, arms: list[str], known: pd.DataFrame) -> list[Segment]:
    """The primary metric within segments that are large enough, by one look: they explain and do not decide."""
    metric, found, ps = experiment.metrics[0], [], []
    for column in experiment.segments:
        for arm in arms:
            parts: list[tuple[str, int, Effect]] = []
            for value, rows in known.groupby(column):
                try:
                    parts.append(
                        (str(value), rows["unit_id"].nunique(), _effect(metric, rows, experiment.control, arm, ()))
                    )
                except UserError:  # a segment that is too small or never acts
                    continue
            if len(parts) > 1:
                found.append((column, arm, parts))
                ps.append(heterogeneity([each for _, _, each in parts]))
    differs: Sequence[float] = discoveries([one.p for one in ps]).tolist() if ps else []
    return [
        Segment(
            column=column,
            value=value,
            arm=arm,
            units=units,
            relative=each.relative,
            low=each.relative_interval()[0],
            high=each.relative_interval()[1],
            shrunk=shrunk / abs(each.control),
            differs_q=float(q),
        )
        for (column, arm, parts), whole, q in zip(found, ps, differs, strict=True)
        for (value, units, each), shrunk in zip(parts, whole.shrunk, strict=True)
    ]


def _decision(experiment: Experiment, day: int, ratio_p: float, comparisons: list[Comparison]) -> str:
    """One sentence that says what to do."""
    if ratio_p < MISMATCH:
        return (
            "Do not read the effects: the arms do not have their designed shares, so that the units of the arms "
            "differ by more than the arm. Look for exposures that are lost or logged twice in one arm."
        )
    broken = [f"{one.metric} of {one.arm}" for one in comparisons if one.guardrail == "broken"]
    if broken:
        return f"Stop: the guardrail of {', '.join(broken)} is broken."
    primary = [one for one in comparisons if one.primary]
    worse = [one.arm for one in primary if one.verdict == "worse"]
    better = [one for one in primary if one.verdict == "better"]
    held = {one.metric for one in comparisons if one.guardrail == "held"}
    unsure = sorted(
        {one.metric for one in comparisons if one.guardrail == "open"} | (set(experiment.guardrails) - held)
    )
    if better and not unsure:
        best = max(better, key=lambda one: one.relative * experiment.metrics[0].sign)
        return f"Release {best.arm}: {best.metric} is better."
    if len(worse) == len(primary):
        return f"Stop: {primary[0].metric} is worse."
    if day < experiment.days or experiment.looks == "always":
        wait = f"the guardrails {', '.join(unsure)} are open" if better else f"{primary[0].metric} is open"
        return f"Go on: {wait} after {day} of {experiment.days} days."
    if better:
        return f"Keep the control or go on under a new name: the guardrails {', '.join(unsure)} are open at the end."
    return f"Keep the control: {primary[0].metric} shows no difference at the planned end."
