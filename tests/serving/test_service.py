"""The packaged service, over HTTP: right answers, refusals that say why, and the next request is answered."""

import json
import socket
import struct
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from components.bundle import read_manifest
from components.golden import differences, load_goldens

Draw = Callable[..., bytes]


@pytest.fixture(scope="module")
def client(service: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service, timeout=60) as client:
        yield client


def bomb() -> bytes:
    body = b"IHDR" + struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))
    return b"\x89PNG\r\n\x1a\n" + chunk + b"\0" * 1000


def test_goldens_over_http(client: httpx.Client, tiny_bundle: Path) -> None:
    for golden in load_goldens(tiny_bundle):
        files = {name: part.content for name, part in golden.parts.items()} or None
        fields = {
            name: value if isinstance(value, str) else json.dumps(value) for name, value in golden.request.items()
        }
        one_by_one = client.post("/v1/search", files=files, data=fields) if files else None
        whole = (
            client.post("/v1/search", files=files, data={"request": json.dumps(golden.request)})
            if files
            else client.post("/v1/search", json=golden.request)
        )
        for response in filter(None, [one_by_one, whole]):
            assert response.status_code == 200, response.text
            assert differences(golden.answer, response.json()) == []


def test_health_says_what_is_served(client: httpx.Client, tiny_bundle: Path) -> None:
    health = client.get("/v1/health").json()
    manifest = read_manifest(tiny_bundle)
    assert health == {
        "status": "ok",
        "system": "visual-search",
        "version": "3",
        "bundle_hash": manifest.bundle_hash,
        "dataset": "tiny",
        "data_version": "data-1",
        "simulated": True,
        "git_revision": "",
    }
    for path in ("/livez", "/readyz", "/healthz"):
        assert client.get(path).status_code == 200


