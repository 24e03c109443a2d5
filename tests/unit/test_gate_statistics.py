"""The gate on every kind of statistic: a better model passes, a worse one does not, whichever direction is better."""

import numpy as np
import pandas as pd
import pytest

from components.evaluation import Evaluation
from components.lifecycle.facts import Facts
from components.lifecycle.gate import gate
from components.lifecycle.plan import GatePolicy
from components.metrics import (
    Auc,
    CalibrationError,
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
    Scalar,
    UpliftAtK,
)

FACTS = Facts(system="ads", split="test", dataset="log", simulated=False, champion_version=3, champion_dataset="log")
FIRST = FACTS.model_copy(update={"champion_version": None})
COUNT = 600
GOOD, BAD = 0.2, 2.0  # how much noise hides the truth
KAPPA = Kappa(pairs="pairs", given="a", predicted="b", squares_given="aa", squares_predicted="bb", products="ab")
METRICS = {
    "mean": (Mean(column="share"), "higher", None),
    "mean error": (Mean(column="error"), "lower", None),
    "mean of users": (Mean(column="share"), "higher", "user"),
    "ratio": (Ratio(numerator="share", denominator="weight"), "higher", None),
    "auc": (Auc(label="label", score="score"), "higher", None),
    "auc of users": (Auc(label="label", score="score"), "higher", "user"),
    "log_loss": (LogLoss(label="label", probability="probability"), "lower", None),
    "normalised_entropy": (NormalisedEntropy(label="label", probability="probability"), "lower", "user"),
    "calibration_error": (CalibrationError(label="label", probability="probability"), "lower", None),
    "ndcg": (Ndcg(relevance="label", score="score", query="user", k=3), "higher", "user"),
    "mean_iou": (MeanIou(intersections=("share",), unions=("weight",)), "higher", None),
    "rmse": (Rmse(squared_error="error", pairs="weight"), "lower", None),
    "kappa": (KAPPA, "higher", None),
    "quantile": (Quantile(column="error", share=0.9), "lower", None),
    "uplift_at_k": (UpliftAtK(outcome="outcome", treated="treated", score="score", share=0.3), "higher", None),
    "qini": (Qini(outcome="outcome", treated="treated", score="score"), "higher", None),
    "kernel_distance": (KernelDistance(generated="made", real="real"), "lower", None),
}


def frame(noise: float, seed: int = 0) -> pd.DataFrame:
    """The same examples whatever the noise; what a model says of them is the further off the more there is."""
    truth = np.random.default_rng(seed)
    logit = truth.normal(0, 2, COUNT)
    label = (truth.random(COUNT) < 1 / (1 + np.exp(-logit))).astype(float)
    treated = truth.integers(0, 2, COUNT).astype(float)
    outcome = label * treated  # whom the treatment moves
    real = truth.normal(size=(COUNT, 3))
    users = truth.integers(0, 60, COUNT)
    said = logit + np.random.default_rng(seed + 1).normal(0, 3 * noise, COUNT)
    error = noise * np.abs(np.random.default_rng(seed + 2).normal(1, 0.2, COUNT))
    a = truth.integers(0, 4, COUNT)
    b = (a + np.random.default_rng(seed + 4).normal(0, noise, COUNT)).round()
    columns = {
        "pairs": 1.0,
        "a": a,
        "b": b,
        "aa": a**2,
        "bb": b**2,
        "ab": a * b,
        "label": label,
        "treated": treated,
        "outcome": outcome,
        "user": users,
        "weight": 1.0,
        "score": said,
        "probability": 1 / (1 + np.exp(-said)),
        "error": error,
        "share": np.exp(-error),
        "real": list(real),
        "made": list(np.random.default_rng(seed + 3).normal(noise, 1, (COUNT, 3))),
        "part": np.where(np.arange(COUNT) % 2 == 0, "even", "odd"),
    }
    return pd.DataFrame(columns, index=pd.Index([f"e{number}" for number in range(COUNT)], name="example_id"))


def metric_of(kind: str) -> Metric:
    statistic, direction, cluster = METRICS[kind]
    return Metric(name="figure", statistic=statistic, direction=direction, cluster=cluster)


