"""Measures of ranked items, worked by hand."""

import pytest

from components.ranking.judge import judged


def test_gains_are_of_grades_and_what_nobody_judged_gains_nothing():
    measured = judged({"exact": 3.0, "little": 1.0, "good": 2.0}, ["unjudged", "little", "exact"])
    ideal = 7 + 3 / 1.5849625 + 1 / 2
    assert measured["ndcg_at_10"] == pytest.approx((1 / 1.5849625 + 7 / 2) / ideal, abs=1e-4)
    assert measured["mrr"] == pytest.approx(1 / 3)
    assert measured["recall_at_10"] == pytest.approx(1 / 2)


def test_recall_at_10_is_of_as_many_as_fit():
    grades = {f"item {number}": 3.0 for number in range(20)}
    assert judged(grades, sorted(grades)[:5])["recall_at_10"] == pytest.approx(0.5)


def test_a_query_without_a_relevant_item_has_nothing_to_recall():
    measured = judged({"some": 1.0}, ["some"])
    assert (measured["ndcg_at_10"], measured["recall_at_10"], measured["mrr"]) == (1.0, 0.0, 0.0)
