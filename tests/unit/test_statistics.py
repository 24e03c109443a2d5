"""Every statistic against scikit-learn, a value worked by hand, or its own rows repeated as often as they count."""

import json
from functools import partial

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score, log_loss, ndcg_score, roc_auc_score

from components.metrics import (
    Auc,
    CalibrationError,
    GroupedAuc,
    Kappa,
    KernelDistance,
    LogLoss,
    Mean,
    MeanIou,
    Metric,
    Ndcg,
    NormalisedEntropy,
    Qini,
    Quantile,
    Ratio,
    Rmse,
    UpliftAtK,
)
from data.errors import UserError

COUNT = 60
SUMS = {
    "pairs": "pairs",
    "given": "a",
    "predicted": "b",
    "squares_given": "aa",
    "squares_predicted": "bb",
    "products": "ab",
}
STATISTICS = {
    "mean": (Mean(column="score"), "higher"),
    "ratio": (Ratio(numerator="label", denominator="probability"), "higher"),
    "auc": (Auc(label="label", score="score"), "higher"),
    "auc with ties": (Auc(label="label", score="coarse"), "higher"),
    "log_loss": (LogLoss(label="label", probability="probability"), "lower"),
    "normalised_entropy": (NormalisedEntropy(label="label", probability="probability"), "lower"),
    "calibration_error": (CalibrationError(label="label", probability="probability", bins=4), "lower"),
    "mean_iou": (MeanIou(intersections=("cat", "dog"), unions=("cats", "dogs")), "higher"),
    "rmse": (Rmse(squared_error="probability", pairs="dogs"), "lower"),
    "kappa": (Kappa(**SUMS), "higher"),
    "quantile": (Quantile(column="score", share=0.9), "lower"),
    "uplift_at_k": (UpliftAtK(outcome="label", treated="treated", score="score", share=0.4), "higher"),
    "uplift_at_k with ties": (UpliftAtK(outcome="label", treated="treated", score="coarse", share=0.4), "higher"),
    "qini": (Qini(outcome="label", treated="treated", score="score"), "higher"),
    "qini with ties": (Qini(outcome="label", treated="treated", score="coarse"), "higher"),
}


def examples(seed: int = 0, count: int = COUNT) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    probability = generator.uniform(0.02, 0.98, count)
    score = generator.normal(size=count)
    return pd.DataFrame(
        {
            "label": (generator.random(count) < probability).astype(float),
            "probability": probability,
            "score": score,
            "coarse": score.round(),
            "treated": generator.integers(0, 2, count).astype(float),
            "cat": generator.integers(0, 50, count),
            "cats": generator.integers(50, 90, count),
            "dog": generator.integers(0, 50, count),
            "dogs": generator.integers(50, 90, count),
            **pair_sums(generator.integers(0, 4, (count, 3)), generator.integers(0, 4, (count, 3))),
            "user": generator.integers(0, 12, count),
        }
    )


def pair_sums(a_N3: np.ndarray, b_N3: np.ndarray) -> dict[str, np.ndarray]:
    """What `Kappa` sums over the pairs of each example."""
    sums = {"a": a_N3, "b": b_N3, "aa": a_N3**2, "bb": b_N3**2, "ab": a_N3 * b_N3}
    return {name: of.sum(axis=1) for name, of in sums.items()} | {"pairs": np.full(len(a_N3), 3)}


def value(statistic, frame: pd.DataFrame, **columns) -> float:
    """The statistic on `frame`, some of its columns given here."""
    direction = statistic.direction or "higher"
    cluster = statistic.query if isinstance(statistic, Ndcg) else None
    metric = Metric(name="figure", statistic=statistic, direction=direction, cluster=cluster)
    return metric.sample(frame.assign(**columns)).value


