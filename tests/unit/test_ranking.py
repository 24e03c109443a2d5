"""Ranks and figures of ranked lists, worked by hand."""

import numpy as np
import pytest

from components.ranking import (
    UNRANKED,
    Attributes,
    best,
    coverage,
    coverage_of_share,
    interest_entropy,
    intra_list_diversity,
    masked,
    mean_by_owner,
    ndcg_at,
    novelty,
    recall_at,
    target_ranks,
)

ATTRIBUTES = Attributes.of([["red", "shirt"], ["red", "shoe"], ["blue", "hat"], [], ["red", "shirt"]])


def rank_of(scores, history, target, k=10):
    list_1K, score_1K = best(masked(np.array([scores], np.float32), [np.array(history, np.int64)]), k)
    return target_ranks(list_1K, score_1K, np.array([0]), np.array([target]))[0]


def test_the_rank_counts_what_is_better():
    assert rank_of([0.1, 0.9, 0.5, 0.7], [], 1) == 1
    assert rank_of([0.1, 0.9, 0.5, 0.7], [], 2) == 3
    assert rank_of([0.1, 0.9, 0.5, 0.7], [], 0) == 4


def test_the_history_is_masked():
    assert rank_of([0.1, 0.9, 0.5, 0.7], [1, 3], 2) == 1
    assert rank_of([0.1, 0.9, 0.5, 0.7], [1, 3], 0) == 2
    assert rank_of([0.1, 0.9, 0.5, 0.7], [1, 3], 3) == UNRANKED


def test_ties_stand_before_the_target():
    assert rank_of([0.5, 0.5, 0.9, 0.5], [], 0) == 4
    assert rank_of([0.5, 0.5, 0.9, 0.5], [1], 0) == 3
    assert rank_of([0.0] * 20, [], 0, k=10) == 10  # nothing is found above the end of the list


def test_a_short_list_does_not_rank_what_it_does_not_hold():
    assert rank_of([4, 3, 2, 1], [], 1, k=2) == 2
    assert rank_of([4, 3, 2, 1], [], 2, k=2) == UNRANKED


def test_lists_are_best_first_and_ties_by_item():
    list_BK, score_BK = best(np.array([[1, 3, 3, 2], [5, -np.inf, -np.inf, 6]], np.float32), 3)
    assert list_BK.tolist() == [[1, 2, 3], [3, 0, -1]]
    assert score_BK.tolist() == [[3, 3, 2], [6, 5, -np.inf]]


def test_several_targets_of_a_list():
    list_BK, score_BK = best(np.array([[4, 3, 2, 1], [1, 2, 3, 4]], np.float32), 4)
    assert target_ranks(list_BK, score_BK, np.array([0, 0, 1]), np.array([0, 2, 0])).tolist() == [1, 3, 4]


def test_accuracy_by_hand():
    rank_T = np.array([1, 3, 10, 11, UNRANKED])
    assert recall_at(rank_T, 10).tolist() == [1, 1, 1, 0, 0]
    # 1 / log2(2), 1 / log2(4), 1 / log2(11)
    assert ndcg_at(rank_T, 10) == pytest.approx([1, 0.5, 0.289065, 0, 0], abs=1e-6)
    assert mean_by_owner(np.array([1.0, 0.0, 0.5]), np.array([0, 0, 1]), 2).tolist() == [0.5, 0.5]


def test_coverage_by_hand():
    lists = np.array([[0, 1], [0, 2], [0, -1]])
    assert coverage(lists, 10) == pytest.approx(0.3)
    assert coverage_of_share(lists, 10, share=0.6) == pytest.approx(0.1)  # item 0 fills 3 of 5 places
    assert coverage_of_share(lists, 10, share=0.8) == pytest.approx(0.2)
    assert coverage_of_share(lists, 10) == pytest.approx(0.3)
    assert coverage_of_share(np.full((2, 2), -1), 10) == 0


def test_novelty_by_hand():
    # Item 0 has a half of 8 events (1 bit), item 1 a quarter (2 bits), item 2 none, as if one (3 bits).
    count_N = np.array([4, 2, 0, 2])
    assert novelty(np.array([[0, 1], [0, -1], [2, 2], [-1, -1]]), count_N).tolist() == [1.5, 1, 3, 0]


def test_diversity_by_hand():
    # red shirt / red shoe share 1 of 3 values; red shirt / blue hat none; red shirt / red shirt all.
    lists = np.array([[0, 1, -1], [0, 2, -1], [0, 4, -1], [0, 1, 2], [3, 3, -1], [0, -1, -1]])
    found = intra_list_diversity(lists, ATTRIBUTES)
    assert found == pytest.approx([2 / 3, 1, 0, (2 / 3 + 1 + 1) / 3, 0, 0])


def test_interest_entropy_by_hand():
    # One item: two values at a half, 1 bit. Red 1/2, shirt 1/4, shoe 1/4: 1.5 bits. Four values: 2 bits.
    lists = np.array([[0, -1], [0, 1], [0, 2], [0, 4], [3, -1], [-1, -1]])
    assert interest_entropy(lists, ATTRIBUTES) == pytest.approx([1, 1.5, 2, 1, 0, 0])
