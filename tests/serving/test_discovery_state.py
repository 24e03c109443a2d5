"""The composed service over real Redis and PostgreSQL servers: shared by two entries, and away for a while."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.databases import postgres_server, redis_server
from tests.discoveries import Parts, entry_app, listening, search_app, sequence_app

BAR = "bar-train-000"
SERVERS: dict[str, Callable[[Path], AbstractContextManager[str]]] = {
    "redis": redis_server,
    "postgresql": postgres_server,
}


@pytest.mark.parametrize("kind", SERVERS)
def test_items_events_and_boards_in_a_server(
    kind: str, parts: Parts, catalogue: Path, tmp_path_factory: pytest.TempPathFactory, draw: Callable[..., bytes]
) -> None:
    picture = draw(3)
    with ExitStack() as stack:
        with SERVERS[kind](tmp_path_factory.mktemp(kind)) as url:
            one, other = (stack.enter_context(entry(parts, catalogue, url)) for _ in range(2))
            answer = one.put("/v1/items/shared", files={"picture": picture}, data={"title": "Shared"})
            assert answer.status_code == 201, answer.text
            found = one.post("/v1/search", files={"picture": picture}, data={"k": "1"}).json()["items"]
            assert [item["item_id"] for item in found] == ["shared"]
            assert one.patch("/v1/items/shared", json={"attributes": {"mood": "calm"}}).status_code == 200
            assert one.get("/v1/items?attribute.mood=calm").json()["items"][0]["title"] == "Shared"

            saved = {"user_id": "ann", "item_id": BAR, "action": "save"}
            assert one.post("/v1/events", json={"events": [saved]}).status_code == 202
            assert one.put(f"/v1/users/ann/boards/calm/items/{BAR}").status_code == 204
            told = other.post("/v1/recommendations", json={"user_id": "ann"}).json()  # of another machine
            assert (told["cold"], told["degraded"]) == (False, [])
            assert BAR not in {item["item_id"] for item in told["items"]}
            board = other.get("/v1/users/ann/boards/calm").json()
            assert [item["item_id"] for item in board["items"]] == [BAR]

            campaigns = one.get("/v1/campaigns")  # money is kept in databases alone
            assert campaigns.status_code == (404 if kind == "redis" else 200)
            assert kind != "redis" or "keeps no money" in campaigns.json()["error"]

            assert one.delete("/v1/items/shared").status_code == 204
            late = stack.enter_context(entry(parts, catalogue, url))  # one that starts anew
            assert late.get("/v1/items/shared").status_code == 404
            assert late.get("/v1/health").json()["state"]["changes"] == 3

        assert one.get(f"/v1/items/{BAR}").status_code == 200  # what needs no state goes on without its server
        for refused in (
            one.post("/v1/events", json={"events": [saved]}),
            one.put("/v1/items/late", files={"picture": picture}),
            one.get("/v1/users/ann/boards"),
        ):
            assert refused.status_code == 503
            assert "retry-after" in refused.headers
            assert url not in refused.text
        told = one.post("/v1/recommendations", json={"user_id": "ann"}).json()
        assert [part["system"] for part in told["degraded"]] == ["state"]
        assert told["items"]
        assert one.get("/v1/health").json()["state"]["status"] == "failing"


def test_two_entries_change_one_item(
    catalogue: Path, tmp_path: Path, draw: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.discovery.app.FOLLOW_EVERY_S", 3600.0)  # what one did, the other learns when it writes
    with ExitStack() as stack:
        app = entry_app(catalogue, tmp_path, {}), entry_app(catalogue, tmp_path, {})
        one, other = (
            stack.enter_context(TestClient(own, base_url="http://127.0.0.1", client=("127.0.0.1", 1))) for own in app
        )
        assert one.put("/v1/items/cup", files={"picture": draw(3)}, data={"title": "Cup"}).status_code == 201
        assert other.patch("/v1/items/cup", json={"category": "cup"}).json()["title"] == "Cup"
        assert one.patch("/v1/items/cup", json={"title": "Tall cup"}).json()["category"] == "cup"
        put = other.put("/v1/items/cup", files={"picture": draw(4)}, data={"title": "Low cup"}).json()
        assert one.patch("/v1/items/cup", json={"attributes": {"mood": "calm"}}).json() == put | {
            "attributes": {"mood": "calm"}
        }
        assert one.get(put["picture"]).content == other.get(put["picture"]).content
        assert one.delete("/v1/items/cup").status_code == 204
        assert other.patch("/v1/items/cup", json={"title": "Back again"}).status_code == 404


@contextmanager
def entry(parts: Parts, catalogue: Path, url: str) -> Iterator[TestClient]:
    """A composed service of its own over the state at `url`."""
    search, sequence = search_app(parts, catalogue, url), sequence_app(parts)
    with listening(search) as (searching, _), listening(sequence) as (following, _):
        app = entry_app(catalogue, url, {"visual-search": searching, "user-sequence": following})
        with TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 1)) as client:
            yield client
    search.apps["visual-search"].app.state.predictor.stop()
