"""Who is let in: nobody without a key but callers on this machine, each key within its scopes and its rate."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient

from data.errors import UserError
from serving.discovery.keys import Doors, KeyFile, is_local, open_doors
from serving.errors import RequestError
from tests.discoveries import entry_app

READER, WRITER, ADMIN = "reader-key-1", "writer-key-1", "admin-key-1"


def hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


KEYS = {
    "keys": [
        {"name": "reader", "sha256": hashed(READER), "scopes": ["read"], "per_minute": 60},
        {"name": "writer", "sha256": hashed(WRITER), "scopes": ["read", "write"]},
        {"name": "admin", "sha256": hashed(ADMIN), "scopes": ["admin"]},
    ]
}


@pytest.fixture(scope="module")
def guarded(catalogue: Path, state: Path) -> Iterator[TestClient]:
    """The service as it is seen from another machine; no system is there."""
    app = entry_app(catalogue, state, {}, KeyFile.model_validate(KEYS))
    with TestClient(app, base_url="http://192.0.2.7", client=("192.0.2.8", 1)) as client:
        yield client


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


@pytest.mark.parametrize(
    ("method", "path", "key", "status"),
    [
        ("GET", "/v1/items", None, 401),
        ("GET", "/v1/items", "unknown", 401),
        ("GET", "/v1/items", READER, 200),
        ("GET", "/v1/items", ADMIN, 403),
        ("DELETE", "/v1/items/bar-train-000", READER, 403),
        ("PATCH", "/v1/items/bar-train-000", None, 401),
        ("DELETE", "/v1/users/ann", READER, 403),
        ("DELETE", "/v1/users/ann/boards/calm", READER, 403),
        ("DELETE", "/v1/users/ann/boards/calm", WRITER, 404),
        ("DELETE", "/v1/users/ann", WRITER, 204),
        ("GET", "/metrics", READER, 403),
        ("GET", "/metrics", ADMIN, 200),
        ("GET", "/v1/openapi.json", None, 200),
        ("GET", "/", None, 200),
    ],
)
def test_keys_open_what_their_scopes_say(
    guarded: TestClient, method: str, path: str, key: str | None, status: int
) -> None:
    answer = guarded.request(method, path, headers=bearer(key) if key else {})
    assert answer.status_code == status
    if status >= 400:
        assert set(answer.json()) == {"error", "request_id"}
        assert ("www-authenticate" in answer.headers) == (status == 401)


def test_a_key_may_come_as_a_header_or_as_a_browsers_cookie(guarded: TestClient) -> None:
    assert guarded.get("/v1/filters", headers={"X-API-Key": READER}).status_code == 200
    assert guarded.post("/v1/session", json={"key": "not-a-known-key"}).status_code == 401
    answer = guarded.post("/v1/session", json={"key": WRITER})
    assert answer.status_code == 204
    assert "httponly" in answer.headers["set-cookie"].lower()
    assert "samesite=strict" in answer.headers["set-cookie"].lower()
    assert guarded.get("/v1/items/bar-train-000/picture").status_code == 200  # the client keeps the cookie
    guarded.cookies.clear()


def test_a_key_is_held_to_its_rate() -> None:
    now_s = 0.0
    doors = Doors(KeyFile.model_validate(KEYS), lambda: now_s)
    for _ in range(60):
        assert doors.check(request(READER), "read") == "reader"
    with pytest.raises(RequestError) as refused:
        doors.check(request(READER), "read")
    assert refused.value.status == 429
    assert refused.value.headers["Retry-After"] == "2"
    assert doors.check(request(WRITER), "read") == "writer"
    now_s = 1.0
    assert doors.check(request(READER), "read") == "reader"


def request(key: str | None = None, **changed: Any) -> Request:
    scope = {"type": "http", "client": ("192.0.2.8", 1), "server": ("192.0.2.7", 80), "headers": []} | changed
    if key:
        scope["headers"] = [*scope["headers"], (b"authorization", f"Bearer {key}".encode())]
    return Request(scope)


@pytest.mark.parametrize(
    ("local", "changed"),
    [
        (True, {}),
        (True, {"client": ("::1", 9), "server": ("::1", 80), "headers": [(b"host", b"[::1]:3000")]}),
        (True, {"headers": [(b"host", b"localhost:3000")]}),
        (False, {"server": ("192.0.2.7", 80)}),
        (False, {"client": ("192.0.2.7", 9)}),
        (False, {"client": None}),
        (False, {"headers": [(b"host", b"evil.example")]}),
        (False, {"headers": [(b"host", b"127.0.0.1"), (b"x-forwarded-for", b"127.0.0.1")]}),
        (False, {"headers": [(b"host", b"127.0.0.1"), (b"forwarded", b"for=127.0.0.1")]}),
    ],
)
def test_only_callers_on_this_machine_are_local(local: bool, changed: dict) -> None:
    ends = {"client": ("127.0.0.1", 9), "server": ("127.0.0.1", 80), "headers": [(b"host", b"127.0.0.1:3000")]}
    asked = request(None, **{**ends, **changed})
    assert is_local(asked) == local
    doors = Doors(KeyFile())
    if local:
        assert doors.check(asked, "admin") == ""
        with pytest.raises(RequestError):
            Doors(KeyFile(loopback=True)).check(asked, "read")
    else:
        with pytest.raises(RequestError):
            doors.check(asked, "read")


def test_a_file_of_keys_that_is_wrong_is_named_without_telling_keys(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    with pytest.raises(UserError, match=r"keys\.json, which cannot be read"):
        open_doors(str(path))
    for text in ("secret-key", json.dumps({"keys": [{"name": "a", "sha256": "secret-key", "scopes": ["read"]}]})):
        path.write_text(text)
        with pytest.raises(UserError, match=r"keys\.json") as told:
            open_doors(str(path))
        assert "secret-key" not in str(told.value)
    twice = {"name": "again", "sha256": hashed(READER), "scopes": ["write"]}
    path.write_text(json.dumps({"keys": [*KEYS["keys"], twice]}))
    with pytest.raises(UserError, match=r"keys\.json.*'reader' and 'again' are one key"):
        open_doors(str(path))
    path.write_text(json.dumps(KEYS))
    assert open_doors(str(path)).knows(READER)
