"""The gate's comparisons in pairs, on the same examples: with the baselines, and with the champion."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from components.evaluation import Evaluation
from components.lifecycle.facts import Facts
from components.lifecycle.limits import Check
from components.lifecycle.plan import GatePolicy
from components.metrics import Metric, beside
from components.metrics.bootstrap import change
from data.errors import UserError

__all__ = ["against_baselines", "against_champion", "drops", "paired"]

TIE = 1e-9  # a difference below this is rounding, not a gain


def against_baselines(candidate: Evaluation, policy: GatePolicy) -> Iterator[Check]:
    """A baseline is beaten when the paired interval of the change from its figure lies wholly on the better side.

    It is matched when the interval does so but for an allowed loss.
    """
    for baseline, loss in [*((name, 0.0) for name in policy.beats), *policy.matches.items()]:
        goal = f"matched to within {loss:g}" if loss else "beaten"
        try:
            ours, theirs = (_metric(candidate, name) for name in (policy.primary, beside(policy.primary, baseline)))
            _same_kind(ours, theirs)
            samples = ours.sample(candidate.examples), theirs.sample(candidate.examples)
            interval = change(*samples, f"the change of {ours.name} from the baseline")
        except UserError as error:
            yield False, f"{error}, so {baseline} is not {goal}"
            continue
        met = _gains(ours, interval, loss)
        yield (
            met,
            f"{ours.name} is {_shown(interval)} from the baseline {baseline} on {len(candidate.examples)} examples: "
            f"{'' if met else 'not '}{goal}",
        )


def against_champion(candidate: Evaluation, champion: Evaluation, policy: GatePolicy, facts: Facts) -> Iterator[Check]:
    """The champion is beaten likewise, and no slice may lose much; both were measured on the same examples."""
    try:
        metric, theirs = paired(candidate, champion, policy.primary)
    except UserError as error:
        yield False, str(error)
        return
    try:
        interval = change(metric.sample(candidate.examples), metric.sample(theirs), f"the change of {metric.name}")
    except UserError as error:
        yield False, f"{error}, so the candidate cannot be compared with the champion"
        return
    won = _gains(metric, interval)
    against = f"against the champion, version {facts.champion_version}, on {len(theirs)} examples"
    outcome = "a gain" if won else "no proven gain, and a tie keeps it"
    yield won, f"{metric.name} changes by {_shown(interval)} {against}: {outcome}"
    yield from drops(metric, candidate.examples, theirs, list(candidate.parts(policy.slice_size)), policy.slice_drop)


def _metric(evaluation: Evaluation, name: str) -> Metric:
    metric = evaluation.metric(name)
    if metric is None:
        over = " over examples" if name in evaluation.scalars else ""
        raise UserError(f"{name} was not measured{over}")
    return metric


def _same_kind(ours: Metric, theirs: Metric) -> None:
    """Raise unless the two metrics differ in their columns alone."""
    first, second = ((_settings(each), each.direction, each.cluster) for each in (ours, theirs))
    if first != second:
        raise UserError(f"{theirs.name} is measured in another way than {ours.name}")


def _settings(metric: Metric) -> dict[str, Any]:
    """The fields of its statistic that name no column, such as the `k` of an NDCG; of several columns their number."""
    columns = metric.statistic.columns()
    fields = metric.statistic.model_dump().items()
    counted = {name: len(value) if isinstance(value, tuple) else value for name, value in fields}
    return {name: value for name, value in counted.items() if value not in columns}


def _equal(ours: pd.Series, theirs: pd.Series) -> bool:
    return bool(((ours == theirs) | (ours.isna() & theirs.isna())).all())


def paired(candidate: Evaluation, champion: Evaluation, name: str) -> tuple[Metric, pd.DataFrame]:
    """The metric of that name, and the champion's examples in the order of the candidate's.

    Raises:
        UserError: the two cannot be compared example by example.
    """
    for who, evaluation in (("candidate", candidate), ("champion", champion)):
        metric = evaluation.metric(name)
        if metric is None or any(column not in evaluation.examples for column in metric.columns()):
            raise UserError(f"{name} was not measured over examples for the {who}")
        if not evaluation.examples.index.is_unique:
            raise UserError(f"the {who}'s example ids repeat, so the examples cannot be paired")
    assert metric is not None
    if candidate.metric(name) != metric:
        raise UserError(f"{name} is measured in another way for the champion, so the two cannot be compared")
    missing = len(candidate.examples.index.symmetric_difference(champion.examples.index))
    if missing:
        raise UserError(f"{missing} examples were seen by only one of candidate and champion, so they cannot be paired")
    theirs = champion.examples.loc[candidate.examples.index]
    if metric.cluster is not None and not _equal(candidate.examples[metric.cluster], theirs[metric.cluster]):
        raise UserError(f"{metric.cluster} differs between candidate and champion, so the examples cannot be paired")
    return metric, theirs


def drops(
    metric: Metric, ours: pd.DataFrame, theirs: pd.DataFrame, slices: Sequence[tuple[str, np.ndarray]], most: float
) -> Iterator[Check]:
    """A slice fails when it loses more than `most` and its paired interval lies wholly on the worse side."""
    failed = 0
    for name, rows in slices:
        try:
            samples = metric.sample(ours.iloc[rows]), metric.sample(theirs.iloc[rows])
            interval = change(*samples, f"the change of {metric.name}")
        except UserError as error:
            failed += 1
            yield False, f"in the slice {name} of {len(rows)} examples {error}"
            continue
        if _losses(metric, interval, most):
            failed += 1
            yield (
                False,
                f"{metric.name} in the slice {name} changes by {_shown(interval)}, a loss of more than {most:g}",
            )
    if slices and not failed:
        yield True, f"{metric.name} loses more than {most:g} against the champion in none of {len(slices)} slices"


def _gains(metric: Metric, interval: tuple[float, float, float], loss: float = 0.0) -> bool:
    """Whether the interval lies wholly above a loss."""
    _, low, high = interval
    return low > TIE - loss if metric.direction == "higher" else high < loss - TIE


def _losses(metric: Metric, interval: tuple[float, float, float], drop: float) -> bool:
    value, low, high = interval
    return (value < -drop and high < 0) if metric.direction == "higher" else (value > drop and low > 0)


def _shown(interval: tuple[float, float, float]) -> str:
    value, low, high = interval
    return f"{value:+.4g} (95 % interval {low:+.4g} to {high:+.4g})"
