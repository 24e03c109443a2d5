import numpy as np
import pytest

from components.learning.calibration import fit_temperature


def test_temperature_undoes_a_known_overconfidence():
    generator = np.random.default_rng(0)
    logits_NC = generator.normal(size=(20_000, 5)) * 2
    cumulative_NC = np.cumsum(np.exp(logits_NC) / np.exp(logits_NC).sum(1, keepdims=True), axis=1)
    label_N = (generator.random((20_000, 1)) > cumulative_NC).sum(1)
    assert fit_temperature(logits_NC * 3, label_N) == pytest.approx(3, rel=0.05)
    assert fit_temperature(logits_NC, label_N) == pytest.approx(1, rel=0.05)


def test_labels_unseen_in_training_do_not_move_the_temperature():
    logits_NC = np.array([[2.0, 0.0], [0.0, 2.0], [0.5, 0.0]])
    label_N = np.array([0, 1, 1])
    grown = fit_temperature(np.vstack([logits_NC, [[9.0, 0.0]]]), np.append(label_N, -1))
    assert grown == fit_temperature(logits_NC, label_N)
    assert fit_temperature(logits_NC, np.array([-1, -1, -1])) == 1.0
