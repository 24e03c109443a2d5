"""What people send is checked where it comes in: refused, kept until somebody decides, or let in."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from components.roles import CHECK, MAKE, NOTIFY
from serving.discovery.assembly import systems_app
from serving.discovery.declared import filling
from serving.messaging.send import Bell, send_due
from serving.state import Message, open_state
from tests.browser.board_make import Coloured, make_system
from tests.discoveries import entry_app, listening

ACTIONS = {"vile": "block", "odd": "hold", "grown": "age"}
ITEM = "/v1/items/cup"


class Rules:
    """A checker that knows three words, and may fail. of_pictures: what it says of all pictures."""

    def __init__(self) -> None:
        self.is_away, self.pictures, self.actions, self.of_pictures = False, 0, dict(ACTIONS), "allow"

    async def check(self, request: Request) -> Response:
        if self.is_away:
            return JSONResponse({"error": "no"}, 500)
        if request.headers["content-type"].startswith("multipart/"):
            async with request.form() as form:
                text, self.pictures = json.loads(str(form["request"]))["text"], self.pictures + 1
        else:
            text = (await request.json())["text"]
        otherwise = self.of_pictures if text == "" else "allow"
        action = next((action for word, action in self.actions.items() if word in text), otherwise)
        finding = {"kind": "hateful", "probability": 0.9, "action": action}
        return JSONResponse({"action": action, "findings": [finding]})


async def tell(request: Request) -> Response:
    decision = {"send": True, "arm": "new", "channel": "in_app", "reason": "it helps", "held_back": False}
    return JSONResponse(decision | {"user_id": (await request.json())["user_id"], "because": []})


class Waiting(Coloured):
    """Makes no more than a first step until it may go on."""

    go = threading.Event()

    def make(self, *args: Any, **kwargs: Any) -> np.ndarray:
        kwargs["on_step"](1, np.zeros((8, 8, 3), np.uint8))
        assert self.go.wait(20)
        return super().make(*args, **kwargs)


@pytest.fixture
def rules() -> Rules:
    return Rules()


@pytest.fixture
def client(catalogue: Path, tmp_path: Path, rules: Rules) -> Iterator[TestClient]:
    by_system: dict[str, Any] = {
        filling(CHECK): Starlette(routes=[Route("/v1/check", rules.check, methods=["POST"])]),
        filling(NOTIFY): Starlette(routes=[Route("/v1/notify", tell, methods=["POST"])]),
        filling(MAKE): make_system((), Waiting).app,
    }
    with listening(systems_app(by_system)) as (address, _):
        app = entry_app(catalogue, tmp_path, dict.fromkeys(by_system, address))
        with TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 1)) as opened:
            yield opened


def put(client: TestClient, title: str, draw: Callable[..., bytes]) -> Any:
    return client.put(ITEM, files={"picture": draw(3)}, data={"title": title})


def test_what_is_blocked_comes_in_nowhere(client: TestClient, rules: Rules, draw: Callable[..., bytes]) -> None:
    refused = [
        put(client, "A vile cup", draw),
        client.post("/v1/search", json={"text": "vile cups"}),
        client.post("/v1/search", files={"picture": draw(3)}, data={"text": "but vile"}),
    ]
    assert [answer.status_code for answer in refused] == [422] * 3
    assert all("seems to be hateful" in answer.json()["error"] for answer in refused)
    assert rules.pictures == 2
    assert client.get(ITEM).status_code == 404
    assert put(client, "A cup", draw).status_code == 201
    assert client.patch(ITEM, json={"attributes": {"mood": "vile"}}).status_code == 422
    assert client.get(ITEM).json()["attributes"] == {}
    for name, status in (("vile", 422), ("odd", 422), ("calm", 204)):  # a name waits for nobody
        assert client.put(f"/v1/users/ann/boards/{name}/items/cup").status_code == status
    assert [board["name"] for board in client.get("/v1/users/ann/boards").json()["boards"]] == ["calm"]


def _rung(state: Path, *item_ids: str) -> None:
    """A message on ann's page."""
    opened = open_state(f"sqlite:///{state}")
    assert opened.messages is not None
    opened.messages.add([Message("ann", "2026-W48", 0, "in_app", "picks", 0.0, item_ids=item_ids)], 0.0)
    send_due(opened.messages, {"in_app": Bell()}, 1e9, clock=lambda: 1000.0)
    opened.close()


