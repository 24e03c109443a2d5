"""Neighbours of generated examples, by hand."""

import numpy as np
import pytest

from components.metrics.neighbours import copying, coverage, nearest


def test_coverage_and_nearest_by_hand() -> None:
    real = np.array([[0.0, 1.0], [0.1, 1.0], [10.0, 1.0], [10.2, 1.0]])
    assert coverage(real, np.array([[0.0, 1.0]])).tolist() == [1.0, 1.0, 1.0, 1.0]  # three neighbours reach far
    assert coverage(real, np.array([[99.0, 1.0]])).tolist() == [0.0] * 4
    distance, row = nearest(np.array([[2.0, 0.0]]), np.array([[0.0, 1.0], [5.0, 0.0]]))
    assert row.tolist() == [1]
    assert distance == pytest.approx([0.0])


def test_copying_is_half_where_made_pictures_are_as_near_as_new_photos() -> None:
    cells, real = np.array(["a", "a", "b", "b"]), np.array([0.2, 0.4, 1.0, 2.0])
    assert copying(real, real, cells).tolist() == [0.75, 0.25, 0.75, 0.25]
    assert copying(np.zeros(4), real, cells).tolist() == [1.0] * 4
    assert copying(np.full(4, 1.5), real, cells).tolist() == [0.0, 0.0, 0.5, 0.5]  # each against its own cell
