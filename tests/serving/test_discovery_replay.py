"""What is measured is what is served: a held-out day, replayed through the running service, gives its evaluation."""

import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from components.evaluation import Evaluation
from components.systems.user_sequence import SYSTEM
from serving.process import free_port
from tests.crowds import small_crowd
from tests.discoveries import Parts, entry_app, listening, make_catalogue, make_parts_of, sequence_app

WISHES = ("click", "save")
CONFIG: dict[str, Any] = {
    "network": {"dim": 8, "heads": 1, "layers": 1, "max_length": 20},
    "loss": {"positive": WISHES},
    "blend": {"trend_weights": [0, 4], "neighbours_weights": [0, 5], "freshness_weights": [0, 1]},
    "training": {"epochs": 2, "batch_size": 64, "learning_rate": 0.01, "weight_decay": 0.01, "patience": 2},
    "evaluation": {"positive": WISHES, "baselines": []},
}
K = 21  # one more than the longest list that is judged
AT_ONCE = 100


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    folder = tmp_path_factory.mktemp("crowd")
    parts = make_parts_of(small_crowd(folder / "data"), CONFIG, folder)
    blend = json.loads((parts.sequence / "sequence.json").read_text())["blend"]
    assert blend["trend"] > 0, blend
    assert blend["neighbours"] > 0, blend
    return parts


@pytest.fixture(scope="module")
def measured(crowd: Parts, tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    config = SYSTEM.Config.model_validate(CONFIG)
    out = tmp_path_factory.mktemp("out")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CORKBOARD_HOME", str(out / "home"))
        return SYSTEM.evaluate(crowd.sequence, crowd.dataset, config, out, lambda *_: None)


@pytest.fixture
def service(crowd: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    monkeypatch.setattr("serving.discovery.crowd.KEPT_S", 0.0)  # a day passes in seconds
    catalogue = make_catalogue(crowd, tmp_path / "catalogue")
    with listening(sequence_app(crowd)) as (following, _):
        entry = entry_app(catalogue, tmp_path / "state", {"user-sequence": following})
        with listening(entry, free_port()) as (address, _), httpx.Client(base_url=address, timeout=60) as client:
            yield client


def test_a_replayed_day_gives_the_figures_of_the_evaluation(
    service: httpx.Client, crowd: Parts, measured: Evaluation
) -> None:
    events = sorted(crowd.dataset.table("events").to_pylist(), key=lambda event: event["time_s"])  # stable
    before = [event for event in events if event["split"] != "test"]
    post(service, before)
    answers: dict[str, dict[str, float]] = {}
    for time_s, moment in groupby((event for event in events if event["split"] == "test"), lambda one: one["time_s"]):
        done = list(moment)
        for user_id in dict.fromkeys(event["user_id"] for event in done):
            if user_id not in answers:
                answers[user_id] = asked(service, user_id, time_s)
        post(service, done)

    frame = measured.examples
    assert len(frame) > 20
    assert frame["ndcg_at_10"].mean() > 0.1
    for user_id, row in frame.iterrows():
        wanted = targets(events, str(user_id))
        ranks = np.array([rank(answers[str(user_id)], item_id) for item_id in wanted])
        for k in (5, 10, 20):
            hits = ranks <= k
            assert row[f"hr_at_{k}"] == pytest.approx(hits.mean()), user_id
            assert row[f"ndcg_at_{k}"] == pytest.approx((hits / np.log2(ranks + 1)).mean()), user_id


def post(service: httpx.Client, events: list[dict[str, Any]]) -> None:
    named = ("user_id", "item_id", "action", "surface", "time_s", "session_id")
    rows = [{name: event[name] for name in named} for event in events]
    for start in range(0, len(rows), AT_ONCE):
        answer = service.post("/v1/events", json={"events": rows[start : start + AT_ONCE]})
        assert answer.status_code == 202, answer.text


def asked(service: httpx.Client, user_id: str, time_s: int) -> dict[str, float]:
    """The scores of the items that are recommended."""
    request = {"user_id": user_id, "time_s": time_s, "k": K, "explain": False}
    answer = service.post("/v1/recommendations", json=request).json()
    assert answer["degraded"] == []
    return {item["item_id"]: item["score"] for item in answer["items"]}


def targets(events: list[dict[str, Any]], user_id: str) -> list[str]:
    """The new items that somebody wished for on the day."""
    theirs = [event for event in events if event["user_id"] == user_id]
    known = {event["item_id"] for event in theirs if event["split"] != "test"}
    wished = [event["item_id"] for event in theirs if event["split"] == "test" and event["action"] in WISHES]
    return [item_id for item_id in dict.fromkeys(wished) if item_id not in known]


def rank(scores: dict[str, float], item_id: str) -> float:
    """Ties count against the item."""
    return sum(score >= scores[item_id] for score in scores.values()) if item_id in scores else np.inf
