"""Orders that trade relevance for variety or for shares of groups, and what is measured of them."""

from itertools import combinations

import numpy as np
import pytest

from components.reranking.diversity import Method, diversified, intra_list_distance
from components.reranking.exposure import exposure_ratio, min_skew, ndkl, shows_all, skew
from components.reranking.groups import constrained_sort, greedy_shares, round_robin, strong_or
from data.errors import UserError

COPIES_ND = np.repeat(np.eye(4, 8, dtype=np.float32), 5, axis=0)  # four things, five copies of each
SCORES_N = np.linspace(1, 0.5, 20)


@pytest.mark.parametrize("method", ["mmr", "dpp", "ssd"])
def test_copies_are_shown_once_everything_else_was(method: Method) -> None:
    shuffled_N = np.random.default_rng(1).permutation(20)
    chosen = diversified(SCORES_N[shuffled_N], COPIES_ND[shuffled_N], 4, method, 0.8)
    assert sorted(shuffled_N[chosen].tolist()) == [0, 5, 10, 15]  # the best of each
    assert chosen[0] == np.flatnonzero(shuffled_N == 0)[0]
    everything = diversified(SCORES_N, COPIES_ND, 50, method, 0.8)
    assert sorted(everything.tolist()) == list(range(20))
    assert diversified(SCORES_N, COPIES_ND, 5, method, 0.0).tolist() == [0, 1, 2, 3, 4]


def test_what_cannot_be_ranked_is_said() -> None:
    with pytest.raises(UserError, match="not a finite number"):
        diversified([1.0, float("nan")], np.eye(2), 2)
    with pytest.raises(UserError, match="a score and a vector"):
        diversified([1.0], np.eye(2), 2)
    with pytest.raises(UserError, match="from 0 to 1"):
        diversified([1.0, 2.0], np.eye(2), 2, diversity=2)
    with pytest.raises(UserError, match="sum to 1"):
        greedy_shares([1.0, 2.0], [0, 1], [0.5, 0.4], 2)
    with pytest.raises(UserError, match="at most 1 in all"):
        strong_or([1.0, 2.0], [0, 1], [0.9, 0.4], 2)


def test_strong_or_is_the_most_relevant_choice_that_holds_the_shares() -> None:
    random = np.random.default_rng(2)
    for _ in range(20):
        scores_N, groups_N = random.random(9), random.integers(0, 3, 9)
        shares_G = np.array([0.25, 0.5, 0.0])
        chosen = strong_or(scores_N, groups_N, shares_G, 4)
        least_G = np.minimum([1, 2, 0], np.bincount(groups_N, minlength=3))
        valid = [
            scores_N[list(some)].sum()
            for some in combinations(range(9), 4)
            if (np.bincount(groups_N[list(some)], minlength=3) >= least_G).all()
        ]
        assert scores_N[chosen].sum() == pytest.approx(max(valid))
        assert (np.diff(scores_N[chosen]) <= 0).all()


def test_every_prefix_has_its_shares() -> None:
    """While the groups last. The greedy order may miss some of four groups and more, the constrained one none."""
    random = np.random.default_rng(3)
    for groups in (2, 3, 5):
        shares_G = random.dirichlet(np.full(groups, 2.0))
        groups_N = np.repeat(np.arange(groups), 60)
        scores_N = random.random(len(groups_N)) + groups_N  # the last group is the most relevant by far
        for order in (constrained_sort, greedy_shares):
            chosen = order(scores_N, groups_N, shares_G, 50)
            assert len(set(chosen.tolist())) == 50
            shown_KG = np.cumsum(groups_N[chosen][:, None] == np.arange(groups), axis=0)
            least_KG = np.floor(np.arange(1, 51)[:, None] * shares_G + 1e-9)
            if order is constrained_sort or groups < 4:
                assert (shown_KG >= least_KG).all()
            for group in range(groups):  # within a group the order is the score's
                assert (np.diff(scores_N[chosen[groups_N[chosen] == group]]) <= 0).all()


def test_a_group_without_candidates_and_one_that_runs_out() -> None:
    scores_N, groups_N, shares_G = [0.9, 0.8, 0.7, 0.6], [0, 0, 2, -1], [0.4, 0.3, 0.3]
    for order in (greedy_shares, constrained_sort, strong_or):
        assert sorted(order(scores_N, groups_N, shares_G, 4).tolist()) == [0, 1, 2, 3]
        assert sorted(order(scores_N, groups_N, shares_G, 9).tolist()) == [0, 1, 2, 3]
    assert round_robin(scores_N, groups_N, 3).tolist() == [0, 2, 3]
    assert round_robin([], [], 3).tolist() == []


def test_what_is_seen() -> None:
    groups_N = np.array([0, 0, 1, 1])
    assert shows_all(groups_N, 3, 2)
    assert not shows_all(groups_N, 2, 2)
    assert skew(groups_N, [0.5, 0.5], 3).tolist() == pytest.approx([np.log(4 / 3), np.log(2 / 3)])
    assert min_skew(groups_N, [0.5, 0.5], 3) == pytest.approx(np.log(2 / 3))
    seen = 1 / np.log2(np.arange(2, 6))
    assert exposure_ratio(groups_N, 1) == pytest.approx(seen[2:].sum() / seen[:2].sum())
    assert np.isnan(exposure_ratio([0, 0], 1))
    two_thirds = 2 / 3 * np.log(4 / 3) + 1 / 3 * np.log(2 / 3)
    assert ndkl(groups_N, [0.5, 0.5]) == pytest.approx((seen[:3] @ [np.log(2), np.log(2), two_thirds]) / seen.sum())
    assert ndkl([0, 1] * 50, [0.5, 0.5]) < ndkl([0] * 50 + [1] * 50, [0.5, 0.5])
    assert intra_list_distance([[2, 0], [0, 3], [1, 0]]) == pytest.approx(2 / 3)
    assert np.isnan(intra_list_distance([[1, 0]]))
