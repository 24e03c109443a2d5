"""Bad requests on every endpoint of the composed service, and what holds for every answer, good or bad."""

import gzip
import json
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from serving.discovery.context import DECODING
from serving.discovery.endpoints import ENDPOINTS
from serving.discovery.picture import Shown, shown

BAR = "bar-train-000"
BOARD = "/v1/users/zoe/boards/calm"
DONE = {"user_id": "zoe", "item_id": BAR, "action": "save"}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/items/nothing", None),
        ("GET", "/v1/items/nothing/picture", None),
        ("GET", "/v1/items/nothing/related", None),
        ("PATCH", "/v1/items/nothing", {"title": "x"}),
        ("DELETE", "/v1/items/nothing", None),
        ("POST", "/v1/search", {"item_id": "nothing"}),
        ("POST", "/v1/search", {"item_id": "nothing", "box": [0, 0, 20, 20]}),
        ("POST", "/v1/events", {"events": [DONE, DONE | {"item_id": "nothing"}]}),
        ("GET", f"{BOARD}-nothing", None),
        ("DELETE", f"{BOARD}-nothing", None),
        ("PUT", f"{BOARD}/items/nothing", None),
        ("DELETE", f"{BOARD}/items/nothing", None),
        ("GET", "/v1/items/%00", None),
        ("GET", f"/v1/items/{'x' * 300}", None),
        ("GET", "/v1/items/%2e%2e", None),
        ("PATCH", "/v1/items/a%2f%2e%2e%2fb", {"title": "x"}),
        ("GET", "/v1/users/a%00b/boards", None),
        ("GET", "/v1/users/%2e/boards", None),
        ("PUT", f"/v1/users/zoe/boards/%2e%2e/items/{BAR}", None),
        ("GET", "/v1/nothing", None),
        ("GET", "/static/nothing.js", None),
        ("GET", "/static/%2e%2e/guard.py", None),
        ("GET", "/static/..%2f..%2fguard.py", None),
    ],
)
def test_what_does_not_exist_is_404(discovery: TestClient, method: str, path: str, body: Any) -> None:
    answer = discovery.request(method, path, **({} if body is None else {"json": body}))
    assert (answer.status_code, set(answer.json())) == (404, {"error", "request_id"}), answer.text


