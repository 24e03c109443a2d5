"""The gate: may this candidate replace the champion? A pure function, closed by default.

Everything that is missing, not a number, or measured on other examples counts against the candidate, and so does a tie.
Every check gives a sentence with its figures, whether it was met or not.
"""

from collections.abc import Iterator

from components.evaluation import Evaluation
from components.lifecycle.facts import Facts
from components.lifecycle.gaps import gaps
from components.lifecycle.limits import Check, limits
from components.lifecycle.pairs import against_baselines, against_champion
from components.lifecycle.plan import GatePolicy
from components.lifecycle.results import Verdict

__all__ = ["GATED", "gate"]

GATED = "test"  # the split that decides; no other was kept out of training and of the choice of its best epoch


def gate(candidate: Evaluation, champion: Evaluation | None, policy: GatePolicy, facts: Facts) -> Verdict:
    """Judge `candidate` against absolute limits and, in pairs, against baselines and `champion`.

    candidate, champion: on the same examples; a metric says which direction is better.
    Returns a verdict whose reasons name what failed first. The intervals are 95 % percentile intervals of the
    bootstrapped difference (Efron and Tibshirani 1993, ch. 13; paired: Koehn 2004).
    """
    checks = [
        *_standing(facts),
        *_terms(facts, policy),
        *limits(candidate, policy),
        *against_baselines(candidate, policy),
        *gaps(candidate, champion if facts.comparable else None, policy),
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
    for sentence in facts.changed_inputs:
        yield False, f"the candidate was {sentence}; run again"
    if facts.rolled_back:
        yield (
            False,
            f"version {facts.version} was rolled back and no run promotes it again; promote it by hand with "
            f"`corkboard promote {facts.system} {facts.version} --force --reason WHY`",
        )
    if facts.simulated and facts.champion_version is not None and not facts.champion_simulated:
        yield (
            False,
            f"the candidate learned from simulated data and never replaces the champion, version "
            f"{facts.champion_version}, which learned from real data",
        )


def _terms(facts: Facts, policy: GatePolicy) -> Iterator[Check]:
    if not facts.research_only:
        return
    said = f"the terms of {facts.dataset} ({facts.licence}) do not allow it to be served"
    if policy.override.strip():
        yield True, f"{said}; somebody overrode that: {policy.override.strip()}"
    else:
        yield False, f"{said}; whoever may answer for it runs again with --set gate.override='WHY'"


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
        yield from against_champion(candidate, champion, policy, facts)
