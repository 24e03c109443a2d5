"""The gate's absolute limits: what a candidate has to show by itself, in total and in every slice."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from components.evaluation import Evaluation
from components.lifecycle.plan import GatePolicy

__all__ = ["Check", "figure_missing", "limits", "slices_of"]

Check = tuple[bool, str]  # whether it was met, and a sentence with its figures


def limits(candidate: Evaluation, policy: GatePolicy) -> Iterator[Check]:
    """Enough examples, the floors and ceilings of the totals, and the floor of the slices."""
    yield from _size(candidate, policy)
    yield from _floors(candidate, policy)
    yield from _ceilings(candidate, policy)
    yield from _slice_floors(candidate, policy)


def slices_of(evaluation: Evaluation, policy: GatePolicy) -> Iterator[tuple[str, pd.Index]]:
    """Name and example ids of every slice that is large enough to be judged."""
    for column in evaluation.slices:
        if column not in evaluation.examples:
            continue  # refused where the floors of the slices are judged
        for value, part in evaluation.examples.groupby(column, observed=True, dropna=False):
            if len(part) >= policy.slice_size:
                yield f"{column}={value}", part.index


def figure_missing(evaluation: Evaluation, name: str) -> str | None:
    """What is wrong with the figure of a metric or scalar, if something is."""
    value = _figure(evaluation, name)
    if value is None:
        return f"{name} was not measured"
    return None if np.isfinite(value) else f"{name} is not a number"


def _size(candidate: Evaluation, policy: GatePolicy) -> Iterator[Check]:
    count = len(candidate.examples)
    if count < policy.slice_size:
        yield False, f"the evaluation has {count} examples; fewer than {policy.slice_size} (slice_size) prove nothing"


def _figure(evaluation: Evaluation, name: str) -> float | None:
    """The point estimate of a metric or scalar; None if it was not measured, NaN if any example is not a number."""
    if name in evaluation.metrics and name in evaluation.examples:
        values_N = evaluation.examples[name].to_numpy(float)
        return float(values_N.mean()) if len(values_N) else None
    return evaluation.scalars.get(name)


def _floors(candidate: Evaluation, policy: GatePolicy) -> Iterator[Check]:
    if policy.primary not in policy.floors and (fault := figure_missing(candidate, policy.primary)):
        yield False, f"{fault}, and it is the primary metric"
    for name, least in policy.floors.items():
        if fault := figure_missing(candidate, name):
            yield False, f"{fault}, so its floor of {least:g} is not met"
            continue
        value = _figure(candidate, name)
        assert value is not None
        met = value >= least
        yield met, f"{name} is {value:.4g}, {'at or above' if met else 'below'} its floor of {least:g}"


def _ceilings(candidate: Evaluation, policy: GatePolicy) -> Iterator[Check]:
    for name, most in policy.ceilings.items():
        if fault := figure_missing(candidate, name):
            yield False, f"{fault}, so its ceiling of {most:g} is not met"
            continue
        value = _figure(candidate, name)
        assert value is not None
        met = value <= most
        yield met, f"{name} is {value:.4g}, {'within' if met else 'above'} its ceiling of {most:g}"


def _slice_floors(candidate: Evaluation, policy: GatePolicy) -> Iterator[Check]:
    if policy.primary not in candidate.metrics or policy.primary not in candidate.examples:
        yield False, f"{policy.primary} was not measured per example, so no slice can be judged"
        return
    absent = [column for column in candidate.slices if column not in candidate.examples]
    if absent:
        yield False, f"the slices {', '.join(absent)} are missing from the examples"
        return
    means = {
        name: float(candidate.examples.loc[ids, policy.primary].mean(skipna=False))
        for name, ids in slices_of(candidate, policy)
    }
    low = {name: mean for name, mean in means.items() if not mean >= policy.slice_floor}
    for name, mean in low.items():
        yield (
            False,
            f"{policy.primary} in the slice {name} is {mean:.4g}, below the slice floor of {policy.slice_floor:g}",
        )
    if not means:
        yield True, f"no slice has {policy.slice_size} examples, so none was judged"
    elif not low:
        name = min(means, key=means.__getitem__)
        yield (
            True,
            f"{policy.primary} is at or above the slice floor of {policy.slice_floor:g} in all {len(means)} slices; "
            f"the lowest is {name} with {means[name]:.4g}",
        )
