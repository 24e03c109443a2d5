import time

import numpy as np
import pandas as pd
import pytest

from components.evaluation import Evaluation
from components.metrics import Auc, Metric, Scalar, bootstrap, means
from components.metrics.bootstrap import bootstrap_means, resampled


def _evaluation(values):
    examples = pd.DataFrame({"hit": values, "kind": ["a", "b"] * (len(values) // 2)})
    examples.index = pd.Index([f"e{row}" for row in range(len(values))], name="example_id")
    return Evaluation(examples, means(["hit"]), ("kind",), {"size_mb": Scalar(value=3.0)}, ("one.png",))


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


def test_intervals_of_means_stay_those_of_before():
    """Draws are part of every figure that was ever reported: the multinomial counts of numpy's default generator."""
    values_N = np.random.default_rng(5).random(40)
    generator = np.random.default_rng(0)
    times_RN = [np.bincount(generator.integers(0, 40, 40), minlength=40) for _ in range(2000)]
    assert np.allclose(bootstrap_means(values_N), np.array(times_RN) @ values_N / 40, rtol=0, atol=1e-15)


def test_a_row_without_a_slice_is_a_slice_of_its_own():
    found = _evaluation([1.0, 0.0, 1.0, 0.0])
    found.examples["kind"] = ["a", None, "a", None]
    assert found.by_slice("hit") == {"kind=a": (1.0, 2), "kind=nan": (0.0, 2)}


def test_resamples_do_not_depend_on_the_number_of_threads(monkeypatch):
    values_N = np.random.default_rng(0).random(3000)
    several = resampled([lambda times_RN: times_RN @ values_N], 3000, resamples=900)
    monkeypatch.setattr(bootstrap, "THREADS", 1)
    assert np.array_equal(several, resampled([lambda times_RN: times_RN @ values_N], 3000, resamples=900))


def test_resamples_of_an_auc_are_quick():
    """2,000 on 500,000 rows have to take under 20 s: 2 % of that in processor time, with room for a busy machine."""
    generator = np.random.default_rng(0)
    frame = pd.DataFrame({"label": generator.integers(0, 2, 500_000), "score": generator.normal(size=500_000)})
    auc = Metric(name="auc", statistic=Auc(label="label", score="score"), direction="higher").sample(frame)
    started = time.process_time()
    resampled([auc.of], auc.units, resamples=40)
    assert time.process_time() - started < 4


def test_a_mean_without_its_column_or_any_example_is_undefined_like_every_metric():
    examples = pd.DataFrame({"hit": [1.0, 0.0]}, index=pd.Index(["a", "b"], name="example_id"))
    totals = Evaluation(examples, means(["hit", "other"]), (), {}).totals()
    assert totals["hit"].value == 0.5
    assert np.isnan(totals["other"].value)
    assert np.isnan(Evaluation(examples[:0], means(["hit"]), (), {}).totals()["hit"].value)


def test_a_baseline_names_columns_that_the_statistic_has():
    auc = Metric(name="auc", statistic=Auc(label="clicked", score="score"), direction="higher")
    assert auc.of_baseline("popularity", score="count").statistic.score == "count"
    with pytest.raises(ValueError, match="scores"):
        auc.of_baseline("popularity", scores="count")


def test_a_clustered_order_statistic_takes_a_resample_at_a_time():
    generator = np.random.default_rng(0)
    examples = pd.DataFrame({"label": generator.integers(0, 2, 400), "score": generator.random(400)})
    examples["user"] = np.arange(400) % 20
    clustered = Metric(name="auc", statistic=Auc(label="label", score="score"), direction="higher", cluster="user")
    sample = clustered.sample(examples)
    times_RC = generator.integers(0, 3, (5, 20)).astype(float)
    whole = Metric(name="auc", statistic=Auc(label="label", score="score"), direction="higher").sample(examples)
    assert np.array_equal(sample.of(times_RC), whole.of(times_RC[:, examples["user"]]))