def test_kappa_is_that_of_scikit_learn():
    generator = np.random.default_rng(1)
    a_N3, b_N3 = generator.integers(0, 4, (20, 3)), generator.integers(0, 3, (20, 3))
    expected = cohen_kappa_score(a_N3.ravel(), b_N3.ravel(), weights="quadratic")
    assert value(Kappa(**SUMS), pd.DataFrame(pair_sums(a_N3, b_N3))) == pytest.approx(expected, abs=1e-12)


def test_rmse_is_over_pairs_and_not_over_examples():
    frame = pd.DataFrame({"error": [4.0, 0.0], "pairs": [1, 3]})
    assert value(Rmse(squared_error="error", pairs="pairs"), frame) == pytest.approx(1.0)


def test_auc_is_that_of_scikit_learn():
    frame = examples()
    for score in ("score", "coarse"):
        expected = roc_auc_score(frame["label"], frame[score])
        assert value(Auc(label="label", score=score), frame) == pytest.approx(expected, abs=1e-12)


def test_grouped_auc_is_the_mean_of_the_groups_weighted_by_their_rows():
    frame = examples(count=200)
    groups = [own for _, own in frame.groupby("user") if own["label"].nunique() == 2]
    for score in ("score", "coarse"):
        areas = [roc_auc_score(own["label"], own[score]) for own in groups]
        expected = np.average(areas, weights=[len(own) for own in groups])
        metric = Metric(
            name="gauc",
            statistic=GroupedAuc(label="label", score=score, group="user"),
            direction="higher",
            cluster="user",
        )
        assert metric.sample(frame.sample(frac=1, random_state=0)).value == pytest.approx(expected, abs=1e-12)
    assert np.isnan(metric.value(frame.assign(label=1.0)))


def test_log_loss_is_that_of_scikit_learn():
    frame = examples()
    statistic = LogLoss(label="label", probability="probability")
    assert value(statistic, frame) == pytest.approx(log_loss(frame["label"], frame["probability"]), abs=1e-12)
    certain = frame.assign(probability=1 - frame["label"])
    assert value(statistic, certain) == pytest.approx(log_loss(certain["label"], certain["probability"]), rel=1e-9)


def test_normalised_entropy_is_one_for_the_base_rate():
    frame = examples()
    statistic = NormalisedEntropy(label="label", probability="probability")
    assert value(statistic, frame, probability=frame["label"].mean()) == pytest.approx(1)
    rate = frame["label"].mean()
    entropy = -rate * np.log(rate) - (1 - rate) * np.log(1 - rate)
    assert value(statistic, frame) == pytest.approx(log_loss(frame["label"], frame["probability"]) / entropy)


def test_calibration_error_is_the_gap_within_each_bin():
    # Bin of 0.9: two examples, one right, gap 0.4. Bin of 0.5: two, both right, gap 0.5. Halves: 0.45.
    statistic = CalibrationError(label="label", probability="probability")
    frame = pd.DataFrame({"probability": [0.9, 0.9, 0.5, 0.5, 1.0], "label": [1.0, 0.0, 1.0, 1.0, 1.0]})
    assert value(statistic, frame.iloc[:4]) == pytest.approx(0.45)
    assert value(statistic, frame.iloc[4:]) == 0
    by_part = statistic.model_copy(update={"by": "part"})
    assert value(by_part, frame.assign(part=["a", "b", "a", "b", "a"])) == pytest.approx((0.1 + 0.9 + 0.5 + 0.5) / 5)
    frame = examples()
    parts = frame.groupby((frame["probability"] * 15).astype(int))[["probability", "label"]].sum()
    expected = (parts["probability"] - parts["label"]).abs().sum() / len(frame)
    assert value(statistic, frame) == pytest.approx(expected)


@pytest.mark.parametrize("statistic", [NormalisedEntropy, CalibrationError])
def test_of_a_few_positives_nothing_is_claimed(statistic: type[NormalisedEntropy | CalibrationError]):
    frame = examples()
    count = int(frame["label"].sum())
    enough, more = (statistic(label="label", probability="probability", fewest=most) for most in (count, count + 1))
    assert value(enough, frame) == value(statistic(label="label", probability="probability"), frame)
    with pytest.raises(UserError, match=f"label is 1 in {count} examples, and {count + 1} are needed"):
        more.bind(frame)


