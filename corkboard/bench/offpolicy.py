"""Off-policy evaluation where the truth is known: digits as a bandit, Open Bandit both ways, and simulated logs."""

import json
from typing import TYPE_CHECKING

import numpy as np

from corkboard.bench._row import Row

if TYPE_CHECKING:
    from components.offpolicy import Logged

__all__ = ["run"]

DIGITS, STRENGTH = 30, 10.0  # runs; of the reward model, tuned on the digits of other seeds
SIMULATED, ROWS, ACTIONS = 300, 2000, 10
SETTINGS = [(campaign, *way) for campaign in ("all", "men", "women") for way in (("random", "bts"), ("bts", "random"))]
POSITIONS, DRAWS, BLOCK = 3, 100_000, 10_000


def run() -> list[Row]:
    """Errors of estimates where the value of a policy is known, and what their intervals cover."""
    return [*_digits(), *_open_bandit(), _coverage()]


def _digits() -> list[Row]:
    """OBP's example: classifiers choose digits; the value of a policy is known exactly."""
    from sklearn.datasets import load_digits
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split

    from components.offpolicy import Logged, cross_fitted, evaluate

    x_ND, label_N = load_digits(return_X_y=True)
    errors: dict[str, list[float]] = {}
    for seed in range(DIGITS):
        x_TD, x_ED, label_T, label_E = train_test_split(x_ND, label_N, test_size=0.7, random_state=seed)
        generator, rows = np.random.default_rng(seed), np.arange(len(label_E))
        forest = RandomForestClassifier(
            n_estimators=100, max_depth=10, min_samples_leaf=5, random_state=12345, n_jobs=1
        )
        logs = LogisticRegression(max_iter=10_000, C=100, random_state=12345).fit(x_TD, label_T).predict(x_ED)
        would = forest.fit(x_TD, label_T).predict(x_ED)
        drawn_EA, policy_EA = np.full((len(rows), 10), 0.06), np.full((len(rows), 10), 0.01)
        drawn_EA[rows, logs] += 0.4
        policy_EA[rows, would] += 0.9
        action_E = (generator.random(len(rows))[:, None] > drawn_EA.cumsum(axis=1)).sum(axis=1)
        log = Logged((action_E == label_E).astype(float), action_E, drawn_EA[rows, action_E], policy_EA)
        truth = policy_EA[rows, label_E].mean()
        found = evaluate(log, cross_fitted(log, x_ED / 16, STRENGTH, seed), seed, resamples=500)
        for name, each in found.estimates.items():
            errors.setdefault(name, []).append(abs(each.value - truth) / truth)
    published = {"dm": 0.436541, "ipw": 0.030288, "snipw": 0.022764, "dr": 0.016156, "switch": 0.034657}
    return [
        Row(
            f"digits, {DIGITS} runs: relative error of {name}",
            float(np.mean(error)),
            published.get(name, 0.015868),
            "share",
            "published by OBP",
        )
        for name, error in errors.items()
    ]


