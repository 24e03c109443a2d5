"""Gaps between sensitive slices: fairlearn's figures, how small slices are pooled, and whom the gate protects."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from components.evaluation import Evaluation
from components.lifecycle.facts import Facts
from components.lifecycle.gap_figure import gap_figure
from components.lifecycle.gaps import measured_gap
from components.lifecycle.gate import gate
from components.lifecycle.plan import GapLimit, GatePolicy
from components.metrics import Auc, Metric, Ratio, means
from components.metrics.gaps import gap_of
from components.slices import slices

POLICY = GatePolicy(
    primary="recall",
    floors={"recall": 0.3},
    slice_limit=0.0,
    slice_drop=0.1,
    gaps=(GapLimit(slices=("sex", "age"), metric="kept", difference=0.3),),
)
FACTS = Facts(system="search", split="test", dataset="shop", simulated=False, champion_version=3)


def people(count: int = 400, seed: int = 0) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {"sex": generator.choice(["f", "m"], count), "age": generator.choice(["old", "young"], count, p=[0.3, 0.7])},
        index=pd.Index([str(number) for number in range(count)], name="example_id"),
    )
    frame["kept"] = (generator.random(count) < np.where(frame["sex"] == "f", 0.6, 0.8)).astype(float)
    return frame.assign(recall=frame["kept"], score=generator.random(count), all=1.0)


def evaluation(frame: pd.DataFrame) -> Evaluation:
    return Evaluation(frame, means(["recall", "kept"]), (), {})


@pytest.mark.parametrize(
    "metric",
    [
        means(["kept"])[0],
        Metric(name="share", statistic=Ratio(numerator="kept", denominator="all"), direction="lower", cluster="who"),
        Metric(name="auc", statistic=Auc(label="kept", score="score"), direction="higher"),
    ],
    ids=lambda metric: metric.name,
)
def test_gaps_are_those_of_fairlearn(metric):
    from fairlearn.metrics import MetricFrame
    from sklearn.metrics import roc_auc_score

    frame = people().assign(who=np.arange(400) // 2)
    known = roc_auc_score if metric.name == "auc" else lambda label, _: label.mean()
    theirs = MetricFrame(
        metrics=known, y_true=frame["kept"], y_pred=frame["score"], sensitive_features=frame[["sex", "age"]]
    )
    ours = gap_of(metric, frame, slices(frame, ("sex", "age")))
    assert [value for value, _, _ in ours.slices.values()] == pytest.approx(theirs.by_group.tolist())
    assert ours.difference[0] == pytest.approx(theirs.difference())
    assert ours.ratio[0] == pytest.approx(theirs.ratio())
    assert ours.difference[1] < ours.difference[0] < ours.difference[2]
    worst = theirs.by_group.idxmin() if metric.direction == "higher" else theirs.by_group.idxmax()
    assert ours.worst == f"sex={worst[0]}, age={worst[1]}"


def test_intervals_are_those_of_fairlearn():
    from fairlearn.metrics import MetricFrame

    frame = people()
    theirs = MetricFrame(
        metrics=lambda label, _: label.mean(),
        y_true=frame["kept"],
        y_pred=frame["score"],
        sensitive_features=frame["sex"],
        n_boot=100,
        ci_quantiles=[0.025, 0.975],
        random_state=0,
    )
    ours = gap_of(means(["kept"])[0], frame, slices(frame, ("sex",)))
    assert list(ours.difference[1:]) == pytest.approx(theirs.difference_ci(), abs=0.04)  # 100 of theirs


def test_small_slices_are_pooled_by_the_first_columns_and_none_is_dropped():
    sizes = {("f", "old"): 30, ("f", "young"): 8, ("f", "child"): 14, ("m", "old"): 40, ("x", "old"): 3}
    rows = [key for key, count in sizes.items() for _ in range(count)]
    frame = pd.DataFrame(rows, columns=["sex", "age"])
    found = dict(slices(frame, ("sex", "age"), 20))
    assert {name: len(rows) for name, rows in found.items()} == {
        "sex=f, age=old": 30,
        "sex=m, age=old": 40,
        "sex=f, age=any of 2 smaller or any of 1 smaller": 25,
    }
    assert sorted(np.concatenate(list(found.values()))) == list(range(len(frame)))
    assert [name for name, _ in slices(frame, ("sex", "age"), 500)] == ["all of sex and age"]
    assert len(slices(frame.assign(who=0), ("sex",), 2, "who")) == 1  # one person's rows are no group of people


def test_a_gain_that_hurts_one_slice_is_refused_with_its_name():
    frame = people()
    champion = evaluation(frame)
    hurt = ((frame["sex"] == "f") & (frame["age"] == "old")).to_numpy()
    kept = np.where(hurt, np.where(np.arange(400) % 4, 0.0, frame["kept"]), 1.0)
    verdict = gate(evaluation(frame.assign(recall=1.0, kept=kept)), champion, POLICY, FACTS)
    assert any("recall changes by" in reason and "a gain" in reason for reason in verdict.reasons)
    refused = [reason for reason in verdict.reasons if "sex=f, age=old" in reason]
    assert not verdict.passed
    assert "beyond its limit of 0.3; the champion's is" in refused[0]
    assert "kept in the slice sex=f, age=old changes by -" in refused[1]
    fair = gate(evaluation(frame.assign(recall=1.0, kept=1.0)), champion, POLICY, FACTS)
    assert fair.passed
    assert any("kept loses more than 0.1 against the champion in none of 4 slices" in said for said in fair.reasons)


def test_a_ratio_and_a_gap_without_figures_refuse():
    ratio = POLICY.model_copy(update={"gaps": (GapLimit(slices=("sex",), metric="kept", ratio=0.9),)})
    verdict = gate(evaluation(people()), None, ratio, FACTS.model_copy(update={"champion_version": None}))
    assert "the ratio of kept by sex is" in verdict.reasons[0]
    missing = POLICY.model_copy(update={"gaps": (GapLimit(slices=("origin",), metric="kept", ratio=0.9),)})
    verdict = gate(evaluation(people()), None, missing, FACTS.model_copy(update={"champion_version": None}))
    assert "the gap of kept by origin cannot be judged: origin was not measured" in verdict.reasons[0]
    with pytest.raises(ValidationError, match="needs a limit"):
        GapLimit(slices=("sex",), metric="kept")


def test_the_figure_names_every_slice():
    gap = measured_gap(evaluation(people()), POLICY.gaps[0], 20)
    figure = gap_figure([("kept", {"candidate": gap, "champion": gap})])
    named = {label.get_text() for label in figure.axes[0].get_yticklabels()}
    assert named == set(gap.slices)
