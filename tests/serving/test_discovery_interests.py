"""What is inferred of a person and what they did can be seen, and taken back."""

from starlette.testclient import TestClient

USER = "/v1/users/ivy"
SAVED = [f"bar-train-{number:03d}" for number in range(4)]


def act(client: TestClient, item_id: str, action: str) -> None:
    event = {"user_id": "ivy", "item_id": item_id, "action": action}
    assert client.post("/v1/events", json={"events": [event]}).status_code == 202


def test_an_interest_that_is_taken_back_changes_the_next_answer(discovery: TestClient) -> None:
    assert discovery.get(f"{USER}/interests").json() == {"interests": []}
    for item_id in (*SAVED, "disc-train-000"):
        act(discovery, item_id, "save")
    first = discovery.get(f"{USER}/interests").json()["interests"][0]
    assert (first["name"], first["value"], first["share"]) == ("category", "bar", 0.8)
    assert set(first["item_ids"]) == set(SAVED)
    assert not discovery.post("/v1/recommendations", json={"user_id": "ivy"}).json()["cold"]
    for value, status in (("bar", 204), ("bar", 404), ("disc", 204)):
        assert discovery.delete(f"{USER}/interests", params={"name": "category", "value": value}).status_code == status
    assert discovery.get(f"{USER}/interests").json() == {"interests": []}
    assert discovery.post("/v1/recommendations", json={"user_id": "ivy"}).json()["cold"]
    assert discovery.delete(f"{USER}/interests").status_code == 422


def test_what_was_hidden_is_seen_and_comes_back(discovery: TestClient) -> None:
    def shown() -> set[str]:
        return {
            item["item_id"] for item in discovery.post("/v1/feed", json={"user_id": "ivy", "k": 100}).json()["items"]
        }

    hidden = "frame-train-001"
    assert hidden in shown()
    act(discovery, hidden, "hide")
    assert hidden not in shown()
    (item,) = discovery.get(f"{USER}/actions", params={"action": "hide"}).json()["items"]
    assert item["item_id"] == hidden
    for status in (204, 404):
        assert discovery.delete(f"{USER}/actions/{hidden}", params={"action": "hide"}).status_code == status
    assert hidden in shown()
    assert discovery.get(f"{USER}/actions", params={"action": "hide"}).json()["items"] == []


def test_hides_of_one_kind_teach_until_they_are_taken_back(discovery: TestClient) -> None:
    def categories() -> list[str]:
        answer = discovery.post("/v1/recommendations", json={"user_id": "ivy", "k": 10}).json()
        assert len(answer["items"]) == 10
        return [item["category"] for item in answer["items"]]

    assert "frame" in categories()
    hidden = [f"frame-train-{number:03d}" for number in range(3)]
    for item_id in hidden:
        act(discovery, item_id, "hide")
    assert "frame" not in categories()
    everything = discovery.post("/v1/recommendations", json={"user_id": "ivy", "k": 100}).json()["items"]
    assert "frame" in {item["category"] for item in everything[10:]}
    for item_id in hidden:
        assert discovery.delete(f"{USER}/actions/{item_id}", params={"action": "hide"}).status_code == 204
    assert "frame" in categories()
