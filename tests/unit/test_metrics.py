import numpy as np
import pytest

from components.metrics.retrieval import average_precision_at_r, hit_at


def test_hit_at_counts_a_query_once_however_many_results_are_relevant():
    relevant_QK = np.array([[0, 1, 1], [0, 0, 1], [0, 0, 0]], bool)
    assert hit_at(relevant_QK, 1).tolist() == [0, 0, 0]
    assert hit_at(relevant_QK, 2).tolist() == [1, 0, 0]
    assert hit_at(relevant_QK, 3).tolist() == [1, 1, 0]


def test_average_precision_at_r_by_hand():
    # Two relevant: ranks 1 and 4 of which only rank 1 lies within R = 2: (1/1 + 0) / 2.
    # Three relevant at 1, 2, 5: (1/1 + 2/2) / 3. None relevant: 0. All relevant: 1.
    relevant_QN = np.array([[1, 0, 0, 1, 0], [1, 1, 0, 0, 1], [0, 0, 0, 0, 0], [1, 1, 1, 1, 1]], bool)
    assert average_precision_at_r(relevant_QN) == pytest.approx([0.5, 2 / 3, 0.0, 1.0])


def test_average_precision_at_r_discounts_a_late_start():
    # R = 2, relevant at 2 and 3: within R only rank 2, precision 1/2; over R: 1/4.
    assert average_precision_at_r(np.array([[0, 1, 1]], bool)) == pytest.approx([0.25])