def test_ndcg_is_that_of_scikit_learn():
    generator = np.random.default_rng(0)
    relevance_QI = generator.integers(0, 3, (8, 6)).astype(float)
    for score_QI in (generator.normal(size=(8, 6)), generator.integers(0, 3, (8, 6)).astype(float)):  # with ties too
        rows = {"relevance": relevance_QI.ravel(), "score": score_QI.ravel(), "query": np.repeat(np.arange(8), 6)}
        frame = pd.DataFrame(rows).sample(frac=1, random_state=1)
        for k in (1, 3, 10):
            found = value(Ndcg(relevance="relevance", score="score", query="query", k=k), frame)
            assert found == pytest.approx(ndcg_score(relevance_QI, score_QI, k=k), abs=1e-12)


def test_ndcg_of_a_query_without_relevant_rows_is_zero():
    frame = pd.DataFrame({"relevance": [1.0, 0, 0, 0], "score": [2.0, 1, 2, 1], "query": ["a", "a", "b", "b"]})
    assert value(Ndcg(relevance="relevance", score="score", query="query", k=2), frame) == 0.5


def test_mean_iou_sums_pixels_before_it_divides():
    frame = pd.DataFrame({"cat": [10, 0], "cats": [10, 90], "dog": [5, 5], "dogs": [10, 10], "fox": 0, "foxes": 0})
    statistic = MeanIou(intersections=("cat", "dog", "fox"), unions=("cats", "dogs", "foxes"))
    assert value(statistic, frame) == pytest.approx((10 / 100 + 10 / 20) / 2)  # no picture has a fox


def test_ratio_sums_before_it_divides():
    frame = pd.DataFrame({"clicks": [1, 0], "views": [1, 9]})
    assert value(Ratio(numerator="clicks", denominator="views"), frame) == pytest.approx(0.1)


def test_quantile_is_that_of_numpy():
    values_N = examples()["score"].to_numpy()
    for share in (0.1, 0.5, 0.95, 0.99, 1):
        expected = np.quantile(values_N, share, method="inverted_cdf")
        assert value(Quantile(column="score", share=share), pd.DataFrame({"score": values_N})) == expected


ARMS = pd.DataFrame(
    {"outcome": [1.0, 0, 1, 1, 0, 0, 0, 1], "treated": [1.0, 0, 1, 0, 1, 0, 1, 0], "score": [8.0, 7, 6, 5, 4, 3, 2, 1]}
)


def test_uplift_at_k_compares_the_arms_among_the_highest_scores():
    statistic = partial(UpliftAtK, outcome="outcome", treated="treated", score="score")
    assert value(statistic(share=0.5), ARMS) == pytest.approx(2 / 2 - 1 / 2)
    assert value(statistic(share=1), ARMS) == pytest.approx(2 / 4 - 2 / 4)
    # one group of equal scores: half of it is like the whole
    assert value(statistic(share=0.5), ARMS, score=1.0) == pytest.approx(0)


def test_qini_is_the_area_above_a_random_order():
    frame = ARMS.iloc[:4]
    # the curve by hand: 1 of 2 treated gains, then less 0, then 2, then less 1 untreated outcome of 2, scaled to 2
    curve = np.array([0, 1, 1, 2, 1]) / 2
    expected = np.trapezoid(curve, dx=1 / 4) - curve[-1] / 2
    statistic = Qini(outcome="outcome", treated="treated", score="score")
    assert value(statistic, frame) == pytest.approx(expected)
    assert value(statistic, frame, score=1.0) == pytest.approx(0)


