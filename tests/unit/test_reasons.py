"""What a gain says of itself: LightGBM's own contributions, and parts that add up."""

from pathlib import Path

import lightgbm
import numpy as np
import pytest

from components.calibration import sigmoid
from components.learning.leaves import Leaves
from components.learning.trees import leaves_of, write_trees
from components.uplift.gains import Gain, Part, linear
from components.uplift.reasons import Explained, reasons

COUNT = 600


@pytest.fixture
def people() -> np.ndarray:
    matrix_NX = np.random.default_rng(0).standard_normal((COUNT, 4)).astype(np.float32)
    matrix_NX[:, 3] = matrix_NX[:, 3] > 0
    return matrix_NX


def fitted(matrix_NX: np.ndarray, **more: object) -> lightgbm.Booster:
    label_N = (matrix_NX[:, 0] * matrix_NX[:, 1] + matrix_NX[:, 3] > 0.5).astype(float)
    settings = {"objective": "binary", "num_threads": 1, "verbosity": -1, "bagging_fraction": 0.8, "bagging_freq": 1}
    return lightgbm.train(settings | more, lightgbm.Dataset(matrix_NX, label_N), 10)


@pytest.mark.parametrize("leaves", [2, 7, 31])
def test_leaves_say_what_lightgbm_says_of_each_signal(people: np.ndarray, leaves: int) -> None:
    booster = fitted(people, num_leaves=leaves)
    opened = Leaves(leaves_of(booster))
    contributions_NX = np.asarray(booster.predict(people, pred_contrib=True))
    assert np.abs(opened.added(people) - contributions_NX[:, :-1]).max() < 1e-12
    assert opened.base == pytest.approx(contributions_NX[0, -1], abs=1e-12)


def test_a_last_signal_that_is_known_is_asked_for_no_more(people: np.ndarray, tmp_path: Path) -> None:
    booster = fitted(people)
    for last in (0.0, 1.0):
        write_trees(booster, people[:, :3], tmp_path / "trees.onnx", last)  # checks what it wrote
        opened = Leaves(leaves_of(booster, last))
        known = np.column_stack([people[:, :3], np.full(COUNT, last)])
        sum_N = opened.base + opened.added(people[:, :3]).sum(axis=1)
        assert np.abs(sum_N - np.asarray(booster.predict(known, raw_score=True))).max() < 1e-12


def test_what_columns_add_to_a_gain_adds_up_to_it(people: np.ndarray) -> None:
    weight_C = np.array([0.5, -1.0, 0.0, 2.0])
    line = Explained(linear(weight_C, -0.3), -0.3, lambda matrix_NC: matrix_NC * weight_C)
    booster = fitted(people)
    leaves = Leaves(leaves_of(booster))
    trees = Explained(lambda x_NC: np.asarray(booster.predict(x_NC, raw_score=True)), leaves.base, leaves.added)
    parts = [Part(0.7, "sigmoid", trees, unless=line), Part(-0.4, "sigmoid", line), Part(0.2, "identity", trees)]
    gain = Gain(0.01, parts)
    usual, added_NC = reasons(gain, people)
    assert np.abs(usual + added_NC.sum(axis=1) - gain.of(people)).max() < 1e-12
    assert reasons(Gain(0.01, ()), people)[1].max() == 0


def test_a_column_that_a_model_does_not_read_adds_nothing_and_of_two_alike_each_adds_half() -> None:
    line = Explained(linear(np.array([1.0, 1.0, 0.0]), 0.0), 0.0, lambda matrix_NC: matrix_NC * [1, 1, 0])
    usual, added_1C = reasons(Gain(0.0, [Part(1.0, "sigmoid", line)]), np.array([[2, 2, 5]], np.float32))
    half = (sigmoid(np.array(4.0)) - 0.5) / 2
    assert usual == 0.5
    assert added_1C.tolist() == [[pytest.approx(half), pytest.approx(half), 0]]