def test_openapi_is_whole(client: httpx.Client) -> None:
    document = client.get("/v1/openapi.json").json()
    body = document["paths"]["/v1/search"]["post"]["requestBody"]["content"]
    assert set(body) == {"multipart/form-data", "application/json", "image/jpeg", "image/png", "image/webp"}
    assert {"picture", "k", "box", "filters", "item_id"} <= set(body["multipart/form-data"]["schema"]["properties"])

    def references(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            yield from ([node["$ref"]] if "$ref" in node else [])
            for value in node.values():
                yield from references(value)
        elif isinstance(node, list):
            for value in node:
                yield from references(value)

    found = set(references(document))
    assert "#/components/schemas/Hit" in found
    for reference in found:
        assert reference.removeprefix("#/components/schemas/") in document["components"]["schemas"]


def form(picture: bytes | None = None, name: str = "picture", **fields: str) -> dict[str, Any]:
    return {"files": {name: picture} if picture is not None else None, "data": fields}


def bad_requests(draw: Draw) -> dict[str, tuple[dict[str, Any], int, str]]:
    """Name to what is sent, the status and a part of the message."""
    good = draw(1)
    text = {"content": b"hello", "headers": {"Content-Type": "text/plain"}}
    multipart = {"Content-Type": "multipart/form-data; boundary=x"}
    as_json = {"Content-Type": "application/json"}
    return {
        "text": (text, 415, "multipart/form-data"),
        "raw GIF": ({"content": good, "headers": {"Content-Type": "image/gif"}}, 415, "multipart/form-data"),
        "raw picture, unknown field": (
            {"content": good, "headers": {"Content-Type": "image/jpeg"}, "params": {"n": 1}},
            422,
            "n:",
        ),
        "pickle": ({"content": b"x", "headers": {"Content-Type": "application/vnd.bentoml+pickle"}}, 415, "multipart"),
        "no type": ({"content": b"hello"}, 415, "multipart/form-data"),
        "GIF": (form(b"GIF89a" + b"\0" * 100), 415, "JPEG, PNG or WebP"),
        "text as picture": (form(b"not a picture at all"), 415, "JPEG, PNG or WebP"),
        "empty body": ({"content": b"", "headers": multipart}, 400, "form"),
        "empty JSON": ({"content": b"", "headers": as_json}, 422, "empty"),
        "empty object": ({"json": {}}, 422, "give either a picture or an item_id"),
        "empty picture": (form(b""), 422, "empty"),
        "truncated picture": (form(good[:-900]), 422, "truncated"),
        "bomb": (form(bomb()), 413, "megapixels"),
        "11 MB": (form(good + b"\0" * 11_000_000), 413, "10 MiB"),
        "11 MB of JSON": ({"content": b" " * 11_000_000, "headers": as_json}, 413, "10 MiB"),
        "2 MB of JSON": ({"content": b" " * 2_000_000, "headers": as_json}, 413, "1 MiB"),
        "11 MB unannounced": (
            {"content": (b"\0" * 100_000 for _ in range(110)), "headers": as_json},
            413,
            "1 MiB",
        ),
        "11 MB of form unannounced": (
            {
                "content": (
                    part
                    for part in [
                        b'--x\r\nContent-Disposition: form-data; name="picture"; filename="p"\r\n\r\n',
                        *[b"\0" * 100_000] * 110,
                    ]
                ),
                "headers": multipart,
            },
            413,
            "10 MiB",
        ),
        "broken form": ({"content": b"garbage", "headers": multipart}, 400, "form"),
        "no boundary": ({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 400, "form"),
        "long field": (form(good, filters='{"a": "' + "b" * 40_000 + '"}'), 413, "'filters' is over 32 KiB"),
        "many fields": (form(good, **{f"f{n}": "1" for n in range(40)}), 400, "form"),
        "two pictures": ({"files": [("picture", good), ("picture", good)]}, 422, "not several"),
        "cut short": (
            {"content": b'--x\r\nContent-Disposition: form-data; name="k"\r\n\r\n3', "headers": multipart},
            400,
            "cut",
        ),
        "field not UTF-8": ({"files": {"picture": good, "item_id": (None, b"\xff")}}, 422, "UTF-8"),
        "other file name": (form(good, name="image"), 422, "'picture'"),
        "picture as text": ({"files": {"picture": (None, "hello")}}, 422, "has to be a file"),
        "k of -1": (form(good, k="-1"), 422, "k: input should be greater than or equal to 1 (given: '-1')"),
        "k of 101": (form(good, k="101"), 422, "k: input should be less than or equal to 100"),
        "k of x": (form(good, k="x"), 422, "k: "),
        "unknown field": (form(good, limit="3"), 422, "limit: extra inputs are not permitted"),
        "field twice": (form(good, k="3", request='{"k": 4}'), 422, "'k' is given twice"),
        "broken field": (form(good, box="[1, 2"), 422, "box is not JSON"),
        "box outside": (form(good, box="[0, 0, 500, 500]"), 422, "not inside the picture of 160 x 120 px"),
        "box too small": (form(good, box="[0, 0, 3, 3]"), 422, "at least 8 px"),
        "unknown filter": (form(good, filters='{"shape": "round"}'), 422, "known: category, pattern"),
        "unknown value": (form(good, filters='{"category": "blu"}'), 422, "known: blue, green, red"),
        "both": (form(good, item_id="item-1"), 422, "not both"),
        "unknown item": ({"json": {"item_id": "nobody"}}, 404, "no item 'nobody'"),
        "address as item": ({"json": {"item_id": "http://127.0.0.1/x.jpg"}}, 404, "no item"),
        "address as picture": ({"json": {"picture": "http://127.0.0.1/x.jpg"}}, 422, "picture: extra inputs"),
        "JSON list": ({"json": [1]}, 422, "not a JSON object"),
        "broken JSON": ({"content": b"{", "headers": as_json}, 422, "not JSON"),
        "deep JSON": ({"content": b"[" * 30_000, "headers": as_json}, 422, "not JSON"),
        "not UTF-8": ({"content": b'{"item_id": "\xff"}', "headers": as_json}, 422, "not JSON"),
        "lone surrogate": ({"content": b'{"item_id": "\\ud800"}', "headers": as_json}, 422, "not JSON"),
        "infinite box": ({"content": b'{"item_id": "a", "box": [0, 0, Infinity, 9]}', "headers": as_json}, 422, "box"),
        "huge k": ({"content": b'{"item_id": "a", "k": 1' + b"0" * 5000 + b"}", "headers": as_json}, 422, "not JSON"),
    }


def test_bad_requests_are_told_why_and_the_next_is_answered(client: httpx.Client, draw: Draw) -> None:
    wrong = {}
    for name, (sent, status, message) in bad_requests(draw).items():
        response = client.post("/v1/search", **sent)
        content = response.json() if response.headers["content-type"] == "application/json" else {}
        if response.status_code != status or set(content) != {"error", "request_id"} or message not in content["error"]:
            wrong[name] = (response.status_code, response.text[:300])
        after = client.post("/v1/search", json={"item_id": "item-1", "k": 1})
        if after.status_code != 200:
            wrong[f"after {name}"] = (after.status_code, after.text[:300])
    assert wrong == {}


def test_unknown_paths_and_methods(client: httpx.Client) -> None:
    for response, status in (
        (client.get("/v1/nothing"), 404),
        (client.get("/nothing"), 404),
        (client.get("/docs.json"), 404),  # of BentoML, about itself
        (client.get("/schema.json"), 404),
        (client.get("/v1/search"), 405),
    ):
        assert response.status_code == status
        assert set(response.json()) == {"error", "request_id"}


def test_sender_that_gives_up_harms_nobody(client: httpx.Client, service: str) -> None:
    address = urlsplit(service)
    assert address.hostname
    assert address.port
    head = b"POST /v1/search HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\n"
    for lines in (
        b"Content-Length: 5000\r\n\r\n--x\r\n",
        b"Content-Length: -3\r\n\r\n",
        b"Content-Length: 9e9\r\n\r\n",
    ):
        with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
            connection.sendall(head + lines)
    assert client.post("/v1/search", json={"item_id": "item-1"}).status_code == 200


def test_answers_carry_an_id_and_security_headers(client: httpx.Client) -> None:
    first = client.get("/v1/health", headers={"X-Request-ID": "trace-1"})
    assert first.headers["x-request-id"] == "trace-1"
    invented = client.get("/v1/health", headers={"X-Request-ID": "bad id <script>"}).headers["x-request-id"]
    assert invented != "bad id <script>"
    assert invented != client.get("/v1/health").headers["x-request-id"]
    for response in (first, client.get("/v1/nothing"), client.post("/v1/search", json={})):
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["content-security-policy"] == "default-src 'none'"
        assert response.headers["cache-control"] == "no-store"


def test_metrics_count_routes_and_do_not_grow_with_paths(client: httpx.Client) -> None:
    for number in range(5):
        client.get(f"/v1/made-up-{number}")
    text = client.get("/metrics").text
    assert 'endpoint="/v1/search",http_response_code="422"' in text
    assert "made-up" not in text
    assert 'endpoint="other"' in text


def test_many_at_once_are_answered_or_told_to_wait(client: httpx.Client, draw: Draw) -> None:
    picture = draw(5)
    expected = client.post("/v1/search", files={"picture": picture}).json()
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: client.post("/v1/search", files={"picture": picture}), range(100)))
    assert {answer.status_code for answer in answers} <= {200, 429}
    assert all(answer.json() == expected for answer in answers if answer.status_code == 200)
