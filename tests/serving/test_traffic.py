"""What the service logs of requests and answers, and the tables that are made of it."""

import json
import threading
import time
from pathlib import Path

import pandas as pd
import pytest
from starlette.testclient import TestClient

from data.dataset import Content, Dataset
from data.erased import write_tombstones
from data.marks import Marks
from data.params import TablesParams
from data.tombstone import mark_of
from data.traffic import collect, latest_day, place, read
from data.validation import check
from serving.traffic import SHADOW, Traffic, open_traffic
from tests.discoveries import entry_app


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CORKBOARD_HOME", str(tmp_path))
    return tmp_path


def asked(catalogue: Path, state: Path) -> None:
    """What Ann and Bob do at a service that logs."""
    app = entry_app(catalogue, state, {}, traffic=lambda: open_traffic("v1"))
    with TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 1), raise_server_exceptions=False) as client:
        for user in ("ann@example.com", "bob"):
            shown = client.post("/v1/feed", json={"user_id": user, "k": 5}).json()["items"]
            event = {"user_id": user, "item_id": shown[0]["item_id"], "action": "save", "surface": "home"}
            assert client.post("/v1/events", json={"events": [event, event | {"action": "view"}]}).status_code == 202
        client.post("/v1/search", json={"text": "my secret wish", "k": 3})
        client.get(f"/v1/items/{shown[0]['item_id']}")
        client.get("/v1/health")
    assert b"corkboard_traffic_rows" in app.metrics.text()


def test_what_was_asked_and_shown_is_in_tables_without_ids_and_contents(
    home: Path, catalogue: Path, state: Path
) -> None:
    asked(catalogue, state)
    (lines,) = place().glob("*.jsonl")
    text = lines.read_text()
    assert not {word for word in ("ann", "bob", "secret", "disc-") if word in text}
    assert collect().rows == 8
    assert collect() == (0, 0, 0)
    requests, answers = read(0, 4e9)
    marks = Marks(place())
    mine = requests[requests["person"] == marks.person("bob")]
    assert mine["route"].tolist() == ["POST /v1/feed", "POST /v1/events", "POST /v1/events"]
    assert [dict(one).get("action") for one in mine["labels"]] == [None, "save", "view"]
    assert len(answers[answers["request_id"] == mine["request_id"].iloc[0]]) == 5
    assert requests["status"].tolist().count(404) == 1  # no system finds by words here
    searched = requests[requests["route"] == "POST /v1/search"].iloc[0]
    assert dict(searched["features"])["text_words"] == 3
    assert pd.isna(searched["person"])
    assert (requests["release"].unique().tolist(), requests["shadow"].any()) == (["v1"], False)


def test_in_shadow_nothing_is_changed_and_the_log_says_that_nobody_saw_it(
    home: Path, catalogue: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SHADOW, "1")
    app = entry_app(catalogue, state, {}, traffic=lambda: open_traffic("v1"))
    with TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 1)) as client:
        (shown,) = client.post("/v1/feed", json={"user_id": "bob", "k": 1}).json()["items"]
        event = {"user_id": "bob", "item_id": shown["item_id"], "action": "save"}
        assert client.post("/v1/events", json={"events": [event]}).status_code == 403
        assert client.put(f"/v1/users/bob/boards/one/items/{shown['item_id']}").status_code == 403
        assert client.delete(f"/v1/items/{shown['item_id']}").status_code == 403
        assert client.get(f"/v1/items/{shown['item_id']}").status_code == 200
        assert client.post("/v1/ads", json={"user_id": "bob"}).status_code == 404  # none is offered
    collect()
    requests, _ = read(0, 4e9)
    assert requests["shadow"].all()
    assert "POST /v1/events" not in set(requests["route"])


def test_the_tables_pass_their_suites_and_names_do_not(home: Path, catalogue: Path, state: Path) -> None:
    asked(catalogue, state)
    collect()
    assert validated(home) == []
    bad = json.dumps(
        {"request_id": "r", "part": 0, "route": "GET /", "time_s": 1_700_000_000, "status": 42, "ms": -1.0}
        | {"release": "v1", "shadow": False, "person": "ann", "item": "", "features": {}, "labels": {}}
        | {"answers": [["shirt", 1.0, {"category": "shirt"}]]}
    )
    (place() / "0.jsonl").write_text(f"{bad}\n{bad[:20]}")  # the last line is of a process that was killed
    for day in place().glob("days/*"):
        day.rename(day.with_name("2000-01-01"))  # too old
    assert collect(1_700_000_100).rows == 1
    assert [path.name for path in place().glob("days/*")] == ["2023-11-14"]
    assert validated(home) == ["duration in range", "no ids", "no ids", "status in range"]


def validated(home: Path) -> list[str]:
    day = latest_day()
    assert day is not None
    from data.content import describe

    tables = {name: Content(**facts) for name, facts in describe(day).items()}
    dataset = Dataset("traffic", day, day.name, "own", simulated=False, tables=tables)
    params = TablesParams(source="tables", licence="own", path=day)
    return sorted(one["check"] for one in check(dataset, params, home / "docs", lambda *_: None).failures)


def test_who_leaves_is_taken_out_of_the_log(home: Path, catalogue: Path, state: Path) -> None:
    asked(catalogue, state)
    collect()
    write_tombstones({mark_of("bob"): 1})
    assert collect().erased == 3
    requests, answers = read(0, 4e9)
    assert Marks(place()).person("bob") not in set(requests["person"])
    assert set(answers["request_id"]) <= set(requests["request_id"])


def test_the_log_takes_a_share_of_people_whole_and_stays_within_its_bounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from serving import traffic as module
    from serving.traffic import Row

    monkeypatch.setattr(module, "FILE_BYTES", 2000)
    monkeypatch.setattr(module, "MOST_BYTES", 7000)
    log = Traffic(tmp_path, 0.25, "v1")
    for number in range(400):
        person = log.marks.person(f"user-{number % 100}")
        log.add("POST /v1/feed", number, 200, 0.01, lambda person=person: [Row(person=person)])
    log.close()
    sizes = [path.stat().st_size for path in tmp_path.glob("*.jsonl")]
    assert max(sizes) < 2500
    assert 4500 < sum(sizes) <= 7000  # what does not fit any more is gone
    assert 40 < log.written < 160
    assert log.written % 4 == 0  # each of them whole
    assert not list(tmp_path.glob("*.open"))


def test_a_log_that_cannot_write_does_not_keep_the_service_from_ending(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from serving import traffic as module

    for name, value in (("FILE_S", 0.05), ("CLOSE_S", 0.5), ("WAITING", 3)):
        monkeypatch.setattr(module, name, value)
    log = Traffic(tmp_path / "log", 1.0, "v1")
    (tmp_path / "log").rename(tmp_path / "gone")
    while not log.dropped:
        time.sleep(0.01)
    for number in range(5):  # more than wait
        log.add("POST /v1/feed", number, 200, 0.01, list)
    closing = threading.Thread(target=log.close, daemon=True)
    closing.start()
    closing.join(10)
    assert not closing.is_alive()
