import numpy as np
import pandas as pd
import pytest

from components.evaluation import Evaluation, bootstrap_means


def _evaluation(values):
    examples = pd.DataFrame({"hit": values, "kind": ["a", "b"] * (len(values) // 2)})
    examples.index = pd.Index([f"e{row}" for row in range(len(values))], name="example_id")
    return Evaluation(examples, ("hit",), ("kind",), {"size_mb": 3.0}, ("one.png",))


def test_totals_hold_the_mean_and_its_interval():
    found = _evaluation([1.0] * 80 + [0.0] * 20).totals()
    assert found["hit"].value == pytest.approx(0.8)
    # The normal approximation gives 0.8 -+ 1.96 * 0.04.
    assert found["hit"].low == pytest.approx(0.72, abs=0.015)
    assert found["hit"].high == pytest.approx(0.88, abs=0.015)
    assert found["size_mb"].low == found["size_mb"].value == 3.0


def test_slices_have_means_and_counts():
    assert _evaluation([1.0, 0.0, 1.0, 0.0]).by_slice("hit") == {"kind=a": (1.0, 2), "kind=b": (0.0, 2)}


def test_saved_and_loaded_is_the_same(tmp_path):
    saved = _evaluation([1.0, 0.0])
    saved.save(tmp_path)
    loaded = Evaluation.load(tmp_path)
    pd.testing.assert_frame_equal(loaded.examples, saved.examples)
    assert (loaded.metrics, loaded.slices, loaded.scalars) == (saved.metrics, saved.slices, saved.scalars)
    assert loaded.pictures == saved.pictures


def test_bootstrap_is_seeded_and_needs_examples():
    values = np.arange(10.0)
    assert np.array_equal(bootstrap_means(values, 1), bootstrap_means(values, 1))
    assert not np.array_equal(bootstrap_means(values, 1), bootstrap_means(values, 2))
    with pytest.raises(ValueError, match="no examples"):
        bootstrap_means(np.array([]))


def test_metrics_share_the_draws():
    values_NM = np.random.default_rng(0).random((50, 3))
    together = bootstrap_means(values_NM, 1)
    assert together.shape == (2000, 3)
    assert np.allclose(together[:, 1], bootstrap_means(values_NM[:, 1], 1))
    assert np.allclose(np.quantile(together, 0.5, axis=0), values_NM.mean(axis=0), atol=0.02)