@pytest.mark.parametrize(
    ("filters", "known"),
    [({"size": "1"}, "category, colour"), ({"colour": "beige"}, "blue, red"), ({"category": ["bar", "cat"]}, "frame")],
)
def test_an_unknown_filter_is_422_and_lists_the_known_ones(discovery: TestClient, filters: dict, known: str) -> None:
    query = [(name if name == "category" else f"attribute.{name}", value) for name, value in filters.items()]
    for answer in (
        discovery.get("/v1/items", params=dict(query)),
        discovery.post("/v1/search", json={"item_id": BAR, "filters": filters}),
        discovery.post("/v1/recommendations", json={"filters": filters}),
        discovery.post(
            "/v1/recommendations", json={"filters": filters, "actions": [{"item_id": BAR, "action": "save"}]}
        ),
    ):
        assert answer.status_code == 422, answer.text
        assert known in answer.json()["error"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/search", {}),
        ("/v1/search", {"item_id": 7}),
        ("/v1/search", {"item_id": BAR, "k": 0}),
        ("/v1/search", {"item_id": BAR, "k": "many"}),
        ("/v1/search", {"item_id": BAR, "box": [0, 0, 1]}),
        ("/v1/search", {"item_id": BAR, "box": [0, 0, -5, 9]}),
        ("/v1/search", {"item_id": BAR, "box": [0, 0, 2, 2]}),
        ("/v1/search", {"item_id": BAR, "box": [0, 0, 1e9, 1e9]}),
        ("/v1/search", {"item_id": BAR, "filters": {"colour": []}}),
        ("/v1/search", {"item_id": BAR, "filters": {"colour": 7}}),
        ("/v1/search", {"item_id": BAR, "filters": ["colour"]}),
        ("/v1/search", {"item_id": BAR, "unknown": 1}),
        ("/v1/search", {"item_id": "\u0000"}),
        ("/v1/search?offset=-1", {"item_id": BAR}),
        ("/v1/search?offset=1&offset=2", {"item_id": BAR}),
        ("/v1/search", [BAR]),
        ("/v1/search", "text"),
        ("/v1/recommendations", {"user_id": ""}),
        ("/v1/recommendations", {"user_id": ".."}),
        ("/v1/events", {"events": [DONE | {"user_id": "zoe/ann"}]}),
        ("/v1/recommendations", {"user_id": ["ann"]}),
        ("/v1/recommendations", {"k": 101}),
        ("/v1/recommendations", {"actions": [{"item_id": BAR}]}),
        ("/v1/recommendations", {"actions": [{"item_id": BAR, "action": "buy"}]}),
        ("/v1/recommendations", {"actions": [{"item_id": BAR, "action": "save", "time_s": -1}]}),
        ("/v1/recommendations", {"actions": [{"item_id": BAR, "action": "save", "time_s": 1_700_000_000_000}]}),
        ("/v1/recommendations", {"actions": [{"item_id": BAR, "action": "save"}] * 1001}),
        ("/v1/events", {"events": []}),
        ("/v1/events", {"events": [DONE] * 101}),
        ("/v1/events", {"events": [DONE | {"action": "buy"}]}),
        ("/v1/events", {"events": [DONE | {"position": -1}]}),
        *[("/v1/events", {"events": [DONE | {"propensity": value}]}) for value in (0, 1.01, "NaN", "inf", "often")],
        ("/v1/events", {"events": [DONE | {"source": ""}]}),
        ("/v1/events", {"events": [DONE | {"time_s": "yesterday"}]}),
        ("/v1/events", {"events": DONE}),
        ("/v1/session", {"key": "short"}),
    ],
)
def test_what_cannot_be_used_is_422_and_says_why(discovery: TestClient, path: str, body: Any) -> None:
    answer = discovery.post(path, json=body)
    assert (answer.status_code, set(answer.json())) == (422, {"error", "request_id"}), answer.text
    assert len(answer.json()["error"]) > 10


def test_bodies_are_bounded(discovery: TestClient, draw: Callable[..., bytes]) -> None:
    actions = {"actions": [{"item_id": BAR, "action": "save"}] * 100_000}
    long_text = {"picture": ("p", draw(1)), "title": (None, "x" * 40_000)}
    noise = b"\xff\xd8\xff" + bytes(10 * 2**20)
    for method, path, sent in (
        ("POST", "/v1/recommendations", {"json": actions}),
        ("POST", "/v1/events", {"json": {"events": [DONE] * 100_000}}),
        ("PATCH", f"/v1/items/{BAR}", {"json": {"title": "x" * 2**20}}),
        ("POST", "/v1/search", {"files": {"picture": noise}}),
        ("PUT", "/v1/items/large", {"files": {"picture": noise}}),
        ("PUT", "/v1/items/large", {"files": long_text}),
        ("POST", "/v1/session", {"content": b"x" * 20 * 2**20, "headers": {"Content-Type": "application/json"}}),
    ):
        answer = discovery.request(method, path, **sent)  # type: ignore[arg-type]
        assert (answer.status_code, set(answer.json())) == (413, {"error", "request_id"}), (path, answer.text)
    assert discovery.get("/v1/items/large").status_code == 404


def test_a_parameter_that_is_none_is_told_those_that_are(discovery: TestClient) -> None:
    error = discovery.get("/v1/items", params={"colour": "red"}).json()["error"]
    assert error == "unknown parameter 'colour'; known: cursor, k, category, attribute.NAME"
    assert "there are none here" in discovery.get("/v1/health", params={"colour": "red"}).json()["error"]


