"""Interests of a person: clusters, medoids and importance, worked by hand."""

import numpy as np
import pytest

from components.interests import interests


def at(*degrees: float) -> np.ndarray:
    angle_N = np.radians(degrees)
    return np.stack([np.cos(angle_N), np.sin(angle_N)], axis=1).astype(np.float32)


def test_items_that_are_alike_are_one_interest_of_which_the_middle_stands_for_all() -> None:
    lamps, chairs = interests(at(0, 10, 20, 90, 95), np.array([0.1, 0.1, 0.1, 1.0, 0.5]), 1.0)[::-1]
    assert (lamps.rows, lamps.medoid, lamps.importance) == ((0, 1, 2), 1, pytest.approx(0.3))
    assert (chairs.rows, chairs.medoid, chairs.importance) == ((3, 4), 3, pytest.approx(1.5))
    assert len(interests(at(0, 10, 20, 90, 95), np.ones(5), 3.0)) == 1


def test_one_item_is_an_interest_and_none_are_none() -> None:
    assert [one.rows for one in interests(at(30), np.ones(1), 1.0)] == [(0,)]
    assert interests(at(), np.zeros(0), 1.0) == []
