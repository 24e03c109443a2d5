"""Search by words in the composed service: what is found, understood and suggested, and what comes and goes."""

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from serving.discovery.types import SearchResults, Suggestions
from tests.discoveries import Parts, entry_app, find_app, listening
from tests.tiny_search import picture

BAR = "bar-train-000"


def put(client: TestClient, item_id: str, **fields: Any) -> Any:
    sent = {"files": {"picture": picture(3)}, "data": {"request": json.dumps(fields)}}
    return client.put(f"/v1/items/{item_id}", **sent)


def search(client: TestClient, text: str, **fields: Any) -> SearchResults:
    answer = client.post("/v1/search", json={"text": text, **fields})
    assert answer.status_code == 200, answer.text
    return SearchResults.model_validate(answer.json())


def ids(found: SearchResults) -> list[str]:
    return [item.item_id for item in found.items]


def test_words_find_what_they_name_and_say_what_was_understood(discovery: TestClient) -> None:
    found = search(discovery, "a blue disc", k=8)
    assert {(item.category, item.attributes["colour"]) for item in found.items} == {("disc", "blue")}
    assert [item.score for item in found.items] == sorted((item.score for item in found.items), reverse=True)
    assert {(one.name, one.value): one.words for one in found.understood} == {
        ("category", "disc"): "disc",
        ("colour", "blue"): "blue",
    }
    assert (found.corrected, found.ideas, found.categories, found.degraded) == (None, [], [], [])
    filters = {one.name: one.value for one in found.understood}
    assert search(discovery, "a blue disc", k=8, filters=filters).items == found.items


def test_a_misspelt_word_is_put_right_and_named(discovery: TestClient) -> None:
    found = search(discovery, "blue frmae", k=4)
    assert found.corrected == "blue frame"
    assert {item.category for item in found.items} == {"frame"}


def test_words_say_what_should_be_otherwise_than_in_a_picture(discovery: TestClient) -> None:
    shown = discovery.get(f"/v1/items/{BAR}/picture").content
    by_item = search(discovery, "in blue", item_id=BAR, k=12)
    assert BAR not in ids(by_item)
    assert by_item.next_offset == 12
    asked = {"text": "in blue", "k": 13}
    sent = {"files": {"picture": shown}, "data": {"request": json.dumps(asked)}}
    by_picture = SearchResults.model_validate(discovery.post("/v1/search", **sent).json())
    assert [item_id for item_id in ids(by_picture) if item_id != BAR][:12] == ids(by_item)
    plain = search(discovery, "in blue", k=12)
    assert ids(plain) != ids(by_item)  # the picture counts
    parts = search(discovery, "in blue", item_id=BAR, box=[0, 0, 30, 40], k=12)
    assert ids(parts) != ids(by_item)  # so does the part
    for fields, told in (
        ({"box": [0, 0, 30, 40]}, "part of a picture"),
        ({"item_id": BAR, "box": [0, 0, 999, 40]}, "999"),
    ):
        answer = discovery.post("/v1/search", json={"text": "in blue", **fields})
        assert (answer.status_code, told in answer.json()["error"]) == (422, True), answer.text
    assert discovery.post("/v1/search", json={"text": "in blue", "item_id": "nothing"}).status_code == 404


def test_filters_hold_and_unknown_ones_name_the_known(discovery: TestClient) -> None:
    found = search(discovery, "red", filters={"category": ["bar", "frame"], "colour": "blue"}, k=100)
    assert {(item.category, item.attributes["colour"]) for item in found.items} <= {("bar", "blue"), ("frame", "blue")}
    assert found.items
    for filters, known in (({"size": "1"}, "category, colour"), ({"colour": "beige"}, "blue, red")):
        answer = discovery.post("/v1/search", json={"text": "red", "filters": filters})
        assert (answer.status_code, known in answer.json()["error"]) == (422, True)


@pytest.mark.parametrize("fields", [{"text": "red"}, {"text": "in red", "item_id": BAR}])
def test_pages_repeat_nothing_and_end(discovery: TestClient, fields: dict[str, Any]) -> None:
    whole = SearchResults.model_validate(discovery.post("/v1/search", json=fields | {"k": 100}).json())
    assert whole.next_offset is None
    found: list[str] = []
    offset: int | None = 0
    while offset is not None:
        page = discovery.post(f"/v1/search?offset={offset}", json=fields | {"k": 7}).json()
        found += [item["item_id"] for item in page["items"]]
        offset = page["next_offset"]
    assert found == ids(whole)
    assert len(set(found)) == len(found) > 40
    beyond = discovery.post("/v1/search?offset=999", json=fields).json()
    assert (beyond["items"], beyond["next_offset"]) == ([], None)


