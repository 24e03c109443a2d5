"""The monitor's steps with real MLflow, over a log in which something changes."""

import json
from typing import Any

import numpy as np
import pytest

from components.features.counters import Definition
from components.features.served_counts import Counted, ServedCounts
from components.features.served_counts import place as watched
from components.lifecycle.run import Journal
from components.lifecycle.tracking import client
from components.monitor.report import Age
from components.monitor.steps import MonitorPlan, monitor, newly_lasting, record
from data.errors import UserError
from data.files import write_text
from data.times import DAY_S
from data.traffic import place
from flows.events import DRIFTED, retrain
from serving.state import Event, open_state

DAYS, A_DAY, NOW_S = 12, 150, 1_700_000_000


def log() -> None:
    """Twelve days of searches; on the last two, scores are lower."""
    rng = np.random.default_rng(2)
    first_s = NOW_S - DAYS * DAY_S
    same = {
        "part": 0,
        "route": "POST /v1/search",
        "status": 200,
        "ms": 9.0,
        "release": "v1",
        "shadow": False,
        "item": "",
    }
    lines = []
    for number in range(DAYS * A_DAY):
        at_s = first_s + number * DAY_S // A_DAY
        score = float(rng.normal(-2 if at_s > NOW_S - 2 * DAY_S else 0))
        asked = {"request_id": str(number), "time_s": at_s, "person": f"{number % 40:016x}", "labels": {}}
        if number % 20 == 19:
            asked["release"] = "v2"  # a challenger, the last request of all among them
        asked |= {
            "features": {"text_words": float(rng.integers(1, 6))},
            "answers": [["", score, {"category": "dress"}]],
        }
        lines.append(json.dumps(same | asked))
    place().mkdir(parents=True, exist_ok=True)
    (place() / "0.jsonl").write_text("\n".join([*lines, ""]))


def test_a_change_is_reported_in_mlflow_and_on_a_page_and_trains_again_once(project: Any) -> None:
    journal = Journal()
    plan = MonitorPlan(now_s=NOW_S)
    with pytest.raises(UserError, match="no request was logged yet"):
        monitor(plan, project.progress, journal.call)
    log()
    monitor(plan, project.progress, journal.call)
    assert journal.results["collect"].rows == DAYS * A_DAY
    assert journal.results["check"].checks > 0
    report, recorded = journal.results["compare"], journal.results["record"]
    (score, words) = report.series
    assert (score.name, score.lasting) == ("POST /v1/search/score", True)
    assert (words.name, words.since_s) == ("POST /v1/search/text_words", None)
    run = client().get_run(recorded.run_id)
    assert run.data.metrics["POST /v1/search/score/size"] > run.data.metrics["POST /v1/search/score/limit"]
    files = {file.path for file in client().list_artifacts(recorded.run_id)}
    assert files == {"report.html", "report.json", "signals.png"}
    assert report.said.startswith(
        f"{report.requests:,} requests of 40 people, 2 signals; 1 alarm; POST /v1/search/score"
    )
    old = Age(system="toy", version=1, trained_days=31.0, data_days=None, stale=[], old=["was trained 31 days ago"])
    again = client().get_run(record(plan, report.model_copy(update={"ages": [old]})).run_id)
    assert (again.info.status, again.data.metrics["toy/trained_days"]) == ("FINISHED", 31.0)
    concerned = report.model_copy(
        update={"retrain": ["centroid"], "series": [score.model_copy(update={"systems": ["centroid"]}), words]}
    )
    assert newly_lasting(concerned) == ["centroid"]
    assert newly_lasting(concerned) == []
    assert newly_lasting(report) == []  # it is over
    assert newly_lasting(concerned) == ["centroid"]
    assert newly_lasting(concerned.model_copy(update={"system": "other", "retrain": ["other", "centroid"]})) == []
    assert newly_lasting(concerned) == []  # a look at another system forgets nothing


def test_counts_that_the_stored_events_do_not_explain_are_an_alarm(project: Any) -> None:
    log()
    state = open_state()
    state.events.append([Event("ann", "lamp", "save", NOW_S - 700.0)])
    definition = Definition(entities=((), ("item_id",)), outcomes=("save",), half_lives_h=(24.0,))
    counted = [
        Counted(
            definition=definition,
            outcome_of={"save": "save"},
            time_ms=(NOW_S - ago_s) * 1000,
            count_NEHO=[[[[0.0]], [[0.0]]]],
            last_number=last,
        )
        for ago_s, last in ((1200, 0), (660, 0), (60, 1))
    ]
    for store in (state.items.store_id(), "another"):
        said = ServedCounts(store=store, item_ids=("lamp",), since_s=0, counts=tuple(counted))
        write_text(watched() / f"{store}.json", said.model_dump_json())
    state.close()
    journal = Journal()
    monitor(MonitorPlan(now_s=NOW_S), project.progress, journal.call)
    report = journal.results["compare"]
    (series,) = [one for one in report.series if one.concern == "counts"]
    assert [point.size for point in series.points] == [0.0, pytest.approx(0.5, abs=0.01)]
    assert series.since_s == NOW_S - 60
    assert any(one.startswith("POST /v1/feed/counts differs from the events that are stored") for one in report.alarms)
    assert "1 processes count events of another state than the one that is set here" in report.notes
    run = client().get_run(journal.results["record"].run_id)
    assert run.data.metrics["POST /v1/feed/counts/size"] == series.points[-1].size


def test_a_system_that_serves_nothing_cannot_be_watched(project: Any) -> None:
    log()
    with pytest.raises(UserError, match="centroid has no champion that could be watched"):
        monitor(MonitorPlan(now_s=NOW_S, system="centroid"), project.progress, Journal().call)


def test_a_system_is_trained_by_its_own_drift_alone() -> None:
    trigger = retrain("centroid")
    assert trigger.expect == {DRIFTED}
    assert trigger.match.model_dump() == {"prefect.resource.id": ["corkboard.system.centroid"]}