def evaluation(
    kind: str, examples: pd.DataFrame, *baselines: Metric, slices: tuple[str, ...] = ("part",)
) -> Evaluation:
    return Evaluation(examples, (metric_of(kind), *baselines), slices, {})


def policy(kind: str, **settings) -> GatePolicy:
    """Limits that anything meets, on the side that counts."""
    worst = -1e6 if METRICS[kind][1] == "higher" else 1e6
    limits = {"floors" if METRICS[kind][1] == "higher" else "ceilings": {"figure": worst}}
    return GatePolicy(**{"primary": "figure", "slice_limit": worst, "slice_drop": 0.5, **limits, **settings})


def refused(verdict, *parts: str) -> bool:
    """Refused, and a reason says every one of `parts`."""
    return not verdict.passed and any(all(part in reason for part in parts) for reason in verdict.reasons)


@pytest.mark.parametrize("kind", METRICS)
def test_a_better_model_passes_and_a_worse_one_does_not(kind):
    good, bad = evaluation(kind, frame(GOOD)), evaluation(kind, frame(BAD))
    better = gate(good, bad, policy(kind), FACTS)
    assert better.passed, better.reasons
    assert refused(gate(bad, good, policy(kind), FACTS), "figure changes by", "no proven gain")
    assert refused(gate(good, good, policy(kind), FACTS), "figure changes by +0", "a tie keeps it")


@pytest.mark.parametrize("kind", METRICS)
def test_limits_hold_in_the_metrics_own_direction(kind):
    good, bad = (metric_of(kind).sample(frame(noise)).value for noise in (GOOD, BAD))
    limit = (good + bad) / 2
    settings = {"floors" if METRICS[kind][1] == "higher" else "ceilings": {"figure": limit}}
    assert gate(evaluation(kind, frame(GOOD)), None, policy(kind, **settings), FIRST).passed
    assert refused(gate(evaluation(kind, frame(BAD)), None, policy(kind, **settings), FIRST), "figure is", f"{limit:g}")
    sliced = policy(kind, slice_limit=limit)
    assert gate(evaluation(kind, frame(GOOD)), None, sliced, FIRST).passed
    assert refused(gate(evaluation(kind, frame(BAD)), None, sliced, FIRST), "in the slice part=even", "slice limit")


@pytest.mark.parametrize("kind", METRICS)
def test_a_slice_that_collapses_is_refused(kind):
    good, bad = frame(GOOD), frame(BAD)
    collapsed = good.where(good["part"] == "even", bad)
    drop = abs(metric_of(kind).sample(good).value - metric_of(kind).sample(bad).value) / 4
    verdict = gate(evaluation(kind, collapsed), evaluation(kind, good), policy(kind, slice_drop=drop), FACTS)
    assert refused(verdict, "figure in the slice part=odd", "a loss of more than")
    assert not refused(verdict, "part=even")


@pytest.mark.parametrize("direction", ["floors", "ceilings"])
def test_a_limit_on_the_wrong_side_is_an_error_of_the_policy(direction):
    kind, better, right = ("log_loss", "lower", "ceilings") if direction == "floors" else ("auc", "higher", "floors")
    wrong = policy(kind, **{direction: {"figure": 0.5}})
    said = f"figure is better when {better}, so a {direction[:-1]} says nothing; move it to gate.{right}"
    assert refused(gate(evaluation(kind, frame(GOOD)), None, wrong, FIRST), said)


def test_a_scalar_has_a_direction_too():
    size = {"size_mb": Scalar(value=3.0, unit="MB", direction="lower")}
    candidate = Evaluation(frame(GOOD), (metric_of("auc"),), (), size)
    wrong = policy("auc", floors={"figure": 0.5, "size_mb": 1.0})
    assert refused(gate(candidate, None, wrong, FIRST), "size_mb is better when lower")
    assert gate(candidate, None, policy("auc", ceilings={"size_mb": 4.0}), FIRST).passed