def _open_bandit() -> list[Row]:
    """The value of one policy from the log of the other, against the clicks of its own log."""
    import pandas as pd

    from components.offpolicy import Logged, cross_fitted, evaluate
    from corkboard.bench.experiments import given

    prior = json.loads(given("ads/obd_bts_prior.json").read_text())
    drawn = {name: _thompson(np.array(each["alpha"]), np.array(each["beta"])) for name, each in prior.items()}
    rows = []
    covered = computed = 0
    for campaign, logged, evaluated in SETTINGS:
        own, other = (
            pd.read_csv(given(f"ads/obd_{policy}_{campaign}.csv.gz"), index_col=0) for policy in (logged, evaluated)
        )
        chosen_AP = drawn[campaign]
        policy_AP = chosen_AP if evaluated == "bts" else np.full(chosen_AP.shape, 1 / len(chosen_AP))
        position_N = own.position.to_numpy() - 1
        log = Logged(
            own.click.to_numpy(float),
            own.item_id.to_numpy(),
            own.propensity_score.to_numpy(),
            policy_AP[:, position_N].T,
        )
        users = pd.get_dummies(own[[f"user_feature_{number}" for number in range(4)]]).to_numpy(float)
        found = evaluate(log, cross_fitted(log, np.hstack([users, np.eye(POSITIONS)[position_N]]), strength=0.1))
        truth, setting = float(other.click.mean()), f"Open Bandit, {campaign}, {logged} to {evaluated}"
        if found.refused:
            rows.append(Row(f"{setting}: refused at an effective sample size of", found.ess, None, "rows"))
            continue
        robust = found.estimates["dr"]
        assert robust.low is not None
        assert robust.high is not None
        computed += 1
        covered += robust.low <= truth <= robust.high
        says = f"{setting}, ESS {found.ess:.0f}: DR [{robust.low:.4f}, {robust.high:.4f}]"
        rows.append(Row(says, robust.value, truth, "clicks", "its own log"))
    rows.append(Row("Open Bandit: intervals of DR that cover the truth", covered, computed, "settings", "computed"))
    return rows


def _thompson(alpha_A: np.ndarray, beta_A: np.ndarray) -> np.ndarray:
    """How often Thompson sampling shows each item at each position (A, positions), by drawing."""
    generator, items = np.random.default_rng(12345), len(alpha_A)
    count_AP = np.zeros((items, POSITIONS))
    for _ in range(DRAWS // BLOCK):
        best_BP = np.argsort(-generator.beta(alpha_A, beta_A, size=(BLOCK, items)), axis=1)[:, :POSITIONS]
        for position in range(POSITIONS):
            count_AP[:, position] += np.bincount(best_BP[:, position], minlength=items)
    return count_AP / DRAWS


def _coverage() -> Row:
    """How often the interval of DR covers the known truth of simulated logs."""
    from components.offpolicy import cross_fitted, evaluate

    large = [_simulated(10**6 + number, 50_000) for number in range(4)]
    truth = np.mean([(chance_NA * log.policy_NA).sum(axis=1).mean() for log, _, chance_NA in large])
    covered = []
    for seed in range(SIMULATED):
        log, x_ND, _ = _simulated(seed, ROWS)
        robust = evaluate(log, cross_fitted(log, x_ND), seed, resamples=400).estimates["dr"]
        assert robust.low is not None
        assert robust.high is not None
        covered.append(robust.low <= truth <= robust.high)
    says = f"{SIMULATED} simulated logs of {ROWS:,} rows: intervals of DR that cover the truth"
    return Row(says, float(np.mean(covered)), 0.95, "share", "level")


def _simulated(seed: int, rows: int) -> "tuple[Logged, np.ndarray, np.ndarray]":
    """A log with rare rewards that does other things than the policy; what is known of rows, and chances of reward."""
    from components.offpolicy import Logged

    generator = np.random.default_rng(seed)
    x_ND = generator.standard_normal((rows, 2))
    slope_DA = np.random.default_rng(0).standard_normal((3, ACTIONS))
    score_NA = np.hstack([x_ND, np.ones((rows, 1))]) @ slope_DA
    likes_A = np.where(np.isin(np.arange(ACTIONS), (1, 3, 6)), -0.7, 0.7)
    drawn_NA, policy_NA = (
        np.exp(each) / np.exp(each).sum(axis=1, keepdims=True) for each in (likes_A * score_NA, score_NA)
    )
    action_N = (generator.random(rows)[:, None] > drawn_NA.cumsum(axis=1)).sum(axis=1).clip(max=ACTIONS - 1)
    chance_NA = 1 / (1 + np.exp(4 - score_NA))
    every = np.arange(rows)
    reward_N = (generator.random(rows) < chance_NA[every, action_N]).astype(float)
    return Logged(reward_N, action_N, drawn_NA[every, action_N], policy_NA), x_ND, chance_NA
