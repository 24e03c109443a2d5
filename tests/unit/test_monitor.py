"""The monitor: distances with known answers, limits that chance does not pass, changes that are seen, its report."""

import numpy as np
import pandas as pd
import pytest

from components.monitor.compare import Held, looked, looks_until, routes_of
from components.monitor.conclusion import concluded
from components.monitor.demo import trial
from components.monitor.distances import ks, mmd, psi
from components.monitor.judge import Reference, farthest
from components.monitor.page import write_report
from components.monitor.settings import settings
from components.monitor.signals import Seen
from data.times import DAY_S

RNG = np.random.default_rng(5)


def test_distances_have_known_answers() -> None:
    assert psi(np.array(list("aabb")), np.array(list("aabb"))).size == 0
    now, before = np.repeat(["a", "b"], [30, 70]), np.repeat(["a", "b"], [50, 50])
    assert psi(now, before).size == pytest.approx(-0.2 * np.log(0.3 / 0.5) + 0.2 * np.log(0.7 / 0.5))
    assert psi(np.array(["c"] * 10), before).size > 5  # a value that nobody knew
    assert ks(np.array([1.0, 2, 3, 4]), np.array([3.0, 4, 5, 6])).size == 0.5
    same = mmd(RNG.normal(size=(400, 3)), RNG.normal(size=(500, 3)))
    moved = mmd(RNG.normal(1, 1, size=(400, 3)), RNG.normal(size=(500, 3)))
    assert abs(same.size) < 0.01 < 0.1 < moved.size


@pytest.mark.parametrize("rows", [200, 5000])
def test_a_scaled_distance_of_chance_is_about_one_or_less_however_many_rows_there_are(rows: int) -> None:
    scaled = []
    for _ in range(20):
        two = RNG.integers(0, 8, (2, rows)).astype(str), RNG.normal(size=(2, rows))
        scaled.append([psi(*two[0]).scaled, ks(*two[1]).scaled])
    assert (np.median(scaled, axis=0) > 0.5).all()
    assert (np.median(scaled, axis=0) < 1.2).all()
    assert np.max(scaled) < 3


def days(count: int, mean: float = 0.0) -> list[Seen]:
    return [
        Seen(
            category={"events/colour": RNG.choice(["red", "blue"], 500, p=[0.5 + mean / 4, 0.5 - mean / 4])},
            number={"POST /v1/feed/score": RNG.normal(mean, 1, 500)},
            vector={"events/looks": RNG.normal(mean, 1, (120, 4))},
            level={"POST /v1/feed/wished": 0.03 * (1 + mean) + RNG.normal(0, 0.001)},
        )
        for _ in range(count)
    ]


def test_the_farthest_day_of_a_few_is_that_of_a_prediction_interval() -> None:
    """Two days whose logarithms are 0 and 2: mean 1, deviation the root of 2; a chance of .02275 is two of these."""
    told = settings().model_copy(update={"chance": 0.0227501319, "spread": 0.1})
    assert farthest(np.exp([0.0, 2.0]), told) == pytest.approx(np.exp(1 + 2 * np.sqrt(2) * np.sqrt(1.5)))
    alike = np.exp([1.0, 1.0, 1.0, 1.0])  # as far from one another as days are at least
    assert farthest(alike, told) == pytest.approx(np.exp(1 + 2 * 0.1 * np.sqrt(1.25)))


def test_a_window_passes_its_limit_where_it_differs_and_not_by_chance() -> None:
    reference = Reference(days(8), settings())
    quiet = [value for day in days(10) for value in reference.values(day)]
    assert len(quiet) == 40
    assert not [value.name for value in quiet if value.passed]
    (changed,) = days(1, mean=1.0)
    assert {value.name for value in reference.values(changed) if value.passed} == {value.name for value in quiet}


def test_too_few_rows_or_days_say_nothing() -> None:
    assert list(Reference(days(3), settings()).values(days(1)[0])) == []
    few = Seen(number={"POST /v1/feed/score": np.zeros(20)})
    assert list(Reference(days(8), settings()).values(few)) == []


def log(count: int, status: int = 200, ms: float = 20.0) -> pd.DataFrame:
    times = np.linspace(0, 2 * DAY_S - 1, count).astype(int)
    rows = {"request_id": [f"r{n}" for n in range(count)], "route": "POST /v1/feed", "status": status, "ms": ms}
    return pd.DataFrame({**rows, "time_s": times, "person": "p", "item": None})


def test_late_and_failing_routes_a_silent_service_and_lasting_drift_are_told(tmp_path) -> None:
    known, now_s = settings(), 2 * DAY_S
    assert [(one.late, one.failing) for one in routes_of(log(400), now_s, known)] == [(False, False)]
    assert [(one.late, one.failing) for one in routes_of(log(400, 500, 9000.0), now_s, known)] == [(True, True)]
    asked = log(400)
    answers = pd.DataFrame({"request_id": asked["request_id"], "place": 1, "item": None, "score": 5.0})
    answers = answers.assign(category="dress", source=None)
    held = [Held(Reference(days(8), known), "the days before")]
    looks = looks_until(now_s, 0)
    assert looks == [DAY_S, DAY_S + DAY_S // 4, DAY_S + DAY_S // 2, DAY_S + 3 * DAY_S // 4, now_s]
    series = [one.model_copy(update={"systems": ["toy"]}) for one in looked(asked, answers, {}, held, looks, known)]
    assert [(one.name, one.since_s, one.lasting) for one in series] == [("POST /v1/feed/score", DAY_S, True)]
    report = concluded(None, now_s, asked, series, [], known, [])
    assert report.retrain == ["toy"]
    assert "for long enough to train again" in report.alarms[0]
    late = concluded(None, 4 * DAY_S, asked, [], [], known, [])
    assert "nothing was asked for 48 hours" in late.alarms[0]
    write_report(tmp_path / "report.html", report)
    page = (tmp_path / "report.html").read_text()
    assert "passed since 1970-01-02" in page
    assert "<svg" in page


def test_changes_of_a_small_world_are_seen_within_a_day_and_hardly_anything_before() -> None:
    small = settings().model_copy(update={"training_days": 8, "settle_days": 5, "least_rows": 60})
    found = trial(2, small, people=400)
    hours = {course.change: course.hours for course in found.courses}
    assert set(hours) == {"styles", "feature", "season", "bot"}
    assert all(hours[change] is not None and hours[change] <= 24 for change in ("styles", "feature", "bot"))
    assert len(found.false_alarms) <= 1  # with a hundred rows a day; `corkboard bench monitor` has more
    assert found.looks == 8