def test_a_baseline_reads_columns_of_its_own():
    for kind, columns in (("auc", {"score": "theirs"}), ("log_loss", {"probability": "theirs"})):
        baseline = metric_of(kind).of_baseline("popularity", **columns)
        own = next(iter(columns))
        beats = policy(kind, beats=("popularity",))
        for ours, theirs, passed in ((GOOD, BAD, True), (BAD, GOOD, False), (GOOD, GOOD, False)):
            examples = frame(ours).assign(theirs=frame(theirs)[own])
            verdict = gate(evaluation(kind, examples, baseline), None, beats, FIRST)
            assert verdict.passed == passed
            assert any("from the baseline popularity" in reason for reason in verdict.reasons)


def test_a_baseline_reads_several_columns_of_its_own():
    beats = policy("mean_iou", beats=("popularity",))
    for ours, theirs, passed in ((GOOD, BAD, True), (BAD, GOOD, False)):
        examples = frame(ours).assign(theirs=frame(theirs)["share"], all=frame(theirs)["weight"])
        statistic = MeanIou(intersections=("theirs",), unions=("all",))
        baseline = Metric(name="figure.popularity", statistic=statistic, direction="higher")
        assert gate(evaluation("mean_iou", examples, baseline), None, beats, FIRST).passed == passed
    fewer = MeanIou(intersections=("theirs", "theirs"), unions=("all", "all"))
    other = Metric(name="figure.popularity", statistic=fewer, direction="higher")
    assert refused(gate(evaluation("mean_iou", examples, other), None, beats, FIRST), "in another way", "not beaten")


def test_a_baseline_of_another_statistic_is_not_beaten():
    other = Metric(name="figure.popularity", statistic=Mean(column="share"), direction="higher")
    beats = policy("auc", beats=("popularity",))
    assert refused(gate(evaluation("auc", frame(GOOD), other), None, beats, FIRST), "in another way", "not beaten")


def test_one_class_only_is_refused_by_name():
    for kind in ("auc", "normalised_entropy"):
        one = evaluation(kind, frame(GOOD).assign(label=1.0))
        assert refused(gate(one, None, policy(kind), FIRST), "figure is undefined: there is one class only")
        assert not gate(one, evaluation(kind, frame(BAD)), policy(kind), FACTS).passed
        total = one.totals()["figure"]
        assert np.isnan([total.value, total.low, total.high]).all()


def test_a_resample_of_one_class_closes_the_gate():
    rare = (np.arange(COUNT) == 7).astype(float)  # some resamples have no positive
    good, bad = (evaluation("auc", frame(noise).assign(label=rare), slices=()) for noise in (GOOD, BAD))
    verdict = gate(good, bad, policy("auc"), FACTS)
    assert refused(verdict, "is undefined on ", " of 2000 resamples", "cannot be compared")
    total = good.totals()["figure"]
    assert np.isfinite(total.value)
    assert np.isnan(total.low)


def test_a_slice_on_which_the_metric_is_undefined_is_refused():
    examples = frame(GOOD)
    examples.loc[examples["part"] == "odd", "label"] = 0.0
    candidate = evaluation("auc", examples)
    assert refused(gate(candidate, None, policy("auc"), FIRST), "in the slice part=odd of 300 examples", "one class")
    assert np.isnan(candidate.by_slice("figure")["part=odd"][0])


def test_what_is_measured_in_another_way_is_not_compared():
    champion = Evaluation(frame(BAD), (metric_of("mean"),), (), {})
    verdict = gate(evaluation("auc", frame(GOOD)), champion, policy("auc"), FACTS)
    assert refused(verdict, "measured in another way for the champion")


def test_other_clusters_are_not_compared():
    champion = evaluation("auc of users", frame(BAD).assign(user=1))
    verdict = gate(evaluation("auc of users", frame(GOOD)), champion, policy("auc of users"), FACTS)
    assert refused(verdict, "user differs between candidate and champion")


def test_clusters_widen_an_interval():
    """Rows that repeat within a user say no more than one of them."""
    examples = frame(GOOD).iloc[:60].assign(user=np.arange(60))
    repeated = pd.concat([examples] * 10, ignore_index=True)
    statistic = Auc(label="label", score="score")
    rows = Metric(name="rows", statistic=statistic, direction="higher")
    users = Metric(name="users", statistic=statistic, direction="higher", cluster="user")
    totals = Evaluation(repeated, (rows, users), (), {}).totals()
    width = {name: figure.high - figure.low for name, figure in totals.items()}
    assert width["users"] > 2 * width["rows"]