def test_an_item_is_found_by_its_words_at_once_and_after_a_restart(
    discovery: TestClient, parts: Parts, catalogue: Path, state: Path
) -> None:
    def first(client: TestClient, text: str) -> str:
        return next(iter(ids(search(client, text, k=1))), "")

    made = put(discovery, "vase", title="Celadon vase", description="Thrown by hand in Jingdezhen", category="disc")
    assert (made.status_code, made.json()["description"]) == (201, "Thrown by hand in Jingdezhen")
    assert put(discovery, "urn", title="Majolica urn", category="disc").status_code == 201
    assert [first(discovery, text) for text in ("celadon", "jingdezhen", "majolica")] == ["vase", "vase", "urn"]
    assert discovery.patch("/v1/items/vase", json={"title": "Cobalt jar"}).status_code == 200
    assert first(discovery, "cobalt jar") == "vase"
    assert first(discovery, "jingdezhen") == "vase"  # what is not changed stays
    assert discovery.delete("/v1/items/urn").status_code == 204
    assert "urn" not in ids(search(discovery, "majolica", k=100))
    again = find_app(parts, catalogue, state)
    with listening(again) as (finding, _):
        app = entry_app(catalogue, state, {"search-relevance": finding})
        with TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 1)) as client:
            assert first(client, "cobalt jar") == "vase"
            assert "urn" not in ids(search(client, "majolica", k=100))
            assert client.get("/v1/items/vase").json()["description"] == "Thrown by hand in Jingdezhen"
            assert client.delete("/v1/items/vase").status_code == 204
    again.apps["search-relevance"].app.state.predictor.stop()
    assert "vase" not in ids(search(discovery, "cobalt jar", k=100))  # another process deleted it


def test_suggestions_begin_as_what_is_typed(discovery: TestClient) -> None:
    def suggested(text: str, k: int = 8) -> list[str]:
        answer = discovery.get("/v1/suggest", params={"text": text, "k": k})
        return Suggestions.model_validate(answer.json()).suggestions

    assert suggested("BLUE d") == ["blue disc"]
    assert set(suggested("fra")) >= {"frame", "blue frame", "red frame"}
    assert len(suggested("", 3)) == 3
    assert suggested("zz") == suggested("' OR 1=1 --") == []
    for query in ("k=0", "k=21", f"text={'x' * 1001}", "text=%00"):
        assert discovery.get(f"/v1/suggest?{query}").status_code == 422


@pytest.mark.parametrize("text", ["🙂🙂", "«…» — ?!", "\u200b"])
def test_where_nothing_is_found_the_nearest_queries_are_told(discovery: TestClient, text: str) -> None:
    found = search(discovery, text)
    assert (found.items, found.understood, found.next_offset) == ([], [], None)
    assert set(found.ideas) <= set(discovery.get("/v1/suggest?k=20").json()["suggestions"])
    assert found.ideas


@pytest.mark.parametrize(
    "text",
    [
        "'; DROP TABLE items; --",
        'title:(red AND NOT "blue") OR colour:/.*/ ^5 ~2 [a TO z] {x} \\',
        "<script>alert(1)</script>",
        "* ? + - && || !",
        "ضوء أحمر",
        "\u202ebar\u202c red",
        "赤い花瓶",
        "สีแดง",
        "красная рамка",
        "e\u0301",
        "x" * 1000,
        "red " * 250,
    ],
)
def test_any_text_is_words_and_nothing_else(discovery: TestClient, text: str) -> None:
    found = search(discovery, text, k=3)
    assert len(found.items) <= 3
    assert discovery.get("/v1/suggest", params={"text": text}).status_code == 200


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"text": ""}, "picture"),
        ({"text": "  \t\n "}, "picture"),
        ({"text": "x" * 10_000}, "1000"),
        ({"text": "a\x00b"}, "text"),
        ({"text": None}, "text"),
        ({"text": ["red"]}, "text"),
        ({"text": "red", "k": 0}, "k"),
        ({"text": "red", "offset": -1}, "offset"),
    ],
)
def test_what_cannot_be_searched_is_refused_in_words(discovery: TestClient, fields: dict, told: str) -> None:
    answer = discovery.post("/v1/search", json=fields)
    assert (answer.status_code, told in answer.json()["error"]) == (422, True), answer.text


def test_without_the_system_that_answers_words_this_is_said(catalogue: Path, state: Path) -> None:
    app = entry_app(catalogue, state, {})
    with TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 1)) as client:
        for answer in (client.post("/v1/search", json={"text": "red"}), client.get("/v1/suggest?text=r")):
            assert answer.status_code == 404
            assert "no system of role 'find'" in answer.json()["error"]
