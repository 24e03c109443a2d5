"""The gate's limits on gaps between sensitive slices; they hold for the candidate, and say how the champion stands."""

from collections.abc import Iterator

from components.evaluation import Evaluation
from components.lifecycle.limits import Check
from components.lifecycle.pairs import drops, paired
from components.lifecycle.plan import GapLimit, GatePolicy
from components.metrics.gaps import Gap, gap_of
from components.slices import slices
from data.errors import UserError

__all__ = ["gaps", "measured_gap"]


def gaps(candidate: Evaluation, champion: Evaluation | None, policy: GatePolicy) -> Iterator[Check]:
    """Each gap against its limits, and which sensitive slice would lose against the champion."""
    for limit in policy.gaps:
        try:
            ours = measured_gap(candidate, limit, policy.slice_size)
            theirs = measured_gap(champion, limit, policy.slice_size) if champion else None
        except UserError as error:
            yield False, f"the gap of {limit.name} cannot be judged: {error}"
            continue
        yield from _judged(limit, ours, theirs)
        if champion:
            yield from _losers(candidate, champion, limit, policy)


def measured_gap(evaluation: Evaluation, limit: GapLimit, size: int) -> Gap:
    """The gap that `limit` names; slices of fewer than `size` examples, or clusters of them, are pooled.

    Raises:
        UserError: the metric or a column was not measured, or the metric is undefined in a slice.
    """
    metric = evaluation.metric(limit.metric)
    absent = [column for column in limit.slices if column not in evaluation.examples]
    if metric is None or absent:
        raise UserError(f"{', '.join(absent) or limit.metric} was not measured over examples")
    return gap_of(metric, evaluation.examples, slices(evaluation.examples, limit.slices, size, metric.cluster))


def _judged(limit: GapLimit, ours: Gap, theirs: Gap | None) -> Iterator[Check]:
    between = (
        f"between {ours.worst} ({ours.slices[ours.worst][0]:.4g}) and {ours.best} ({ours.slices[ours.best][0]:.4g})"
    )
    for kind, most in (("difference", limit.difference), ("ratio", limit.ratio)):
        if most is None:
            continue
        value, low, high = getattr(ours, kind)
        met = value <= most if kind == "difference" else value >= most
        beside = f"; the champion's is {getattr(theirs, kind)[0]:.4g}, worst in {theirs.worst}" if theirs else ""
        yield (
            met,
            f"the {kind} of {limit.name} is {value:.4g} (95 % interval {low:.4g} to {high:.4g}) {between}, "
            f"{'within' if met else 'beyond'} its limit of {most:g}{beside}",
        )


def _losers(candidate: Evaluation, champion: Evaluation, limit: GapLimit, policy: GatePolicy) -> Iterator[Check]:
    try:
        metric, theirs = paired(candidate, champion, limit.metric)
    except UserError as error:
        yield False, str(error)
        return
    parts = slices(candidate.examples, limit.slices, policy.slice_size, metric.cluster)
    yield from drops(metric, candidate.examples, theirs, parts, policy.slice_drop)