def test_what_would_be_stopped_is_in_no_message(
    client: TestClient, rules: Rules, draw: Callable[..., bytes], tmp_path: Path
) -> None:
    asked = {"user_id": "ann", "k": 2}
    first, second = client.post("/v1/notifications/decide", json=asked).json()["items"]
    for action in ("block", "hold", "age"):
        rules.actions = {first["title"]: action}
        items = client.post("/v1/notifications/decide", json=asked).json()["items"]
        assert first["title"] not in {item["title"] for item in items}
        assert items[0] == second or first["title"] == second["title"]
    _rung(tmp_path, first["item_id"], second["item_id"])
    for action in ("block", "hold", "age"):
        rules.actions = {first["title"]: action}
        (message,) = client.get("/v1/notifications?user_id=ann").json()["messages"]
        assert first["title"] not in message["text"]
        assert first["item_id"] not in {item["item_id"] for item in message["items"]}
        assert client.get(f"/v1/notifications/items/{first['item_id']}").status_code == 404
    rules.actions = {}
    assert client.get(f"/v1/notifications/items/{first['item_id']}").json()["title"] == first["title"]
    put(client, "A cup", draw)
    client.patch(ITEM, json={"attributes": {"audience": "adults"}})
    assert client.get("/v1/notifications/items/cup").status_code == 404
    rules.is_away = True
    assert client.post("/v1/notifications/decide", json=asked).status_code == 503
    for path in ("?user_id=ann", f"/items/{first['item_id']}"):
        assert client.get(f"/v1/notifications{path}").status_code == 503


def test_what_is_for_adults_says_so(client: TestClient, draw: Callable[..., bytes]) -> None:
    assert put(client, "A grown cup", draw).json()["attributes"] == {"audience": "adults"}


def test_what_is_held_is_shown_once_somebody_lets_it_in(client: TestClient, draw: Callable[..., bytes]) -> None:
    held = put(client, "An odd cup", draw)
    assert (held.status_code, held.json()["held"]) == (202, True)
    assert client.get(ITEM).status_code == 404
    review = f"/v1/reviews/{held.json()['review_id']}"
    (waiting,) = client.get("/v1/reviews").json()["reviews"]
    assert (waiting["title"], waiting["decision"], waiting["findings"][0]["kind"]) == ("An odd cup", None, "hateful")
    assert client.get(f"{review}/picture").headers["content-type"] == "image/jpeg"

    assert client.post(review, json={"decision": "allow", "reason": " "}).status_code == 422
    decided = client.post(review, json={"decision": "allow", "reason": "odd is fine"}).json()
    assert (decided["decision"], decided["reason"], decided["who"]) == ("allow", "odd is fine", "this machine")
    assert client.get(ITEM).json()["title"] == "An odd cup"
    again = client.post(review, json={"decision": "refuse", "reason": "no"})
    assert (again.status_code, client.get(ITEM).status_code) == (409, 200)
    assert client.get("/v1/reviews").json()["reviews"] == []
    assert client.get("/v1/reviews?decided=true").json()["reviews"] == [decided]
    assert client.get(f"/v1/reviews/{'0' * 32}/picture").status_code == 404


def test_a_change_that_is_refused_leaves_the_item_as_it_was(client: TestClient, draw: Callable[..., bytes]) -> None:
    assert put(client, "A cup", draw).status_code == 201
    held = client.patch(ITEM, json={"title": "An odd cup"})
    assert held.status_code == 202
    review = f"/v1/reviews/{held.json()['review_id']}"
    assert client.post(review, json={"decision": "refuse", "reason": "no"}).json()["decision"] == "refuse"
    assert client.get(ITEM).json()["title"] == "A cup"


def test_a_checker_that_is_away_lets_nothing_in_and_is_named(
    client: TestClient, rules: Rules, draw: Callable[..., bytes]
) -> None:
    rules.is_away = True
    for answer in (put(client, "A cup", draw), client.post("/v1/search", json={"text": "cups"})):
        assert answer.status_code == 503
        assert filling(CHECK) in answer.json()["error"]
    assert client.get(ITEM).status_code == 404
    assert client.get("/v1/items").status_code == 200  # what brings nothing in goes on


def test_a_made_picture_and_its_previews_are_shown_where_they_may_be(client: TestClient, rules: Rules) -> None:
    Waiting.go.clear()
    job = f"/v1/canvas/jobs/{client.post('/v1/canvas/generate', json={'steps': 2}).json()['job_id']}"
    for _ in range(200):
        if (told := client.get(job).json())["step"] == 1:
            break
        time.sleep(0.05)
    assert told["preview"]
    rules.of_pictures = "hold"
    assert client.get(job).json()["preview"] is None
    rules.is_away = True
    assert client.get(job).json()["preview"] is None
    rules.is_away = False
    Waiting.go.set()
    for _ in range(200):
        if client.get(job).json()["state"] == "done":
            break
        time.sleep(0.05)
    refused = client.get(f"{job}/pictures/0")
    assert (refused.status_code, "is not shown" in refused.json()["error"]) == (422, True), refused.text
    rules.of_pictures = "allow"
    assert client.get(f"{job}/pictures/0").status_code == 200
