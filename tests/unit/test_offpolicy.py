"""Off-policy evaluation: known answers, coverage, refusal, and logs that are not sound."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from components.offpolicy import Logged, cross_fitted, evaluate, read_log
from data.errors import UserError

CHANCES = np.array([0.1, 0.2, 0.4])
DRAWN, POLICY = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])


def drawn(seed: int, rows: int = 1000) -> Logged:
    generator = np.random.default_rng(seed)
    action_N = generator.choice(3, rows, p=DRAWN)
    reward_N = (generator.random(rows) < CHANCES[action_N]).astype(float)
    return Logged(reward_N, action_N, DRAWN[action_N], np.tile(POLICY, (rows, 1)))


def test_estimators_are_what_their_formulas_say() -> None:
    action_N = np.tile([0, 1], 100)
    reward_N = np.tile([1.0, 0.0, 0.0, 1.0], 50)
    log = Logged(reward_N, action_N, np.where(action_N == 0, 0.8, 0.05), np.tile([0.4, 0.6], (200, 1)))
    found = evaluate(log, np.tile([0.5, 0.25], (200, 1)))
    value = {name: each.value for name, each in found.estimates.items()}
    light, heavy = 0.5, 12.0  # weights of the two actions, half of the rows each; half of each has a reward
    model = 0.4 * 0.5 + 0.6 * 0.25
    assert value["dm"] == pytest.approx(model)
    assert value["ipw"] == pytest.approx((light + heavy) / 4)
    assert value["snipw"] == pytest.approx(0.5)
    assert value["dr"] == pytest.approx(model + heavy * (0.5 - 0.25) / 2)
    assert value["switch"] == pytest.approx(
        model
    )  # the light action is predicted well, the heavy one left to the model
    assert value["shrunk"] == pytest.approx(model + 1200 / 244 * (0.5 - 0.25) / 2)
    assert found.ess == pytest.approx(200 * (light + heavy) ** 2 / 2 / (light**2 + heavy**2))


def test_intervals_cover_and_a_better_policy_is_worth_a_test() -> None:
    truth, covered = POLICY @ CHANCES, []
    for seed in range(60):
        log = drawn(seed)
        found = evaluate(log, cross_fitted(log, np.ones((1000, 1)), seed=seed), seed, resamples=300)
        covered.append(
            [found.estimates[name].low <= truth <= found.estimates[name].high for name in ("ipw", "snipw", "dr")]
        )
    assert (np.mean(covered, axis=0) > 0.87).all()
    large = drawn(0, 20_000)
    found = evaluate(large, np.tile(CHANCES, (20_000, 1)))
    assert found.advice.startswith("Test: ")
    assert found.gain is not None
    assert found.gain.value == pytest.approx((POLICY - DRAWN) @ CHANCES, abs=0.02)
    assert found.estimates["dm"].low is None


def test_rows_of_a_slate_are_drawn_together() -> None:
    log = drawn(0, 3000)
    slate_N = np.arange(3000) // 3
    q_NA = np.tile(CHANCES, (3000, 1))
    alone = evaluate(log, q_NA)
    slates = evaluate(Logged(log.reward_N, log.action_N, log.propensity_N, log.policy_NA, slate_N), q_NA)
    for name in ("ipw", "snipw", "dr"):
        assert slates.estimates[name].value == pytest.approx(3 * alone.estimates[name].value)
    same = Logged(
        *(np.repeat(each[:1000], 3, axis=0) for each in (log.reward_N, log.action_N, log.propensity_N)),
        log.policy_NA,
        slate_N,
    )
    wide = evaluate(same, q_NA).estimates["dr"]
    assert wide.high - wide.low > 1.4 * (slates.estimates["dr"].high - slates.estimates["dr"].low)


def test_too_small_an_effective_sample_is_refused() -> None:
    action_N = np.r_[np.zeros(999, int), 1]
    log = Logged(np.ones(1000), action_N, np.where(action_N == 0, 0.999, 0.001), np.tile([0.1, 0.9], (1000, 1)))
    found = evaluate(log, np.ones((1000, 2)))
    assert found.estimates == {}
    assert "the effective sample size is 1 of 1000 rows" in (found.refused or "")
    assert found.advice.startswith("No estimate")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"propensity_N": np.array([0.0, 0.5])}, "1 propensities are not above 0"),
        ({"propensity_N": np.array([1.5, np.nan])}, "2 propensities"),
        ({"action_N": np.array([0, 2])}, "numbers from 0 to 1"),
        ({"policy_NA": np.full((2, 2), 0.4)}, "add up to 1"),
        ({"reward_N": np.array([0.0, 2.0])}, "from 0 to 1"),
    ],
)
def test_an_unsound_log_is_refused(changed: dict[str, np.ndarray], says: str) -> None:
    sound = {
        "reward_N": np.zeros(2),
        "action_N": np.zeros(2, int),
        "propensity_N": np.ones(2),
        "policy_NA": np.full((2, 2), 0.5),
    }
    with pytest.raises(UserError, match=says):
        Logged(**(sound | changed))


def test_a_file_is_read(tmp_path: Path) -> None:
    log = drawn(0, 300)
    rows = pd.DataFrame(
        {"reward": log.reward_N, "action": log.action_N, "propensity": log.propensity_N, "age": np.arange(300)}
    )
    rows.to_parquet(tmp_path / "bad.parquet")
    with pytest.raises(UserError, match="needs the columns"):
        read_log(tmp_path / "bad.parquet")
    rows.assign(policy=list(log.policy_NA)).to_parquet(tmp_path / "log.parquet")
    read, x_ND = read_log(tmp_path / "log.parquet")
    assert x_ND.shape == (300, 1)
    assert (read.weights == log.weights).all()


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"slate": [1, None]}, "1 rows without a slate"),
        ({"action": [0, 1.7]}, "1 actions that are no whole numbers"),
        ({"action": ["a", "b"]}, "the column action has what is no number"),
        ({"policy": [[0.5, 0.5], None]}, "a list of numbers in every row"),
        ({"policy": ["ab", "cd"]}, "a list of numbers in every row"),
        ({"policy": [[0.5, 0.5], [1.0]]}, "a list of numbers in every row"),
    ],
)
def test_rows_that_would_be_misread_are_refused(changed: dict[str, object], says: str, tmp_path: Path) -> None:
    rows = pd.DataFrame({"reward": [0, 1], "action": [0, 1], "propensity": [0.5, 0.5]})
    rows.assign(**({"policy": [[0.5, 0.5], [0.2, 0.8]]} | changed)).to_parquet(tmp_path / "log.parquet")
    with pytest.raises(UserError, match=says):
        read_log(tmp_path / "log.parquet")


def test_booleans_are_features_and_what_is_no_parquet_is_named(tmp_path: Path) -> None:
    rows = pd.DataFrame({"reward": [0, 1], "action": [0, 1], "propensity": [0.5, 0.5], "known": [True, False]})
    rows.assign(policy=[[0.5, 0.5], [0, 1]]).to_parquet(tmp_path / "log.parquet")
    assert read_log(tmp_path / "log.parquet")[1].tolist() == [[1], [-1]]
    (tmp_path / "text.parquet").write_text("reward,action")
    with pytest.raises(UserError, match=r"text\.parquet cannot be read"):
        read_log(tmp_path / "text.parquet")


def test_a_slate_is_predicted_from_other_slates() -> None:
    log = drawn(0, 600)
    slate_N = np.arange(600) // 3
    slates = Logged(log.reward_N, log.action_N, log.propensity_N, log.policy_NA, slate_N)
    first_A = cross_fitted(slates, np.ones((600, 1)))[0]
    turned_N = np.where(slate_N == 0, 1 - log.reward_N, log.reward_N)
    other = Logged(turned_N, log.action_N, log.propensity_N, log.policy_NA, slate_N)
    assert cross_fitted(other, np.ones((600, 1)))[0] == pytest.approx(first_A, abs=1e-12)
    one = Logged(log.reward_N, log.action_N, log.propensity_N, log.policy_NA, np.zeros(600))
    with pytest.raises(UserError, match="more rows or slates"):
        cross_fitted(one, np.ones((600, 1)))
