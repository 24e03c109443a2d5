"""The gate: may this candidate replace the champion? A pure function, closed by default.

Everything that is missing, not a number, or measured on other examples counts against the candidate, and so does a tie.
Every check gives a sentence with its figures, whether it was met or not.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from components.evaluation import Evaluation, beside, bootstrap_means
from components.lifecycle.plan import GatePolicy
from components.lifecycle.results import Verdict
from data.params import Strict

__all__ = ["GATED", "Facts", "gate"]

GATED = "test"  # the split that decides; no other was kept out of training and of the choice of its best epoch

TIE = 1e-9  # a difference below this is rounding, not a gain

Check = tuple[bool, str]


class Facts(Strict):
    """What the gate has to know beside the figures."""

    system: str
    simulated: bool  # the candidate learned from simulated data
    split: str  # that was measured
    dataset: str  # that the candidate learned from and both were measured on
    champion_version: int | None = None
    champion_simulated: bool = False
    champion_dataset: str = ""  # that the champion learned from
    version: int | None = None  # of the candidate, if an earlier run registered this very bundle
    rolled_back: bool = False  # a person has taken that version out of service

    @property
    def same(self) -> bool:
        """The candidate is the champion."""
        return self.version is not None and self.version == self.champion_version

    @property
    def comparable(self) -> bool:
        """Both learned from the same kind of data, so that the difference of their figures says something."""
        return self.champion_version is not None and self.simulated == self.champion_simulated


def gate(candidate: Evaluation, champion: Evaluation | None, policy: GatePolicy, facts: Facts) -> Verdict:
    """Judge `candidate` against absolute limits and, in pairs, against baselines and `champion`.

    candidate, champion: on the same examples; per-example metrics, larger is better.
    Returns a verdict whose reasons name what failed first. The intervals are 95 % percentile intervals of the
    bootstrapped mean difference (Efron and Tibshirani 1993, ch. 13; paired: Koehn 2004).
    """
    checks = [
        *_standing(facts),
        *_size(candidate, policy),
        *_floors(candidate, policy),
        *_ceilings(candidate, policy),
        *_baselines(candidate, policy),
        *_slice_floors(candidate, policy),
        *_against(candidate, champion, policy, facts),
    ]
    failed = [reason for passed, reason in checks if not passed]
    return Verdict(passed=not failed, reasons=(*failed, *(reason for passed, reason in checks if passed)))


def _standing(facts: Facts) -> Iterator[Check]:
    if facts.split != GATED:
        yield (
            False,
            f"the figures are of the split {facts.split}, which training has seen or was chosen by; only those of "
            f"{GATED} count",
        )
    if facts.comparable and facts.champion_dataset != facts.dataset:
        yield (
            True,
            f"the champion, version {facts.champion_version}, learned from {facts.champion_dataset!r}; it is judged "
            f"on {facts.dataset!r} alone, and whoever wins there serves all of {facts.system}",
        )
    if facts.rolled_back:
        yield (
            False,
            f"version {facts.version} was rolled back and no run promotes it again; promote it by hand with "
            f"`corkboard promote {facts.system} {facts.version}`",
        )
    if facts.simulated and facts.champion_version is not None and not facts.champion_simulated:
        yield (
            False,
            f"the candidate learned from simulated data and never replaces the champion, version "
            f"{facts.champion_version}, which learned from real data",
        )


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


def _figure_missing(evaluation: Evaluation, name: str) -> str | None:
    value = _figure(evaluation, name)
    if value is None:
        return f"{name} was not measured"
    return None if np.isfinite(value) else f"{name} is not a number"


def _floors(candidate: Evaluation, policy: GatePolicy) -> Iterator[Check]:
    if policy.primary not in policy.floors and (fault := _figure_missing(candidate, policy.primary)):
        yield False, f"{fault}, and it is the primary metric"
    for name, least in policy.floors.items():
        if fault := _figure_missing(candidate, name):
            yield False, f"{fault}, so its floor of {least:g} is not met"
            continue
        value = _figure(candidate, name)
        assert value is not None
        met = value >= least
        yield met, f"{name} is {value:.4g}, {'at or above' if met else 'below'} its floor of {least:g}"


def _ceilings(candidate: Evaluation, policy: GatePolicy) -> Iterator[Check]:
    for name, most in policy.ceilings.items():
        if fault := _figure_missing(candidate, name):
            yield False, f"{fault}, so its ceiling of {most:g} is not met"
            continue
        value = _figure(candidate, name)
        assert value is not None
        met = value <= most
        yield met, f"{name} is {value:.4g}, {'within' if met else 'above'} its ceiling of {most:g}"


def _baselines(candidate: Evaluation, policy: GatePolicy) -> Iterator[Check]:
    """A baseline is beaten when the paired interval of the gain over its column lies wholly above zero."""
    for baseline in policy.beats:
        name = beside(policy.primary, baseline)
        fault = _figure_missing(candidate, policy.primary) or _figure_missing(candidate, name)
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


def _slices(evaluation: Evaluation, policy: GatePolicy) -> Iterator[tuple[str, pd.Index]]:
    """Name and example ids of every slice that is large enough to be judged."""
    for column in evaluation.slices:
        if column not in evaluation.examples:
            continue  # refused where the floors of the slices are judged
        for value, part in evaluation.examples.groupby(column, observed=True, dropna=False):
            if len(part) >= policy.slice_size:
                yield f"{column}={value}", part.index


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
        for name, ids in _slices(candidate, policy)
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


def _against(candidate: Evaluation, champion: Evaluation | None, policy: GatePolicy, facts: Facts) -> Iterator[Check]:
    if facts.champion_version is None:
        yield True, "there is no champion yet, so the floors decide"
    elif facts.same:
        yield True, f"the candidate is version {facts.version}, already the champion"
    elif not facts.comparable:
        if not facts.simulated:  # the other way round is refused above
            yield (
                True,
                f"the champion, version {facts.champion_version}, learned from simulated data and does not stand "
                f"against real data, so the floors decide",
            )
    elif champion is None:
        yield False, f"the champion, version {facts.champion_version}, was not evaluated"
    else:
        yield from _paired(candidate, champion, policy, facts)


def _paired(candidate: Evaluation, champion: Evaluation, policy: GatePolicy, facts: Facts) -> Iterator[Check]:
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
    for name, ids in _slices(candidate, policy):
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