def test_kernel_distance_is_the_unbiased_discrepancy():
    generator = np.random.default_rng(0)
    x_ND, y_ND = generator.normal(size=(7, 3)), generator.normal(1, 1, (7, 3))
    total = 0.0
    for i in range(7):
        for j in range(7):
            if i != j:
                pairs = (x_ND[i], x_ND[j]), (y_ND[i], y_ND[j]), (x_ND[i], y_ND[j]), (x_ND[j], y_ND[i])
                kernels = [(float(first @ second) / 3 + 1) ** 3 for first, second in pairs]
                total += kernels[0] + kernels[1] - kernels[2] - kernels[3]
    frame = pd.DataFrame({"made": list(x_ND), "real": list(y_ND)})
    assert value(KernelDistance(generated="made", real="real"), frame) == pytest.approx(total / 42)


def metric_of(name: str, cluster: str | None = None) -> Metric:
    statistic, direction = STATISTICS[name]
    return Metric(name="figure", statistic=statistic, direction=direction, cluster=cluster)


@pytest.mark.parametrize("name", STATISTICS)
def test_an_example_that_counts_twice_is_there_twice(name):
    frame = examples()
    times_N = np.random.default_rng(1).integers(0, 4, COUNT)
    repeated = frame.loc[np.repeat(np.arange(COUNT), times_N)]
    weighted = metric_of(name).sample(frame).of(times_N[None].astype(float))
    assert weighted[0] == pytest.approx(metric_of(name).sample(repeated).value, abs=1e-12)


@pytest.mark.parametrize("name", STATISTICS)
def test_a_cluster_that_counts_twice_is_there_twice(name):
    frame = examples()
    users = pd.unique(frame["user"])
    times_C = np.random.default_rng(1).integers(0, 3, len(users))
    repeated = pd.concat([frame[frame["user"] == user] for user in np.repeat(users, times_C)])
    sample = metric_of(name, "user").sample(frame)
    assert sample.units == len(users)
    assert sample.of(times_C[None].astype(float))[0] == pytest.approx(metric_of(name).sample(repeated).value, abs=1e-12)


@pytest.mark.parametrize("name", STATISTICS)
def test_a_metric_survives_json(name):
    metric = metric_of(name, "user").of_baseline("rate")
    assert Metric.model_validate(json.loads(json.dumps(metric.model_dump(mode="json")))) == metric


@pytest.mark.parametrize(
    ("name", "columns", "said"),
    [
        ("auc", {"label": 1.0}, "figure is undefined: there is one class only"),
        ("auc", {"label": 2.0}, "label has values other than 0 and 1"),
        ("auc", {"score": np.nan}, "figure is not a number: score"),
        ("normalised_entropy", {"label": 0.0}, "figure is undefined: there is one class only"),
        ("log_loss", {"probability": 1.2}, "values outside 0 to 1"),
        ("ratio", {"probability": 0.0}, "its denominators add up to zero"),
        ("mean_iou", {"cats": 0, "dogs": 0}, "no class has any pixel"),
        ("uplift_at_k", {"treated": 1.0}, "nobody untreated"),
        ("qini", {"treated": 0.0}, "nobody is treated"),
    ],
)
def test_what_is_undefined_is_named(name, columns, said):
    with pytest.raises(UserError, match=said):
        metric_of(name).sample(examples().assign(**columns))
    assert np.isnan(metric_of(name).value(examples().assign(**columns)))


def test_a_direction_against_the_statistic_is_refused():
    with pytest.raises(ValueError, match="of which lower is better"):
        Metric(name="loss", statistic=LogLoss(label="label", probability="probability"), direction="higher")


def test_ndcg_draws_whole_queries():
    statistic = Ndcg(relevance="relevance", score="score", query="query", k=2)
    with pytest.raises(ValueError, match="needs a cluster"):
        Metric(name="ndcg", statistic=statistic, direction="higher")
    rows = {"relevance": [1.0, 0.0], "score": [1.0, 2.0], "query": ["a", "a"], "user": ["u", "v"]}
    with pytest.raises(UserError, match="queries that lie in several clusters"):
        Metric(name="ndcg", statistic=statistic, direction="higher", cluster="user").sample(pd.DataFrame(rows))
