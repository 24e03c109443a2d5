"""The gate's absolute limits: what a candidate has to reach by itself, in total and in every slice."""

from collections.abc import Iterator

import numpy as np

from components.evaluation import Evaluation
from components.lifecycle.plan import GatePolicy
from components.metrics import Direction, Metric
from data.errors import UserError

__all__ = ["Check", "limits"]

Check = tuple[bool, str]  # whether it was met, and a sentence with its figures

FLOOR, CEILING = ("floor", "at or above", "below"), ("ceiling", "within", "above")


def limits(candidate: Evaluation, policy: GatePolicy) -> Iterator[Check]:
    """Enough examples, the floors and ceilings of the totals, and the limit of the slices."""
    yield from _size(candidate, policy)
    for name, least in policy.floors.items():
        yield _limit(candidate, name, least, "higher")
    for name, most in policy.ceilings.items():
        yield _limit(candidate, name, most, "lower")
    yield from _slices(candidate, policy)


def _size(candidate: Evaluation, policy: GatePolicy) -> Iterator[Check]:
    count = len(candidate.examples)
    if count < policy.slice_size:
        yield False, f"the evaluation has {count} examples; fewer than {policy.slice_size} (slice_size) prove nothing"


def _limit(candidate: Evaluation, name: str, limit: float, direction: Direction) -> Check:
    """A floor where `direction` is higher, a ceiling where it is lower."""
    kind, met, missed = FLOOR if direction == "higher" else CEILING
    measured = candidate.metric(name) or candidate.scalars.get(name)
    if measured is not None and measured.direction not in (None, direction):
        other = "ceilings" if direction == "higher" else "floors"
        return False, f"{name} is better when {measured.direction}, so a {kind} says nothing; move it to gate.{other}"
    try:
        value = _figure(candidate, name)
    except UserError as error:
        return False, f"{error}, so its {kind} of {limit:g} is not met"
    passed = value >= limit if direction == "higher" else value <= limit
    return passed, f"{name} is {value:.4g}, {met if passed else missed} its {kind} of {limit:g}"


def _figure(evaluation: Evaluation, name: str) -> float:
    """The point estimate of a metric or scalar.

    Raises:
        UserError: there is none, or it is no finite number.
    """
    metric = evaluation.metric(name)
    if metric is not None:
        return metric.sample(evaluation.examples).value
    if name not in evaluation.scalars:
        raise UserError(f"{name} was not measured")
    value = evaluation.scalars[name].value
    if not np.isfinite(value):
        raise UserError(f"{name} is not a number")
    return value


def _slices(candidate: Evaluation, policy: GatePolicy) -> Iterator[Check]:
    metric = candidate.metric(policy.primary)
    if metric is None or any(column not in candidate.examples for column in metric.columns()):
        yield False, f"{policy.primary} was not measured over examples, so no slice can be judged"
        return
    absent = [column for column in candidate.slices if column not in candidate.examples]
    if absent:
        yield False, f"the slices {', '.join(absent)} are missing from the examples"
        return
    values, failed = {}, False
    for name, rows in candidate.parts(policy.slice_size):
        try:
            values[name] = metric.sample(candidate.examples.iloc[rows]).value
        except UserError as error:
            failed = True
            yield False, f"in the slice {name} of {len(rows)} examples {error}"
    yield from _judged(metric, values, policy, failed)


def _judged(metric: Metric, values: dict[str, float], policy: GatePolicy, failed: bool) -> Iterator[Check]:
    limit = f"the slice limit of {policy.slice_limit:g}"
    _, met, missed = FLOOR if metric.direction == "higher" else CEILING
    bad = {name: value for name, value in values.items() if not metric.sign * (value - policy.slice_limit) >= 0}
    for name, value in bad.items():
        yield False, f"{metric.name} in the slice {name} is {value:.4g}, {missed} {limit}"
    if bad or failed:
        return
    if not values:
        yield True, "it has no slices"
        return
    worst = min(values, key=lambda name: metric.sign * values[name])
    yield (
        True,
        f"{metric.name} is {met} {limit} in all {len(values)} slices; the worst is {worst} with {values[worst]:.4g}",
    )