def test_a_field_that_may_be_one_thing_or_another_is_named_as_the_caller_does(discovery: TestClient) -> None:
    asked = {"item_id": BAR, "filters": {"colour": 7}}
    error = discovery.post("/v1/search", json=asked).json()["error"]
    field = "filters.colour: input should be a valid"
    assert error == f"{field} string (given: 7); {field} list (given: 7)"


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (b"{", "application/json", 422),
        (b"\xff\xfe", "application/json", 422),
        (b'{"item_id": NaN}', "application/json", 422),
        (b'{"item_id": "\\ud800"}', "application/json", 422),
        (b'{"item_id": "x", "item_id": "y", "k": 1e999}', "application/json", 422),
        (b'{"item_id": "x", "k": ' + b"9" * 5000 + b"}", "application/json", 422),
        (b"[" * 100_000, "application/json", 422),
        (b"item_id=x", "application/x-www-form-urlencoded", 415),
        (b"<item/>", "application/xml", 415),
        (b"", "", 415),
        (b"--b\r\n", "multipart/form-data; boundary=b", 400),
        (b"nothing", "multipart/form-data", 400),
    ],
)
def test_bodies_that_cannot_be_read(discovery: TestClient, content: bytes, content_type: str, status: int) -> None:
    answer = discovery.post("/v1/search", content=content, headers={"Content-Type": content_type})
    assert (answer.status_code, set(answer.json())) == (status, {"error", "request_id"}), answer.text


@pytest.mark.parametrize(
    ("content", "headers", "said"),
    [
        (b"\xef\xbb\xbf{}", {}, "the body begins with a byte order mark; send plain JSON in UTF-8"),
        (gzip.compress(b"{}", mtime=0), {}, "the body begins with what gzip writes"),
        ("{}".encode("utf-16"), {}, "the body begins with UTF-16"),
        (gzip.compress(b"{}", mtime=0), {"Content-Encoding": "gzip"}, r"the body is packed \(gzip\); send it as it is"),
    ],
)
def test_bodies_that_are_packed_or_marked_are_told_so(
    discovery: TestClient, content: bytes, headers: dict[str, str], said: str
) -> None:
    answer = discovery.post("/v1/search", content=content, headers={"Content-Type": "application/json"} | headers)
    assert answer.status_code == (415 if headers else 422)
    assert re.search(said, answer.json()["error"])


def test_what_is_asked_of_every_endpoint_is_answered_with_every_header(discovery: TestClient) -> None:
    asked = [(endpoint.method, endpoint.path) for endpoint in ENDPOINTS]
    asked += [("GET", path) for path in ("/", "/static/app.js", "/metrics", "/v1/openapi.json", "/livez", "/nothing")]
    asked += [("TRACE", "/v1/items"), ("POST", "/"), ("OPTIONS", "/v1/search"), ("GET", "/v1/events")]
    for method, path in asked:
        named = {"item_id": "frame-train-000", "user_id": "zoe", "board": "calm"}
        found = path.format_map(defaultdict(lambda: "x", named))
        answer = discovery.request(method, found, follow_redirects=False)
        assert answer.status_code < 500, (method, found, answer.text)
        headers = answer.headers
        assert headers["x-content-type-options"] == "nosniff", (method, path)
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-request-id"]
        policy = headers["content-security-policy"]
        assert policy == "default-src 'none'" if path.startswith("/v1/") else "object-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["cross-origin-resource-policy"] in ("same-origin", "same-site")
        assert "server" not in headers


def test_an_address_that_is_not_utf_8_is_refused_by_every_endpoint(discovery: TestClient) -> None:
    """Two ids of other bytes would become one, and one's item, people or boards the other's."""
    tried = 0
    for endpoint in ENDPOINTS:
        for name in re.findall(r"{(\w+)}", endpoint.path):
            names = dict.fromkeys(re.findall(r"{(\w+)}", endpoint.path), "x") | {name: "caf%E9"}
            answer = discovery.request(endpoint.method, endpoint.path.format(**names))
            assert (answer.status_code, answer.json()["error"][:31]) == (400, "the path of the address is not U"[:31])
            tried += 1
    assert tried > 12
    answer = discovery.get("/v1/items?category=caf%E9")
    assert (answer.status_code, "the query of the address is not UTF-8" in answer.json()["error"]) == (400, True)


