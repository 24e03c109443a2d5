"""The composed service as its callers meet it: both systems, items that come and go, events that count."""

import io
import re
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

from data.tombstone import mark_of
from serving.discovery.search_types import SearchResults
from serving.discovery.types import (
    ItemPage,
    Recommendations,
    Related,
    WholeHealth,
)
from tests.discoveries import Parts

BAR, DISC = "bar-train-000", "disc-validation-001"


def drawn(colour: tuple[int, int, int] = (20, 220, 20), kind: str = "JPEG", size: tuple[int, int] = (90, 120)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, kind)
    return buffer.getvalue()


def put(client: TestClient, item_id: str, picture: bytes | None = None, **fields: Any) -> Any:
    import json

    files = {"picture": ("p", picture or drawn())}
    return client.put(f"/v1/items/{item_id}", files=files, data={"request": json.dumps(fields)})


def test_health_names_what_is_served(discovery: TestClient, parts: Parts) -> None:
    health = WholeHealth.model_validate(discovery.get("/v1/health").json())
    assert health.status == "ok"
    roles = {system: facts.role for system, facts in health.systems.items()}
    assert roles == {
        "visual-search": "search",
        "user-sequence": "recommend",
        "scene-parsing": "parse",
        "shop-the-look": "complete",
        "search-relevance": "find",
        "feed-ranking": "rank",
        "board-graph": "keep",
        "safety": "check",
        "ads": "advertise",
        "canvas": "make",
        "notifications": "notify",
    }
    for system in health.systems.values():
        assert (system.status, system.version, system.dataset) == ("ok", "1", "small")
        assert system.latency_ms
        assert system.bundle_hash
    assert health.state.items >= 48


def test_the_board_pages_through_every_item_once(discovery: TestClient) -> None:
    seen: list[str] = []
    cursor = None
    while True:
        found = discovery.get("/v1/items", params={"k": 7} | ({"cursor": cursor} if cursor else {})).json()
        page = ItemPage.model_validate(found)
        seen += [item.item_id for item in page.items]
        cursor = page.cursor
        if cursor is None:
            break
        assert len(page.items) == 7
    assert len(seen) == len(set(seen)) == 48


def test_filters_of_the_board(discovery: TestClient) -> None:
    known = discovery.get("/v1/filters").json()
    assert {entry["value"]: entry["count"] for entry in known["category"]} == {"bar": 16, "disc": 16, "frame": 16}
    found = discovery.get("/v1/items?category=bar&category=disc&attribute.colour=red&k=100").json()["items"]
    assert len(found) == 16
    assert {(item["category"], item["attributes"]["colour"]) for item in found} == {("bar", "red"), ("disc", "red")}
    for query, known_one in (("attribute.size=1", "colour"), ("category=cat", "frame"), ("shape=1", "shape")):
        answer = discovery.get(f"/v1/items?{query}")
        assert answer.status_code == 422
        assert known_one in answer.json()["error"]


def test_filters_count_what_the_others_leave(discovery: TestClient) -> None:
    whole = discovery.get("/v1/filters").json()
    chosen = discovery.get("/v1/filters?category=bar&category=disc&attribute.colour=red").json()
    for column, filters in (
        ("category", {"attribute.colour": "red"}),
        ("colour", {"category": ["bar", "disc"]}),
    ):
        items = discovery.get("/v1/items", params={"k": 100, **filters}).json()["items"]
        facts = [item["attributes"] | {"category": item["category"]} for item in items]
        expected = Counter(fact[column] for fact in facts if column in fact)
        assert {entry["value"]: entry["count"] for entry in chosen[column]} == expected
    assert chosen.keys() == {"category", "colour"}
    assert discovery.get("/v1/filters").json() == whole
    for query, told in (("attribute.size=1", "colour"), ("category=cat", "frame"), ("shape=1", "attribute.NAME")):
        answer = discovery.get(f"/v1/filters?{query}")
        assert (answer.status_code, told in answer.json()["error"]) == (422, True)


