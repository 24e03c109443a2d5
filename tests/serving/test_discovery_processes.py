"""The packaged service with all of its processes: it serves, does without one that was killed, and loses no item."""

import hashlib
import io
import itertools
import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from PIL import Image

from corkboard.bench.soak import soaked
from serving.discovery.processes import PROCESSES
from serving.limits import threads
from serving.process import free_port, running, serve_command
from serving.replay import HTTP
from serving.smoke import expected, replayed

BAR = "bar-train-000"
KILLED_AFTER = 120  # acknowledged writes


def settings(bentos: dict[str, str]) -> dict[str, str]:
    return {"BENTOML_HOME": bentos["BENTOML_HOME"], "CORKBOARD_HOME": bentos["CORKBOARD_HOME"], "PYTHONPATH": ""}


@pytest.fixture(scope="module")
def client(discovery_bento: str, bentos: dict[str, str]) -> Iterator[httpx.Client]:
    port = free_port()
    with (
        running(serve_command(discovery_bento, "127.0.0.1", port), port, settings(bentos)) as address,
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        yield client


def workers(tag: str, service: str) -> list[psutil.Process]:
    return [process for process in worker_processes(tag) if service_of(process) == service]


def worker_processes(tag: str) -> list[psutil.Process]:
    """Those of a Bento that answer for one of its services."""
    found = psutil.process_iter(["cmdline"])
    return [one for one in found if {tag, "--service-name"} <= set(one.info["cmdline"] or ())]


def service_of(process: psutil.Process) -> str:
    line: list[str] = process.info["cmdline"]
    return line[line.index("--service-name") + 1]


def until(answered: Any, seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not answered():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_golden_requests_are_answered_as_the_checkout_does(
    client: httpx.Client, discovery_bento: str, bentos: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything else happens to the state."""
    monkeypatch.setenv("BENTOML_HOME", bentos["BENTOML_HOME"])
    wanted = expected(discovery_bento)
    assert {golden.name for golden in wanted.goldens} >= {
        "search-picture",
        "related",
        "recommendations",
        "no-such-item",
    }
    statuses = [golden.request[HTTP]["status"] for golden in wanted.goldens]
    assert sorted(statuses) == [200] * (len(statuses) - 2) + [404, 422]
    address = str(client.base_url).rstrip("/")
    assert replayed(address, wanted)["failures"] == []
    golden = next(golden for golden in wanted.goldens if golden.name == "recommendations")
    golden.answer["items"][0]["item_id"] = "another"
    (failure,) = replayed(address, wanted)["failures"]
    assert failure.startswith("recommendations: answer.items[0].item_id: ")


def test_all_systems_answer_in_processes_of_their_own(client: httpx.Client, discovery_bento: str) -> None:
    until(lambda: client.get("/v1/health").json()["status"] == "ok")
    processes = {name: workers(discovery_bento, name) for name in ("discovery", "visual_search", "user_sequence")}
    assert {name: len(found) for name, found in processes.items()} == {
        "discovery": 1,
        "visual_search": 1,
        "user_sequence": min(threads(), 4),
    }
    for process in itertools.chain.from_iterable(processes.values()):  # where more wait for work in a loop
        assert process.environ()["OPENBLAS_NUM_THREADS"] == process.environ()["OMP_NUM_THREADS"] == "1"
    until(lambda: client.post("/v1/search", json={"item_id": BAR, "k": 3}).json().get("items"))
    asked = {"actions": [{"item_id": BAR, "action": "save"}]}
    whole = {"degraded": [], "cold": False}
    until(lambda: client.post("/v1/recommendations", json=asked).json().items() >= whole.items())
    assert "<html" in client.get("/").text
    assert client.get("/v1/openapi.json").json()["openapi"] == "3.1.0"


def test_what_was_acknowledged_outlives_every_process(client: httpx.Client, discovery_bento: str) -> None:
    """Killed without warning in the middle of 1,000 writes, and started again by BentoML, on the same sockets."""
    picture, there, deleted = square_of((20, 220, 20)), set(), set()
    killer = threading.Thread(target=kill, args=(discovery_bento, "discovery", "visual_search"))
    under_way = ""
    try:
        for number in range(1000):
            under_way = f"green-{number}"
            answer = client.put(f"/v1/items/{under_way}", files={"picture": picture}, data={"title": under_way})
            assert answer.status_code == 201, answer.text
            there.add(under_way)
            if number % 5 == 4:
                under_way = f"green-{number - 2}"
                assert client.delete(f"/v1/items/{under_way}").status_code == 204
                there.remove(under_way)
                deleted.add(under_way)
            if number == KILLED_AFTER:
                killer.start()
            elif number > KILLED_AFTER and not killer.is_alive():
                break
    except httpx.TransportError:
        there.discard(under_way)  # it may be there or not: nobody said
    killer.join()
    until(lambda: len(found_by(client, picture)) >= 5)
    assert [name for name in there if client.get(f"/v1/items/{name}").status_code != 200] == []
    assert [name for name in deleted if client.get(f"/v1/items/{name}").status_code != 404] == []
    shown = found_by(client, picture)
    assert there <= shown
    assert not deleted & shown


def kill(tag: str, *services: str) -> None:
    for name in services:
        for process in workers(tag, name):
            process.kill()


def square_of(colour: tuple[int, int, int]) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), colour).save(buffer, "PNG")
    return buffer.getvalue()


def found_by(client: httpx.Client, picture: bytes) -> set[str]:
    """What a search finds, page after page; nothing while the service is not back."""
    found: set[str] = set()
    offset: int | None = 0
    while offset is not None:
        try:
            answer = client.post("/v1/search", params={"offset": offset}, files={"picture": picture}, data={"k": "100"})
        except httpx.TransportError:
            return set()
        if answer.status_code != 200:
            return set()
        found |= {item["item_id"] for item in answer.json()["items"]}
        offset = answer.json()["next_offset"]
    return found


def test_a_system_that_was_killed_is_done_without(client: httpx.Client, discovery_bento: str) -> None:
    until(lambda: client.get("/v1/health").json()["status"] == "ok")
    asked = {"actions": [{"item_id": BAR, "action": "save"}], "k": 5}
    processes = workers(discovery_bento, "user_sequence")
    for process in processes:
        process.suspend()  # the socket takes connections, and nobody answers: worse than being gone
    answer = client.post("/v1/recommendations", json=asked)
    assert answer.status_code == 200
    assert [part["system"] for part in answer.json()["degraded"]] == ["user-sequence"]
    assert len(answer.json()["items"]) == 5
    assert client.get(f"/v1/items/{BAR}/related").json()["degraded"] == []  # boards know what goes together
    keepers = workers(discovery_bento, "board_graph")
    for process in keepers:
        process.suspend()
    related = client.get(f"/v1/items/{BAR}/related").json()
    assert [part["system"] for part in related["degraded"]] == ["board-graph"]
    assert {item["because"]["kind"] for item in related["items"]} == {"looks_alike"}
    for process in keepers:
        process.resume()

    def left_alone() -> bool:
        (part,) = client.post("/v1/recommendations", json=asked).json()["degraded"]
        return "left alone" in part["reason"]

    until(left_alone)
    health = client.get("/v1/health").json()
    assert (health["status"], health["systems"]["user-sequence"]["status"]) == ("degraded", "failing")
    for process in processes:
        process.kill()
    until(lambda: client.post("/v1/recommendations", json=asked).json()["degraded"] == [])


def test_log_lines_are_json_with_the_request_and_without_any_key_person_or_content(
    discovery_bento: str, bentos: dict[str, str], tmp_path: Path
) -> None:
    port = free_port()
    log, keys = tmp_path / "log", tmp_path / "keys.json"
    known, unknown = "a-key-that-nobody-should-read", "another-that-nobody-should-read"
    entry = {"name": "shop", "sha256": hashlib.sha256(known.encode()).hexdigest(), "scopes": ["read"]}
    whole = {"name": "all", "sha256": hashlib.sha256(b"all").hexdigest(), "scopes": ["read", "write"]}
    keys.write_text(json.dumps({"keys": [entry, whole], "loopback": True}))
    shell = ["sh", "-c", f'exec "$@" >{log} 2>&1', "sh", *serve_command(discovery_bento, "127.0.0.1", port)]
    with running(shell, port, settings(bentos) | {"CORKBOARD_KEYS": str(keys)}) as address:
        for key, status in ((known, 422), (unknown, 401)):
            given = {"Authorization": f"Bearer {key}", "Cookie": f"corkboard_key={key}", "X-API-Key": key}
            headers = given | {"X-Request-ID": f"mine-{status}"}
            answer = httpx.get(f"{address}/v1/items/nothing?v={key}", headers=headers, timeout=30)
            assert answer.status_code == status
            httpx.post(f"{address}/v1/session", json={"key": key}, timeout=30)
            httpx.post(f"{address}/v1/session", json={"keys": key}, timeout=30)
            httpx.post(f"{address}/v1/search", content=key, headers=headers, timeout=30)
        strange, content = "strange-person-of-this-log", "content-of-a-request-of-this-log"
        event = {"user_id": strange, "action": "save", "item_id": BAR}
        headers = {"X-Request-ID": "strange", "Authorization": "Bearer all"}
        with httpx.Client(base_url=f"{address}/v1", timeout=30, headers=headers) as client:
            asked = [
                client.post("/search", json={"text": content}),
                client.post("/search", json={"text": content, "no": content}),
                client.post("/recommendations", json={"user_id": strange}),
                client.post("/events", json={"events": [event]}),
                client.put(f"/users/{strange}/boards/{content}/items/{BAR}"),
                client.put(f"/users/{strange}/boards/{content}/items/{content}"),
                client.get(f"/users/{strange}/export"),
                client.delete(f"/users/{strange}"),
                client.get(f"/nowhere/{strange}"),
            ]
        assert [one.status_code for one in asked] == [200, 422, 200, 202, 204, 404, 200, 204, 404]
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    (line,) = [line for line in lines if line.get("request_id") == "mine-422" and "items" in line["path"]]
    assert (line["path"], line["status"], line["service"]) == ("/v1/items/{item_id}", 422, "discovery")
    assert line["key"] == "shop"  # its name, for whoever has to find out who asked
    assert sum(line.get("request_id") == "strange" for line in lines) >= len(asked)
    for secret in (known, unknown, entry["sha256"], strange, content):
        assert str(secret) not in log.read_text()


def test_systems_share_a_process_where_a_setting_says_so(
    discovery_bento: str, bentos: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And answer as they do apart."""
    monkeypatch.setenv("BENTOML_HOME", bentos["BENTOML_HOME"])
    port = free_port()
    given = settings(bentos) | {"CORKBOARD_HOME": str(tmp_path), PROCESSES: "shared"}
    with (
        running(serve_command(discovery_bento, "127.0.0.1", port), port, given) as address,
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        until(lambda: client.get("/v1/health").json()["status"] == "ok")
        mine = [process for process in worker_processes(discovery_bento) if process.environ().get(PROCESSES)]
        assert len(mine) == 2  # the entry, and all systems
        assert replayed(address, expected(discovery_bento))["failures"] == []


def test_environment_is_not_needed_for_the_checkout(discovery_bento: str, bentos: dict[str, str]) -> None:
    """What is packaged does: the Bento holds the page and every module that it takes."""
    source = Path(bentos["BENTOML_HOME"]) / "bentos" / discovery_bento.replace(":", os.sep) / "src"
    assert (source / "serving" / "page" / "index.html").is_file()
    assert not (source / "serving" / "discovery" / "build_catalogue.py").exists()


def test_everything_at_once_is_answered_and_the_memory_of_all_processes_is_watched(client: httpx.Client) -> None:
    """The short form of `corkboard bench soak`."""
    until(lambda: client.get("/v1/health").json()["status"] == "ok")
    items = [item["item_id"] for item in client.get("/v1/items?k=100").json()["items"]]
    port = client.base_url.port
    assert port is not None
    found = soaked(port, items, minutes=0.04, callers=8)
    assert found["failures"].keys() <= {"degraded", "503"}  # of a machine too slow for the limits of time
    assert found["requests"] > 8
    assert found["memory_mb"][0] > 100  # interpreters of three services and of what starts them
