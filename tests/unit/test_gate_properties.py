"""What holds for the gate whatever the figures are, over seeded random evaluations."""

import numpy as np
import pandas as pd
import pytest

from components.evaluation import Evaluation
from components.lifecycle.facts import Facts
from components.lifecycle.gate import gate
from components.lifecycle.plan import GatePolicy
from components.metrics import means

POLICY = GatePolicy(primary="map", floors={"map": 0.3}, slice_limit=0.1, slice_drop=0.1)
FACTS = Facts(system="search", split="test", dataset="shop", simulated=False, champion_version=1)
SEEDS = range(25)


def pair(seed: int) -> tuple[Evaluation, Evaluation]:
    """A candidate and a champion that differ by a random shift and noise."""
    generator = np.random.default_rng(seed)
    champion_N = generator.uniform(0, 1, 120)
    shift = generator.uniform(-0.15, 0.25)
    candidate_N = np.clip(champion_N + shift + generator.normal(0, 0.2, 120), 0, 1)
    slices = generator.choice(["a", "b", "c"], 120)
    return _evaluation(candidate_N, slices), _evaluation(champion_N, slices)


def _evaluation(values_N: np.ndarray, slices: np.ndarray) -> Evaluation:
    frame = pd.DataFrame({"map": values_N, "category": slices})
    return Evaluation(frame, means(["map"]), ("category",), {})


def test_both_verdicts_occur():
    passed = [gate(*pair(seed), POLICY, FACTS).passed for seed in SEEDS]
    assert 3 < sum(passed) < len(passed) - 3


@pytest.mark.parametrize("seed", SEEDS)
def test_getting_better_never_hurts(seed):
    candidate, champion = pair(seed)
    better = _evaluation(candidate.examples["map"].to_numpy() + 0.05, candidate.examples["category"].to_numpy())
    assert gate(candidate, champion, POLICY, FACTS).passed <= gate(better, champion, POLICY, FACTS).passed


@pytest.mark.parametrize("seed", SEEDS)
def test_of_two_at_most_one_beats_the_other(seed):
    candidate, champion = pair(seed)
    assert not (gate(candidate, champion, POLICY, FACTS).passed and gate(champion, candidate, POLICY, FACTS).passed)


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_beats_itself(seed):
    candidate, _ = pair(seed)
    assert not gate(candidate, candidate, POLICY, FACTS).passed


@pytest.mark.parametrize("seed", SEEDS)
def test_stricter_floors_never_help(seed):
    candidate, champion = pair(seed)
    strict = POLICY.model_copy(update={"floors": {"map": 0.6}, "slice_limit": 0.5})
    assert gate(candidate, champion, strict, FACTS).passed <= gate(candidate, champion, POLICY, FACTS).passed


@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_figures_give_the_same_words(seed):
    candidate, champion = pair(seed)
    assert gate(candidate, champion, POLICY, FACTS) == gate(candidate, champion, POLICY, FACTS)


def test_a_tie_is_rarely_taken_for_a_gain():
    """Under no true difference the two-sided 95 % interval lets about 2.5 % through."""
    taken = 0
    for seed in range(200):
        generator = np.random.default_rng(1000 + seed)
        first, second = generator.uniform(0.4, 1, (2, 100))
        slices = np.full(100, "all")
        policy = POLICY.model_copy(update={"slice_drop": 1.0})
        taken += gate(_evaluation(first, slices), _evaluation(second, slices), policy, FACTS).passed
    assert taken <= 14  # 2.5 % of 200 is 5