@pytest.mark.parametrize("item_id", ["a/b", "/a//b/", ".hidden", "..a", "...", "a.b/c..", "%", "a b", "\u00e9?#"])
def test_any_other_name_leads_to_its_item(discovery: TestClient, draw: Callable[..., bytes], item_id: str) -> None:
    address = f"/v1/items/{quote(item_id, safe='')}"
    assert discovery.put(address, files={"picture": draw(1)}).status_code == 201
    assert discovery.get(address).json()["item_id"] == item_id
    assert discovery.delete(address).status_code == 204


@pytest.mark.parametrize("item_id", ["x/picture", "x%2Frelated"])
def test_an_item_is_not_called_as_another_address(
    discovery: TestClient, draw: Callable[..., bytes], item_id: str
) -> None:
    answer = discovery.put(f"/v1/items/{item_id}", files={"picture": draw(1)})
    assert (answer.status_code, set(answer.json())) == (422, {"error", "request_id"})


def test_uploads_are_decoded_a_few_at_a_time(
    discovery: TestClient, draw: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once, most = 0, 0
    lock = threading.Lock()

    def slowly(picture: bytes) -> Shown:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.05)
        with lock:
            at_once -= 1
        return shown(picture)

    monkeypatch.setattr("serving.discovery.item.shown", slowly)
    with ThreadPoolExecutor(6) as pool:
        files = [{"picture": draw(number)} for number in range(6)]
        puts = [pool.submit(discovery.put, f"/v1/items/many-{n}", files=sent) for n, sent in enumerate(files)]
        assert {put.result().status_code for put in puts} == {201}
    assert 0 < most <= DECODING


def test_a_deleted_item_is_in_no_answer(discovery: TestClient, draw: Callable[..., bytes]) -> None:
    """One that came after training, and one that the models know."""
    picture = draw(5)
    discovery.put("/v1/items/gone-1", files={"picture": picture}, data={"request": json.dumps({"title": "Gone"})})
    gone = ["gone-1", "frame-train-002"]
    saved = [{"user_id": "kim", "item_id": item_id, "action": "save"} for item_id in gone]
    assert discovery.post("/v1/events", json={"events": saved}).status_code == 202
    for item_id in gone:
        assert discovery.put(f"/v1/users/kim/boards/mine/items/{item_id}").status_code == 204
        assert discovery.delete(f"/v1/items/{item_id}").status_code == 204
    actions = [{"item_id": item_id, "action": "save"} for item_id in ("frame-train-001", *gone)]
    answers = [
        discovery.get("/v1/items?k=100"),
        discovery.get("/v1/items/frame-train-001/related?k=100"),
        discovery.get("/v1/users/kim/boards"),
        discovery.get("/v1/users/kim/boards/mine"),
        discovery.post("/v1/search", files={"picture": picture}, data={"k": "100"}),
        discovery.post("/v1/search", json={"item_id": "frame-train-001", "k": 100}),
        discovery.post("/v1/search", json={"item_id": "frame-train-001", "k": 100, "filters": {"category": "frame"}}),
        discovery.post("/v1/recommendations", json={"user_id": "kim", "k": 100}),
        discovery.post("/v1/recommendations", json={"actions": actions, "k": 100}),
        discovery.post("/v1/recommendations", json={"k": 100}),
    ]
    for answer in answers:
        assert answer.status_code == 200, answer.text
        assert not [item_id for item_id in gone if item_id in answer.text], answer.request.url
    assert discovery.post("/v1/recommendations", json={"actions": actions}).json()["degraded"] == []
    assert discovery.put(f"/v1/users/kim/boards/mine/items/{gone[0]}").status_code == 404
