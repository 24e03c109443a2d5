"""The gate's comparisons, example by example: with the baselines, and with the champion."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from components.evaluation import Evaluation, beside, bootstrap_means
from components.lifecycle.facts import Facts
from components.lifecycle.limits import Check, figure_missing, slices_of
from components.lifecycle.plan import GatePolicy

__all__ = ["against_baselines", "against_champion"]

TIE = 1e-9  # a difference below this is rounding, not a gain


def against_baselines(candidate: Evaluation, policy: GatePolicy) -> Iterator[Check]:
    """A baseline is beaten when the paired interval of the gain over its column lies wholly above zero."""
    for baseline in policy.beats:
        name = beside(policy.primary, baseline)
        fault = figure_missing(candidate, policy.primary) or figure_missing(candidate, name)
        if fault or policy.primary not in candidate.examples or name not in candidate.examples:
            yield False, f"{fault or f'{name} was not measured per example'}, so {baseline} is not beaten"
            continue
        gains = candidate.examples[policy.primary].astype(float) - candidate.examples[name].astype(float)
        mean, low, high = _interval(gains.to_numpy())
        beaten = low > TIE
        yield (
            beaten,
            f"{policy.primary} is {mean:+.4g} (95 % interval {low:+.4g} to {high:+.4g}) from the baseline {baseline} "
            f"on {len(gains)} examples: {'beaten' if beaten else 'not beaten'}",
        )


def against_champion(candidate: Evaluation, champion: Evaluation, policy: GatePolicy, facts: Facts) -> Iterator[Check]:
    """The champion is beaten likewise, and no slice may lose much; both were measured on the same examples."""
    name = policy.primary
    fault = _unpaired(candidate, champion, name)
    if fault:
        yield False, fault
        return
    ours = candidate.examples[name].astype(float)
    theirs = champion.examples[name].astype(float).reindex(ours.index)
    gains = ours - theirs
    if not np.isfinite(gains.to_numpy()).all():
        yield False, f"{name} is not a number for some examples, so the candidate cannot be compared"
        return
    mean, low, high = _interval(gains.to_numpy())
    won = low > TIE
    against = f"against the champion, version {facts.champion_version}, on {len(gains)} examples"
    interval = f"{mean:+.4g} (95 % interval {low:+.4g} to {high:+.4g})"
    yield won, f"{name} changes by {interval} {against}: {'a gain' if won else 'no proven gain, and a tie keeps it'}"
    yield from _slice_drops(candidate, gains, policy)


def _unpaired(candidate: Evaluation, champion: Evaluation, name: str) -> str | None:
    """Why the two cannot be compared example by example, if so."""
    for who, evaluation in (("candidate", candidate), ("champion", champion)):
        if name not in evaluation.metrics or name not in evaluation.examples:
            return f"{name} was not measured per example for the {who}"
        if not evaluation.examples.index.is_unique:
            return f"the {who}'s example ids repeat, so the examples cannot be paired"
    if set(candidate.examples.index) != set(champion.examples.index):
        missing = len(set(candidate.examples.index) ^ set(champion.examples.index))
        return f"{missing} examples were seen by only one of candidate and champion, so they cannot be paired"
    return None


def _slice_drops(candidate: Evaluation, gains: pd.Series, policy: GatePolicy) -> Iterator[Check]:
    """A slice fails when it loses more than the limit and its paired interval lies wholly below zero."""
    judged, lost = 0, 0
    for name, ids in slices_of(candidate, policy):
        mean, low, high = _interval(gains.loc[ids].to_numpy())
        judged += 1
        if mean < -policy.slice_drop and high < 0:
            lost += 1
            yield (
                False,
                f"{policy.primary} in the slice {name} changes by {mean:+.4g} (95 % interval {low:+.4g} to "
                f"{high:+.4g}), a loss of more than {policy.slice_drop:g}",
            )
    if judged and not lost:
        yield True, f"none of {judged} slices loses more than {policy.slice_drop:g} against the champion"


def _interval(gains_N: np.ndarray) -> tuple[float, float, float]:
    """Mean and 95 % bootstrap interval. gains_N: candidate minus champion, one an example."""
    low, high = np.quantile(bootstrap_means(gains_N), [0.025, 0.975])
    return float(gains_N.mean()), float(low), float(high)
