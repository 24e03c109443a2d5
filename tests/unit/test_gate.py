"""The gate on figures worked by hand: what passes, and everything that must not."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from components.evaluation import Evaluation
from components.lifecycle.facts import Facts
from components.lifecycle.gate import gate
from components.lifecycle.plan import GatePolicy
from components.metrics import Scalar, means

POLICY = GatePolicy(
    primary="recall",
    floors={"recall": 0.5, "top1": 0.4},
    ceilings={"latency_ms": 100.0},
    slice_limit=0.3,
    slice_drop=0.1,
    slice_size=20,
)
FIRST = Facts(system="search", split="test", dataset="shop", simulated=False)
LATER = FIRST.model_copy(update={"champion_version": 3, "champion_dataset": "shop"})


def evaluation(right: int, count: int = 200, scalars=None, prefix: str = "", **slices) -> Evaluation:
    """`right` of `count` examples are right, spread evenly."""
    values = (np.arange(count) * right // count != (np.arange(count) + 1) * right // count).astype(float)
    examples = pd.DataFrame(
        {"recall": values, "top1": values, "category": np.where(np.arange(count) % 2 == 0, "shirt", "shoe")},
        index=pd.Index([f"{prefix}{number}" for number in range(count)], name="example_id"),
    )
    scalars = {"latency_ms": 20.0} if scalars is None else scalars
    return Evaluation(examples, means(["recall", "top1"]), ("category",), measured(scalars))


def measured(scalars: dict[str, float]) -> dict[str, Scalar]:
    return {name: Scalar(value=value) for name, value in scalars.items()}


def changed(base: Evaluation, column: str, values: object) -> Evaluation:
    examples = base.examples.copy()
    examples[column] = values
    return Evaluation(examples, base.metrics, base.slices, base.scalars)


def refused(verdict, *parts: str) -> bool:
    """Refused, and a reason says every one of `parts`."""
    return not verdict.passed and any(all(part in reason for part in parts) for reason in verdict.reasons)


def test_without_a_champion_the_floors_decide():
    verdict = gate(evaluation(150), None, POLICY, FIRST)
    assert verdict.passed
    assert "recall is 0.75, at or above its floor of 0.5" in verdict.reasons
    assert "latency_ms is 20, within its ceiling of 100" in verdict.reasons
    assert "there is no champion yet, so the floors decide" in verdict.reasons
    assert refused(gate(evaluation(90), None, POLICY, FIRST), "recall is 0.45, below its floor of 0.5")


def test_a_proven_gain_passes():
    verdict = gate(evaluation(180), evaluation(120), POLICY, LATER)
    assert verdict.passed
    assert any("recall changes by +0.3 (95 % interval" in reason and "a gain" in reason for reason in verdict.reasons)


def test_a_worse_model_is_refused():
    assert refused(gate(evaluation(120), evaluation(180), POLICY, LATER), "recall changes by -0.3", "no proven gain")


def test_a_tie_keeps_the_champion():
    assert refused(gate(evaluation(150), evaluation(150), POLICY, LATER), "recall changes by +0", "a tie")


def test_rounding_is_no_gain():
    champion = evaluation(150)
    candidate = changed(champion, "recall", champion.examples["recall"] + 1e-12)
    assert refused(gate(candidate, champion, POLICY, LATER), "no proven gain")


def test_a_gain_within_noise_is_refused():
    champion = evaluation(150)
    values = champion.examples["recall"].to_numpy().copy()
    values[np.flatnonzero(values == 0)[:2]] = 1  # two of two hundred
    assert refused(gate(changed(champion, "recall", values), champion, POLICY, LATER), "+0.01", "no proven gain")


@pytest.mark.parametrize("name", ["recall", "top1"])
def test_a_missing_metric_fails(name):
    whole = evaluation(180)
    kept = tuple(metric for metric in whole.metrics if metric.name != name)
    candidate = Evaluation(whole.examples.drop(columns=name), kept, whole.slices, whole.scalars)
    assert refused(gate(candidate, None, POLICY, FIRST), f"{name} was not measured")
    assert not gate(candidate, evaluation(100), POLICY, LATER).passed


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["recall", "top1"])
def test_a_figure_that_is_no_number_fails(name, bad):
    candidate = evaluation(180)
    values = candidate.examples[name].to_numpy().copy()
    values[7] = bad
    assert refused(gate(changed(candidate, name, values), None, POLICY, FIRST), f"{name} is not a number")


def test_a_champion_without_numbers_cannot_be_compared():
    champion = evaluation(100)
    values = champion.examples["recall"].to_numpy().copy()
    values[3] = np.nan
    assert refused(gate(evaluation(180), changed(champion, "recall", values), POLICY, LATER), "cannot be compared")


@pytest.mark.parametrize(
    ("scalars", "said"),
    [
        ({}, "latency_ms was not measured"),
        ({"latency_ms": float("nan")}, "latency_ms is not a number"),
        ({"latency_ms": 101.0}, "latency_ms is 101, above its ceiling of 100"),
    ],
)
def test_ceilings_hold(scalars, said):
    assert refused(gate(evaluation(180, scalars=scalars), None, POLICY, FIRST), said)


def test_other_examples_are_not_compared():
    assert refused(gate(evaluation(180), evaluation(100, prefix="x"), POLICY, LATER), "400 examples", "only one of")
    assert refused(gate(evaluation(180, 200), evaluation(90, 199), POLICY, LATER), "1 examples")


def test_repeated_example_ids_are_not_compared():
    candidate = evaluation(180)
    candidate.examples.index = pd.Index(["0", *candidate.examples.index[:-1]])
    assert refused(gate(candidate, evaluation(100), POLICY, LATER), "candidate's example ids repeat")


def test_the_order_of_examples_does_not_matter():
    champion = evaluation(120)
    shuffled = Evaluation(champion.examples.sample(frac=1, random_state=1), champion.metrics, champion.slices, {})
    assert gate(evaluation(180), shuffled, POLICY, LATER) == gate(evaluation(180), champion, POLICY, LATER)


def test_a_champion_that_was_not_evaluated_stays():
    assert refused(gate(evaluation(200), None, POLICY, LATER), "version 3, was not evaluated")


def test_a_collapsed_slice_is_refused_although_the_whole_gains():
    champion, candidate = evaluation(110), evaluation(110)
    shoes = (champion.examples["category"] == "shoe").to_numpy()
    candidate = changed(candidate, "recall", np.where(shoes, 0.35 * champion.examples["recall"], 1.0))
    champion = changed(champion, "recall", np.where(shoes, champion.examples["recall"], 0.3))
    policy = POLICY.model_copy(update={"slice_limit": 0.0})
    verdict = gate(candidate, champion, policy, LATER)
    assert refused(verdict, "slice category=shoe", "a loss of more than 0.1")
    assert any("a gain" in reason for reason in verdict.reasons)


def test_a_slice_below_its_floor_is_refused_without_a_champion():
    base = evaluation(180)
    shoes = (base.examples["category"] == "shoe").to_numpy()
    candidate = changed(base, "recall", np.where(shoes, 0.2, 1.0))
    assert refused(gate(candidate, None, POLICY, FIRST), "slice category=shoe is 0.2, below the slice limit of 0.3")


def test_small_slices_are_judged_together():
    base = evaluation(180)
    names = np.where(np.arange(200) < 19, "rare", "common")
    candidate = changed(changed(base, "recall", np.where(names == "rare", 0.0, 1.0)), "category", names)
    assert gate(candidate, None, POLICY, FIRST).passed  # too few alone, they join the common ones
    assert refused(gate(candidate, None, POLICY.model_copy(update={"slice_size": 19}), FIRST), "category=rare")
    many = np.where(np.arange(200) < 38, np.where(np.arange(200) % 2, "rare", "rarer"), "common")
    candidate = changed(candidate, "category", many)
    stricter = POLICY.model_copy(update={"slice_limit": 0.6})
    assert refused(gate(candidate, None, stricter, FIRST), "category=any of 2 smaller is 0.5")


def test_an_announced_slice_that_is_missing_fails():
    base = evaluation(180)
    candidate = Evaluation(base.examples.drop(columns="category"), base.metrics, base.slices, base.scalars)
    assert refused(gate(candidate, evaluation(100), POLICY, LATER), "slices category are missing")


def test_too_few_examples_prove_nothing():
    assert refused(gate(evaluation(19, count=19), None, POLICY, FIRST), "19 examples")
    assert not gate(evaluation(0, count=0), None, POLICY, FIRST).passed


def test_simulated_never_replaces_real():
    facts = LATER.model_copy(update={"simulated": True})
    assert refused(gate(evaluation(200), evaluation(20), POLICY, facts), "never replaces the champion, version 3")
    assert not gate(evaluation(200), None, POLICY, facts).passed


def test_a_simulated_champion_does_not_stand_against_real_data():
    facts = LATER.model_copy(update={"champion_simulated": True})
    assert gate(evaluation(150), None, POLICY, facts).passed
    assert not gate(evaluation(90), None, POLICY, facts).passed


def test_what_was_rolled_back_is_promoted_only_by_hand():
    facts = LATER.model_copy(update={"version": 4, "rolled_back": True})
    assert refused(gate(evaluation(200), evaluation(50), POLICY, facts), "corkboard promote search 4")


def test_another_split_than_test_is_refused_however_good():
    for facts in (FIRST, LATER):
        validation = facts.model_copy(update={"split": "validation"})
        verdict = gate(evaluation(200), evaluation(50), POLICY, validation)
        assert refused(verdict, "the split validation", "only those of test count")


def test_a_champion_of_another_data_set_is_told():
    verdict = gate(evaluation(200), evaluation(50), POLICY, LATER.model_copy(update={"champion_dataset": "studio"}))
    assert verdict.passed
    assert any("learned from 'studio'; it is judged on 'shop' alone" in reason for reason in verdict.reasons)
    assert not any("alone" in reason for reason in gate(evaluation(200), evaluation(50), POLICY, LATER).reasons)


def test_the_champion_itself_passes_without_comparison():
    facts = LATER.model_copy(update={"version": 3})
    verdict = gate(evaluation(150), None, POLICY, facts)
    assert verdict.passed
    assert any("already the champion" in reason for reason in verdict.reasons)


@pytest.mark.parametrize(("licence", "serves"), [("CC0-1.0", True), ("research", False), ("none stated", False)])
def test_data_for_research_is_served_for_a_recorded_reason_alone(licence: str, serves: bool):
    facts = FIRST.model_copy(update={"licence": licence})
    assert gate(evaluation(150), None, POLICY, facts).passed == serves
    verdict = gate(evaluation(150), None, POLICY.model_copy(update={"override": "we have a contract"}), facts)
    assert verdict.passed
    assert any("somebody overrode that: we have a contract" in reason for reason in verdict.reasons) != serves


def test_refusals_come_first():
    verdict = gate(evaluation(90), None, POLICY, FIRST)
    assert "below" in verdict.reasons[0]
    assert "no champion" in verdict.reasons[-1]


BEATS = POLICY.model_copy(update={"beats": ("popularity",)})


def beside_baseline(candidate: Evaluation, right: int, name: str = "recall.popularity") -> Evaluation:
    """`candidate` with the column of a baseline that has `right` examples right."""
    values = evaluation(right).examples["recall"].to_numpy()
    examples = candidate.examples.assign(**{name: values})
    return Evaluation(examples, (*candidate.metrics, *means([name])), candidate.slices, candidate.scalars)


def test_a_baseline_has_to_be_beaten():
    verdict = gate(beside_baseline(evaluation(180), 100), None, BEATS, FIRST)
    assert verdict.passed
    assert any("from the baseline popularity on 200 examples: beaten" in reason for reason in verdict.reasons)
    assert refused(gate(beside_baseline(evaluation(150), 180), None, BEATS, FIRST), "-0.15", "popularity", "not beaten")


def test_a_gain_over_a_baseline_within_noise_is_refused():
    base = beside_baseline(evaluation(150), 150)
    values = base.examples["recall"].to_numpy().copy()
    values[np.flatnonzero(values == 0)[:2]] = 1  # two of two hundred
    assert refused(gate(changed(base, "recall", values), None, BEATS, FIRST), "+0.01", "not beaten")
    assert refused(gate(base, None, BEATS, FIRST), "+0 ", "not beaten")


def test_a_baseline_that_was_not_measured_is_not_beaten():
    assert refused(gate(evaluation(180), None, BEATS, FIRST), "recall.popularity was not measured", "not beaten")
    scalar = evaluation(180, scalars={"latency_ms": 20.0, "recall.popularity": 0.1})
    assert refused(gate(scalar, None, BEATS, FIRST), "recall.popularity was not measured over examples")
    other = beside_baseline(evaluation(180), 100, "top1.popularity")
    assert refused(gate(other, None, BEATS, FIRST), "recall.popularity was not measured")


def test_a_baseline_without_numbers_is_not_beaten():
    candidate = beside_baseline(evaluation(180), 100)
    values = candidate.examples["recall.popularity"].to_numpy().copy()
    values[3] = np.nan
    assert refused(gate(changed(candidate, "recall.popularity", values), None, BEATS, FIRST), "not a number")


def test_a_baseline_has_to_be_matched_to_within_what_may_be_lost():
    """It loses .05, and by its interval at most .13."""
    candidate = beside_baseline(evaluation(150), 160)
    for loss, passes in ((0.2, True), (0.1, False)):
        verdict = gate(candidate, None, POLICY.model_copy(update={"matches": {"popularity": loss}}), FIRST)
        assert verdict.passed == passes
        said = f"popularity on 200 examples: {'' if passes else 'not '}matched to within {loss:g}"
        assert any(said in reason for reason in verdict.reasons)
    unmeasured = gate(evaluation(180), None, POLICY.model_copy(update={"matches": {"trees": 0.1}}), FIRST)
    assert refused(unmeasured, "recall.trees was not measured", "not matched to within 0.1")


def test_a_baseline_has_to_be_beaten_whatever_the_champion():
    candidate = beside_baseline(evaluation(180), 190)
    assert refused(gate(candidate, evaluation(100), BEATS, LATER), "popularity", "not beaten")
    assert refused(gate(candidate, None, BEATS, LATER.model_copy(update={"version": 3})), "popularity", "not beaten")


def test_a_limit_that_is_null_is_none():
    limits = {"floors": {"recall": 0.5, "top1": None}, "ceilings": {"size_mb": None}}
    policy = GatePolicy.model_validate({"primary": "recall", "slice_limit": 0.1, "slice_drop": 0.1, **limits})
    assert (policy.floors, policy.ceilings) == ({"recall": 0.5}, {})
    with pytest.raises(ValidationError, match="needs a floor"):
        GatePolicy.model_validate({"primary": "top1", "slice_limit": 0.1, "slice_drop": 0.1, **limits})