def test_a_picture_is_served_for_ever_under_its_version(discovery: TestClient, parts: Parts) -> None:
    item = discovery.get(f"/v1/items/{BAR}").json()
    answer = discovery.get(item["picture"])
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert answer.content == parts.dataset.file(f"images/{BAR}.jpg").read_bytes()
    assert Image.open(io.BytesIO(answer.content)).size == (item["width_px"], item["height_px"])
    assert discovery.get(item["picture"], headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    assert discovery.get(f"/v1/items/{BAR}/picture").headers["cache-control"] == "no-cache"
    assert discovery.get("/v1/items/nothing/picture").status_code == 404


def test_search_by_item_also_by_one_that_was_not_trained_on(discovery: TestClient) -> None:
    for item_id in (BAR, DISC):
        found = SearchResults.model_validate(discovery.post("/v1/search", json={"item_id": item_id, "k": 100}).json())
        ids = [item.item_id for item in found.items]
        assert item_id not in ids
        assert len(ids) == 47
        assert found.categories == []
        assert [item.score for item in found.items] == sorted((item.score for item in found.items), reverse=True)


def test_search_by_upload_and_by_part_of_an_item(discovery: TestClient, parts: Parts) -> None:
    picture = parts.dataset.file(f"images/{DISC}.jpg").read_bytes()
    found = discovery.post("/v1/search", files={"picture": picture}, data={"k": "3"}).json()
    assert found["items"][0]["item_id"] == DISC
    assert found["items"][0]["score"] == pytest.approx(1, abs=1e-3)
    assert len(found["categories"]) == 3
    box = [0, 0, 40, 50]
    uploaded = discovery.post("/v1/search", files={"picture": picture}, data={"request": f'{{"box": {box}, "k": 9}}'})
    by_item = discovery.post("/v1/search", json={"item_id": DISC, "box": box, "k": 9}).json()
    expected = [item["item_id"] for item in uploaded.json()["items"] if item["item_id"] != DISC]
    assert [item["item_id"] for item in by_item["items"]][:8] == expected[:8]


def test_search_pages_do_not_overlap(discovery: TestClient) -> None:
    whole = discovery.post("/v1/search", json={"item_id": BAR, "k": 100}).json()["items"]
    found, offset = [], 0
    while offset is not None:
        page = discovery.post(f"/v1/search?offset={offset}", json={"item_id": BAR, "k": 9}).json()
        found += page["items"]
        offset = page["next_offset"]
    assert [item["item_id"] for item in found] == [item["item_id"] for item in whole]


def test_related_items_say_why(discovery: TestClient) -> None:
    found = Related.model_validate(discovery.get(f"/v1/items/{BAR}/related?k=12").json())
    kinds = [item.because.kind for item in found.items]
    assert len(found.items) == len({item.item_id for item in found.items}) == 12
    assert set(kinds) == {"looks_alike", "saved_together"}
    assert found.degraded == []
    assert BAR not in {item.item_id for item in found.items}


def test_events_count_in_the_next_answer(discovery: TestClient) -> None:
    def shown(**fields: Any) -> Recommendations:
        answer = discovery.post("/v1/recommendations", json={"user_id": "ann", "k": 20, **fields})
        return Recommendations.model_validate(answer.json())

    before = shown()
    assert before.cold
    assert before.items
    event = {"user_id": "ann", "item_id": BAR, "action": "save", "surface": "home", "time_s": time.time()}
    answer = discovery.post("/v1/events", json={"events": [event]})
    assert (answer.status_code, answer.json()) == (202, {"accepted": 1})
    after = shown()
    assert not after.cold
    assert BAR not in {item.item_id for item in after.items}
    assert {cause.item_id for item in after.items for cause in item.because} == {BAR}
    hidden = after.items[0].item_id
    discovery.post("/v1/events", json={"events": [{"user_id": "ann", "item_id": hidden, "action": "hide"}]})
    assert hidden not in {item.item_id for item in shown().items}
    done = [{"item_id": DISC, "action": "click"}]
    assert DISC not in {item.item_id for item in shown(actions=done).items}


def test_what_was_hidden_or_saved_outlives_any_number_of_views(discovery: TestClient) -> None:
    def shown() -> Recommendations:
        return Recommendations.model_validate(discovery.post("/v1/recommendations", json={"user_id": "viv"}).json())

    hidden = shown().items[0].item_id
    done = [
        {"user_id": "viv", "item_id": hidden, "action": "hide"},
        {"user_id": "viv", "item_id": BAR, "action": "save"},
    ]
    seen = [{"user_id": "viv", "item_id": DISC, "action": "view", "time_s": time.time() + 1}] * 100
    for events in (done, *[seen] * 5, seen[:1]):
        assert discovery.post("/v1/events", json={"events": events}).status_code == 202
    after = shown()
    assert hidden not in {item.item_id for item in after.items}
    assert BAR in {cause.item_id for item in after.items for cause in item.because}


def test_a_clock_that_is_fast_does_not_outrank_what_comes_after(discovery: TestClient) -> None:
    ahead = {"user_id": "fay", "item_id": DISC, "action": "save", "time_s": 99_999_999_999}
    done = {"user_id": "fay", "item_id": BAR, "action": "save"}
    for event in (ahead, done, done):
        assert discovery.post("/v1/events", json={"events": [event]}).status_code == 202
    stored = discovery.app.app.state.context.state.events.last("fay", 3)  # type: ignore[attr-defined]
    assert [event.item_id for event in stored] == [BAR, BAR, DISC]
    assert stored[-1].time_s == pytest.approx(time.time(), abs=60)


def test_events_on_unknown_items_store_nothing(discovery: TestClient) -> None:
    events = [{"user_id": "bob", "item_id": item_id, "action": "save"} for item_id in (BAR, "nothing")]
    assert discovery.post("/v1/events", json={"events": events}).status_code == 404
    assert discovery.post("/v1/recommendations", json={"user_id": "bob"}).json()["cold"]


def test_an_item_is_found_as_soon_as_it_is_there_and_never_after_it_went(discovery: TestClient) -> None:
    picture = drawn()
    answer = put(discovery, "green/1", picture, title="Green", category="plain", attributes={"colour": "green"})
    assert answer.status_code == 201, answer.text
    item = answer.json()
    assert (item["title"], item["category"], item["width_px"]) == ("Green", "plain", 90)
    assert item["created_s"] == pytest.approx(time.time(), abs=60)
    later = put(discovery, "ahead", picture, created_s=99_999_999_999).json()
    assert later["created_s"] == pytest.approx(time.time(), abs=60)
    discovery.delete("/v1/items/ahead")
    found = discovery.post("/v1/search", files={"picture": picture}, data={"k": "1"}).json()["items"]
    assert found[0]["item_id"] == "green/1"
    filtered = {"item_id": "green/1", "filters": {"colour": "green"}}
    assert discovery.post("/v1/search", json=filtered).json()["items"] == []
    assert discovery.get("/v1/items?category=plain").json()["items"] == [item]
    assert Image.open(io.BytesIO(discovery.get(item["picture"]).content)).size == (90, 120)
    changed = discovery.patch("/v1/items/green/1", json={"title": "Greener", "attributes": {"colour": None}})
    assert changed.json() == item | {"title": "Greener", "attributes": {}}
    assert put(discovery, "green/1", drawn((1, 2, 3))).status_code == 200
    assert discovery.get("/v1/items/green/1").json()["picture"] != item["picture"]
    discovery.post("/v1/events", json={"events": [{"user_id": "eve", "item_id": "green/1", "action": "save"}]})
    liked = discovery.post("/v1/recommendations", json={"user_id": "eve", "k": 5}).json()
    assert not liked["cold"]
    assert discovery.delete("/v1/items/green/1").status_code == 204
    assert discovery.delete("/v1/items/green/1").status_code == 404
    for answer in (
        discovery.get("/v1/items?k=100"),
        discovery.post("/v1/search", files={"picture": drawn((1, 2, 3))}, data={"k": "100"}),
        discovery.post("/v1/recommendations", json={"user_id": "eve", "k": 100}),
        discovery.get(f"/v1/items/{BAR}/related?k=100"),
    ):
        assert answer.status_code == 200
        assert "green/1" not in answer.text
    assert discovery.get("/v1/items/green/1").status_code == 404
    assert discovery.post("/v1/search", json={"item_id": "green/1"}).status_code == 404


def test_only_so_many_different_attributes_are_taken(discovery: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert put(discovery, "pot", attributes={"glaze": "matt"}).status_code == 201
    assert discovery.delete("/v1/items/pot").status_code == 204
    monkeypatch.setattr("serving.discovery.stock.MOST_NAMES", len(discovery.get("/v1/filters").json()))
    assert (
        put(discovery, "pot", attributes={"colour": "red", "glaze": "matt"}).status_code == 201
    )  # known: category is no
    for answer in (  # attribute, and the glaze counts also when the item is gone, as long as its column is there
        put(discovery, "jug", attributes={"handle": "one"}),
        discovery.patch("/v1/items/pot", json={"attributes": {"handle": "one"}}),
    ):
        assert answer.status_code == 422
        assert "instead of 'handle'" in answer.json()["error"]
    assert discovery.patch("/v1/items/pot", json={"attributes": {"colour": "blue"}}).status_code == 200
    assert discovery.delete("/v1/items/pot").status_code == 204


def test_filtered_by_what_came_after_training_look_alikes_are_recommended(discovery: TestClient) -> None:
    for number, colour in enumerate([(20, 220, 20), (220, 20, 20)]):
        assert put(discovery, f"mug-{number}", drawn(colour), category="mug").status_code == 201
    asked = {"actions": [{"item_id": BAR, "action": "save"}], "filters": {"category": "mug"}}
    found = Recommendations.model_validate(discovery.post("/v1/recommendations", json=asked).json())
    assert not found.cold
    assert {item.item_id for item in found.items} == {"mug-0", "mug-1"}
    assert all([cause.item_id for cause in item.because] == [BAR] for item in found.items)
    asked["actions"] = [{"item_id": BAR, "action": "view"}]
    assert discovery.post("/v1/recommendations", json=asked).json()["cold"]
    for number in range(2):
        assert discovery.delete(f"/v1/items/mug-{number}").status_code == 204


def test_an_item_of_the_catalogue_can_be_changed_and_deleted(discovery: TestClient) -> None:
    item_id = "frame-test-003"
    before = discovery.get(f"/v1/items/{item_id}").json()
    changed = discovery.patch(f"/v1/items/{item_id}", json={"attributes": {"mood": "calm"}}).json()
    assert changed["attributes"] == before["attributes"] | {"mood": "calm"}
    assert {**changed, "attributes": 0} == {**before, "attributes": 0}
    found = discovery.post("/v1/search", json={"item_id": BAR, "filters": {"mood": "calm"}}).json()["items"]
    assert [item["item_id"] for item in found] == [item_id]
    assert discovery.get(changed["picture"]).status_code == 200
    assert discovery.delete(f"/v1/items/{item_id}").status_code == 204
    assert discovery.get(f"/v1/items/{item_id}/picture").status_code == 404


def test_a_person_can_be_erased(discovery: TestClient, state: Path) -> None:
    for user_id in ("una", "una 2"):
        done = {"user_id": user_id, "item_id": BAR, "action": "save"}
        assert discovery.post("/v1/events", json={"events": [done]}).status_code == 202
        assert discovery.put(f"/v1/users/{user_id}/boards/calm/items/{BAR}").status_code == 204
    exported = discovery.get("/v1/users/una/export")
    assert exported.headers["content-disposition"] == 'attachment; filename="export.json"'
    assert [(event["item_id"], event["action"]) for event in exported.json()["events"]] == [(BAR, "save")]
    assert exported.json()["boards"] == [{"name": "calm", "item_ids": [BAR]}]
    for _ in range(2):  # again: there is nothing left, which is as wished
        assert discovery.delete("/v1/users/una").status_code == 204
        assert discovery.get("/v1/users/una/export").json()["events"] == []
        assert discovery.post("/v1/recommendations", json={"user_id": "una"}).json()["cold"]
        assert discovery.get("/v1/users/una/boards").json() == {"boards": []}
    assert not discovery.post("/v1/recommendations", json={"user_id": "una 2"}).json()["cold"]
    assert len(discovery.get("/v1/users/una 2/boards").json()["boards"]) == 1
    assert "delete" in discovery.get("/v1/openapi.json").json()["paths"]["/v1/users/{user_id}"]
    stored = b"".join(path.read_bytes() for path in state.glob("*.db*"))
    assert mark_of("una").encode() in stored
    assert not re.search(rb"una(?! 2)", stored)


def test_recommendations_keep_to_filters(discovery: TestClient) -> None:
    asked = {
        "actions": [{"item_id": BAR, "action": "click"}],
        "filters": {"category": ["disc", "bar"], "colour": "red"},
    }
    found = discovery.post("/v1/recommendations", json=asked | {"k": 50}).json()["items"]
    assert {(item["category"] in ("disc", "bar"), item["attributes"]["colour"]) for item in found} == {(True, "red")}
    answer = discovery.post("/v1/recommendations", json=asked | {"filters": {"size": "1"}})
    assert (answer.status_code, "colour" in answer.json()["error"]) == (422, True)


def test_every_answer_has_a_request_id_and_its_headers(discovery: TestClient) -> None:
    for path, status in (("/v1/items", 200), ("/v1/items/nothing", 404), ("/nothing", 404), ("/v1/filters?x=1", 422)):
        answer = discovery.get(path, headers={"X-Request-ID": "mine-1"})
        assert (answer.status_code, answer.headers["x-request-id"]) == (status, "mine-1")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src" in answer.headers["content-security-policy"]
        if status != 200:
            assert answer.json()["request_id"] == "mine-1"
    answer = discovery.delete("/v1/events")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_metrics_are_counted_by_system_and_route(discovery: TestClient) -> None:
    discovery.get(f"/v1/items/{BAR}")
    discovery.post("/v1/search", json={"item_id": BAR})
    text = discovery.get("/metrics").text
    assert 'corkboard_system_request_total{outcome="ok",system="visual-search"}' in text
    assert 'endpoint="/v1/items/{item_id}"' in text
    assert BAR not in text
