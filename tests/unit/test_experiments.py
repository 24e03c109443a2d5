"""Experiments: assignment, store, checks, effects, bounds, and what a report says."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from components.experiments.analysis import _until, analyse
from components.experiments.assignment import arm_of
from components.experiments.checks import joined, sample_ratio
from components.experiments.demo import DEMO, demo
from components.experiments.design import Experiment
from components.experiments.effects import effect, measure
from components.experiments.multiple import discoveries, heterogeneity
from components.experiments.page import write_report
from components.experiments.power import detectable, units_needed
from components.experiments.report import Report
from components.experiments.sequential import always_valid, information_of, level_reached, spending_bounds
from components.experiments.steps import _read
from components.experiments.store import Store
from components.metrics import Auc, Mean, Metric, Ratio, means
from corkboard.commands.experiment import app
from data.errors import UserError
from data.times import DAY_S

CLICKS = Metric(name="clicks", statistic=Mean(column="clicks"), direction="higher")
RATE = Metric(name="rate", statistic=Ratio(numerator="clicks", denominator="views"), direction="higher")


def experiment(name: str = "one", **changed: object) -> Experiment:
    return Experiment.model_validate({"name": name, "arms": {"a": 0.5, "b": 0.5}, "metrics": (CLICKS,)} | changed)


def test_assignment_follows_the_shares_and_other_experiments_say_nothing_about_it() -> None:
    first, second = experiment(arms={"a": 0.95, "b": 0.05}), experiment("two")
    units = [f"u{number}" for number in range(20_000)]
    arms = pd.DataFrame(
        {"first": [arm_of(first, unit) for unit in units], "second": [arm_of(second, unit) for unit in units]}
    )
    assert sample_ratio(arms["first"].value_counts().to_dict(), first.arms) > 0.001
    both = pd.crosstab(arms["first"], arms["second"])
    assert abs(both.loc["b", "a"] / both.loc["b"].sum() - 0.5) < 0.05


def test_experiments_of_a_layer_share_nobody() -> None:
    low, high = experiment(buckets=(0, 300)), experiment("two", buckets=(300, 1000))
    taking = np.array([[arm_of(each, f"u{number}") is not None for each in (low, high)] for number in range(5000)])
    assert (taking.sum(axis=1) == 1).all()
    assert taking[:, 0].mean() == pytest.approx(0.3, abs=0.02)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"arms": {"a": 1.0}}, "at least one other arm"),
        ({"arms": {"a": 0.5, "b": 0.4}}, "add up to 1"),
        ({"buckets": (10, 10)}, "buckets"),
        ({"arms": {"a": 0.5, "b": float("nan")}}, "finite number"),
        ({"guardrails": {"clicks": float("nan")}}, "finite number"),
        ({"alpha": float("nan")}, "alpha"),
        ({"guardrails": {"hides": 0.1}}, "none of the metrics"),
    ],
)
def test_a_wrong_design_is_refused(changed: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        experiment(**changed)


def test_the_store_logs_first_exposures_and_refuses_overlap(tmp_path: Path) -> None:
    store = Store(tmp_path / "experiments.db")
    store.start(experiment(), now_s=0)
    arm = store.expose("one", "u1", now_s=10)
    assert store.expose("one", "u1", now_s=20) == arm
    assert store.exposures("one").to_dict("records") == [
        {"experiment": "one", "unit_id": "u1", "arm": arm, "share": 0.5, "time_s": 10}
    ]
    with pytest.raises(UserError, match="both take buckets of the layer 'default'"):
        store.start(experiment("two", buckets=(999, 1000)))
    store.start(experiment("two", layer="other"))
    store.stop("one")
    assert store.expose("one", "u2") is None
    with pytest.raises(UserError, match="there was an experiment 'one' before"):
        store.start(experiment())
    with pytest.raises(UserError, match="the demonstration has the name 'demo'"):
        store.start(experiment("demo"))
    with pytest.raises(UserError, match="did you mean 'two'"):
        store.get("twoo")


def test_sample_ratio_knows_designed_splits() -> None:
    assert sample_ratio({"a": 9500, "b": 500}, {"a": 0.95, "b": 0.05}) == pytest.approx(1)
    assert sample_ratio({"a": 9500, "b": 400}, {"a": 0.95, "b": 0.05}) < 0.001
    with pytest.raises(UserError, match="not those of the design"):
        sample_ratio({"c": 1}, {"a": 0.5, "b": 0.5})


def test_outcomes_before_exposure_are_refused_and_idle_units_count_as_zero() -> None:
    exposures = pd.DataFrame({"unit_id": ["x", "y"], "arm": ["a", "b"], "time_s": [100, 100]})
    outcomes = pd.DataFrame({"unit_id": ["x"], "time_s": [120], "clicks": [3]})
    assert joined(exposures, outcomes)["clicks"].tolist() == [3, 0]
    with pytest.raises(UserError, match="1 outcomes come before the exposure"):
        joined(exposures, outcomes.assign(time_s=99))


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"unit_id": ["p", "q"]}, "none of the 2 outcomes is of an exposed unit"),
        ({"time_s": [120, None]}, "1 outcomes have no time_s"),
        ({"time_s": ["2026-01-01", "2026-01-02"]}, "seconds since 1970"),
        ({"time_s": pd.to_datetime(["2026-01-01", "2026-01-02"])}, "seconds since 1970"),
    ],
)
def test_outcomes_that_would_be_lost_are_refused(changed: dict[str, object], says: str) -> None:
    exposures = pd.DataFrame({"unit_id": ["x", "y"], "arm": ["a", "b"], "time_s": [100, 100]})
    sound = pd.DataFrame({"unit_id": ["x", "other"], "time_s": [120, 130], "clicks": [3, 4]})
    with pytest.raises(UserError, match=says):
        joined(exposures, sound.assign(**changed))
    assert joined(exposures, sound)["clicks"].tolist() == [3, 0]


def test_a_unit_that_acts_after_a_look_counts_as_zero_in_it() -> None:
    exposures = pd.DataFrame({"unit_id": ["early", "late", "new"], "arm": ["a", "b", "b"], "time_s": [10, 10, 90]})
    outcomes = pd.DataFrame(
        {
            "unit_id": ["early", "early", "late", "late", "new"],
            "time_s": [20, 80, 80, 85, 95],
            "clicks": [1, 2, 3, 4, 5],
        }
    )
    units = pd.DataFrame({"unit_id": ["early", "late", "new"], "before": [7, 8, 9]})
    design, rows = experiment(covariates=("before",)), joined(exposures, outcomes, units)
    known = _until(design, rows, 50)
    assert known[["unit_id", "clicks", "before", "time_s"]].values.tolist() == [["early", 1, 7, 20], ["late", 0, 8, 10]]
    assert _until(design, rows, 92)[["unit_id", "clicks"]].values.tolist() == [
        ["early", 1],
        ["early", 2],
        ["late", 3],
        ["late", 4],
        ["new", 0],
    ]
    assert _until(design, rows, 100)["clicks"].tolist() == [1, 2, 3, 4, 5]


def test_ids_are_read_as_they_were_written(tmp_path: Path) -> None:
    file, table = tmp_path / "o.csv", tmp_path / "o.parquet"
    file.write_text("unit_id,clicks\n007,1\nx,2\n")
    assert _read(str(file))["unit_id"].tolist() == ["007", "x"]
    pd.DataFrame({"unit_id": [7.0, 8.0]}).to_parquet(table)
    assert _read(str(table))["unit_id"].tolist() == ["7", "8"]


@pytest.mark.parametrize(
    ("ids", "says"), [([7.5, 8.0], "no whole number"), ([7.0, None], "1 rows without"), (["a", ""], "1 rows without")]
)
def test_ids_that_are_none_are_refused(ids: list[object], says: str, tmp_path: Path) -> None:
    pd.DataFrame({"unit_id": ids}).to_parquet(tmp_path / "o.parquet")
    with pytest.raises(UserError, match=says):
        _read(str(tmp_path / "o.parquet"))


@pytest.mark.parametrize(
    ("name", "content"),
    [("o.csv", b""), ("o.csv", b"unit_id,x\na,\xff\n"), ("o.csv", b"unit_id\na\nb,1,2\n"), ("o.parquet", b"PAR1")],
)
def test_files_that_cannot_be_read_are_named(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=rf"{name} cannot be read"):
        _read(str(tmp_path / name))


def test_a_design_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "design.yaml").write_bytes(b"name: \xff\xfe")
    result = CliRunner().invoke(app, ["start", str(tmp_path / "design.yaml")])
    assert "design.yaml is no design of an experiment" in str(result.exception)


def drawn(seed: int, units: int, lift: float = 0.0, metric_rows: int = 3) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    unit_N = np.repeat(np.arange(units), metric_rows)
    eager_U = generator.gamma(2, 1, units)
    views_N = 1 + generator.poisson(3, len(unit_N))
    clicks_N = generator.poisson(eager_U[unit_N] * (1 + lift))
    return pd.DataFrame(
        {"unit_id": unit_N, "views": views_N, "clicks": clicks_N, "before": generator.poisson(9 * eager_U)[unit_N]}
    )


def test_effects_agree_with_tea_tasting() -> None:
    tt = pytest.importorskip("tea_tasting")
    control, arm = drawn(0, 3000), drawn(1, 3000, 0.05)
    both = pd.concat([control.assign(variant=0), arm.assign(variant=1)])
    by_unit = both.groupby(["variant", "unit_id"], as_index=False).agg(
        {"clicks": "sum", "views": "sum", "before": "first"}
    )
    theirs = tt.Experiment(
        mean=tt.Mean("clicks"), cuped=tt.Mean("clicks", covariate="before"), rate=tt.RatioOfMeans("clicks", "views")
    ).analyze(by_unit)
    units = [by_unit[by_unit["variant"] == which] for which in (0, 1)]
    plain = effect(*(measure(CLICKS, rows) for rows in units))
    adjusted = effect(*(measure(CLICKS, rows, ("before",)) for rows in units), adjusted=True)
    rate = effect(measure(RATE, control), measure(RATE, arm))
    for ours, name in ((plain, "mean"), (adjusted, "cuped"), (rate, "rate")):
        low, high = ours.interval()
        assert ours.difference == pytest.approx(theirs[name].effect_size, rel=2e-2)
        assert high - low == pytest.approx(
            theirs[name].effect_size_ci_upper - theirs[name].effect_size_ci_lower, rel=2e-3
        )
    assert adjusted.se < 0.8 * plain.se


def test_rows_of_a_unit_are_drawn_together_and_an_auc_is_resampled() -> None:
    rows = drawn(0, 500)
    alone = effect(measure(CLICKS, rows), measure(CLICKS, drawn(1, 500)))
    spread = effect(*(measure(CLICKS, drawn(seed, 500).assign(unit_id=np.arange(1500))) for seed in (0, 1)))
    assert alone.se > 1.3 * spread.se
    auc = Metric(name="auc", statistic=Auc(label="many", score="before"), direction="higher")
    labelled = [drawn(seed, 300).assign(many=lambda rows: (rows["clicks"] > 1).astype(float)) for seed in (0, 1)]
    assert abs(effect(*(measure(auc, rows) for rows in labelled)).z) < 4


def test_a_constant_metric_is_refused() -> None:
    rows = drawn(0, 100).assign(clicks=2)
    with pytest.raises(UserError, match="same for every unit"):
        effect(measure(CLICKS, rows), measure(CLICKS, rows))


def test_bounds_have_known_values_and_hold_at_every_look() -> None:
    time_L = np.arange(1, 6) / 5
    assert spending_bounds(time_L, time_L) == pytest.approx([4.877, 3.357, 2.680, 2.290, 2.031], abs=2e-3)
    assert always_valid(np.array([1.0]))[0] == pytest.approx(3.03, abs=0.01)
    generator = np.random.default_rng(0)
    time_L = np.arange(1, 51) / 50
    z_RL = generator.standard_normal((4000, 50)).cumsum(axis=1) / np.sqrt(np.arange(1, 51))
    for bound_L in (spending_bounds(time_L, time_L), always_valid(time_L)):
        assert (np.abs(z_RL) > bound_L).any(axis=1).mean() < 0.057
    assert (np.abs(z_RL) > 1.96).any(axis=1).mean() > 0.2
    with pytest.raises(UserError, match="none after the planned end"):
        spending_bounds(time_L, time_L * 2)
    edge = spending_bounds(time_L, time_L)[-1]
    assert level_reached(
        np.r_[np.zeros(49), edge], lambda alpha: spending_bounds(time_L, time_L, alpha)
    ) == pytest.approx(0.05, rel=1e-2)


def test_many_comparisons() -> None:
    assert discoveries([0.01, 0.04, 0.03, 0.5]) == pytest.approx([0.04, 0.16 / 3, 0.16 / 3, 0.5])
    same = [effect(measure(CLICKS, drawn(seed, 800)), measure(CLICKS, drawn(seed + 50, 800))) for seed in range(4)]
    assert heterogeneity(same).p > 0.001
    other = effect(measure(CLICKS, drawn(8, 800)), measure(CLICKS, drawn(9, 800, 1.0)))
    differing = heterogeneity([*same, other])
    assert differing.p < 1e-6
    assert differing.shrunk[-1] < other.difference


def test_as_many_units_as_planned_find_the_change_as_often_as_planned() -> None:
    past, shares = measure(CLICKS, drawn(0, 20_000, metric_rows=1)), {"a": 0.5, "b": 0.5}
    units = units_needed(past, 0.1, shares)
    assert detectable(past, units, shares) == pytest.approx(0.1, rel=1e-3)
    found = [
        effect(
            measure(CLICKS, drawn(2 * seed, units // 2, metric_rows=1)),
            measure(CLICKS, drawn(2 * seed + 1, units // 2, 0.1, metric_rows=1)),
        ).p
        < 0.05
        for seed in range(150)
    ]
    assert 0.7 < np.mean(found) < 0.9


def test_the_report_of_the_demonstration_tells_the_truth(tmp_path: Path) -> None:
    store = Store(tmp_path / "experiments.db")
    outcomes, units, end_s = demo(store)
    rows = joined(store.exposures(DEMO.name), outcomes, units)
    started_s = store.get(DEMO.name)[1]
    made = analyse(DEMO, started_s, rows, end_s)
    by_name = {one.metric: one for one in made.comparisons}
    assert made.decision == "Release larger: saves is better."
    assert by_name["saves"].low < 0.125 < by_name["saves"].high
    assert by_name["searches"].verdict == "open"
    assert by_name["hides"].guardrail == "held"
    differs = {part.column: part.differs_q for part in made.segments}
    assert differs["tenure"] < 0.05 < differs["country"]
    page = tmp_path / "report.html"
    write_report(page, made, ["hides"], DEMO.guardrails)
    assert "The effect differs between these." in page.read_text()
    lost = rows[~((rows["arm"] == "larger") & (rows["unit_id"].str[-1] == "1"))]
    short = DEMO.model_copy(update={"metrics": DEMO.metrics[:1], "guardrails": {}, "segments": ()})
    assert analyse(short, started_s, lost, end_s).decision.startswith("Do not read the effects")
    with pytest.raises(UserError, match="less than a day ago"):
        analyse(DEMO, started_s, rows, started_s + DAY_S - 1)
    with pytest.raises(UserError, match="needs the columns searches"):
        analyse(DEMO, started_s, rows.drop(columns="searches"), end_s)


def test_means_of_many_columns_are_metrics_of_a_design() -> None:
    assert [metric.name for metric in experiment(metrics=means(["x", "y"])).metrics] == ["x", "y"]


def test_a_guardrail_that_cannot_be_measured_releases_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "experiments.db")
    outcomes, units, end_s = demo(store)
    rows = joined(store.exposures(DEMO.name), outcomes.assign(hides=0), units)
    metrics = (DEMO.metrics[0], DEMO.metrics[2])
    once = DEMO.model_copy(update={"looks": "once", "segments": (), "metrics": metrics})
    made = analyse(once, store.get(DEMO.name)[1], rows, end_s)
    assert made.notes[0].startswith("hides of larger is left out: it is the same for every unit")
    assert made.decision.startswith("Keep the control or go on under a new name: the guardrails hides are open")
    early = analyse(once, store.get(DEMO.name)[1], rows, end_s - DAY_S)
    assert early.comparisons[0].verdict == "open"
    kept = json.dumps(early.model_dump(mode="json"), allow_nan=False)
    assert Report.model_validate_json(kept) == early
    page = tmp_path / "report.html"
    write_report(page, early)
    assert "none before the planned end" in page.read_text()
    assert not re.search(r"\b(nan|inf)", page.read_text())
    always = analyse(once.model_copy(update={"looks": "always"}), store.get(DEMO.name)[1], rows, end_s)
    assert always.comparisons[0].high - always.comparisons[0].low > made.comparisons[0].high - made.comparisons[0].low


def test_what_is_left_of_a_segment_has_the_sign_of_its_effect() -> None:
    parts = []
    for seed, (arm, lift) in enumerate([("a", 0.0), ("b", 0.8)]):
        rows = drawn(seed, 1000, lift).assign(arm=arm, exposed_s=0)
        parts.append(rows.assign(unit_id=rows["unit_id"] + 1000 * seed, clicks=-rows["clicks"]))
    rows = pd.concat(parts, ignore_index=True)
    rows["half"] = rows["unit_id"] % 2
    made = analyse(experiment(segments=("half",), looks="always"), 0, rows, DAY_S)
    assert len(made.segments) == 2
    assert all(one.relative < -0.5 and one.shrunk < -0.5 for one in made.segments)


def test_looks_agree_as_far_as_the_same_units_move_them() -> None:
    # a hundred units more at each look, of equal spread, which stay as they are
    joining_LU = np.array([np.where(np.arange(400) < 100 * look, 1.0, 0.0) / look for look in (1, 2, 3, 4)])
    assert information_of(joining_LU) == pytest.approx([1, 2, 3, 4])
    assert information_of(np.eye(3)) == pytest.approx([1, 100, 10_000])
    assert information_of(np.array([[0.0, 0.0], [1.0, 2.0], [1.0, 2.0]])) == pytest.approx([1, 100, 100])
