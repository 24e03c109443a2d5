"""The packaged service with all of its processes: it serves, does without one that was killed, and loses no item."""

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from PIL import Image

from serving.process import free_port, running, serve_command
from tests.discoveries import Parts

ROOT = Path(__file__).parents[2]
BAR = "bar-train-000"


@pytest.fixture(scope="module")
def tag(parts: Parts, bentos: dict[str, str]) -> str:
    data = parts.dataset
    command = [
        *(sys.executable, "-m", "serving.discovery.package"),
        *("--peer", f"visual-search=1={parts.search}", "--peer", f"user-sequence=1={parts.sequence}"),
        *("--dataset", f"{data.name}={data.version}={data.path}"),
    ]
    found = subprocess.run(command, cwd=ROOT, env=bentos, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    answer = json.loads(found.stdout)
    assert answer["items"] == 48
    assert answer["left_out"] == {}
    return str(answer["bento"])


def settings(bentos: dict[str, str]) -> dict[str, str]:
    return {"BENTOML_HOME": bentos["BENTOML_HOME"], "CORKBOARD_HOME": bentos["CORKBOARD_HOME"], "PYTHONPATH": ""}


@pytest.fixture(scope="module")
def client(tag: str, bentos: dict[str, str]) -> Iterator[httpx.Client]:
    port = free_port()
    with (
        running(serve_command(tag, "127.0.0.1", port), port, settings(bentos)) as address,
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        yield client


def workers(tag: str, service: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = process.info["cmdline"] or []
        if tag in line and "--service-name" in line and line[line.index("--service-name") + 1] == service:
            found.append(process)
    return found


def until(answered: Any, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not answered():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_all_systems_answer_in_processes_of_their_own(client: httpx.Client, tag: str) -> None:
    until(lambda: client.get("/v1/health").json()["status"] == "ok")
    assert len({workers(tag, name)[0].pid for name in ("discovery", "visual_search", "user_sequence")}) == 3
    assert client.post("/v1/search", json={"item_id": BAR, "k": 3}).json()["items"]
    answer = client.post("/v1/recommendations", json={"actions": [{"item_id": BAR, "action": "save"}]})
    assert (answer.json()["degraded"], answer.json()["cold"]) == ([], False)
    assert "<html" in client.get("/").text
    assert client.get("/v1/openapi.json").json()["openapi"] == "3.1.0"


def test_an_acknowledged_item_outlives_every_process(client: httpx.Client, tag: str) -> None:
    """Killed without warning and started again by BentoML, on the same sockets."""
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), (20, 220, 20)).save(buffer, "PNG")
    answer = client.put("/v1/items/green", files={"picture": buffer.getvalue()}, data={"title": "Green"})
    assert answer.status_code == 201, answer.text
    for name in ("discovery", "visual_search"):
        for process in workers(tag, name):
            process.kill()

    def found() -> bool:
        try:
            answer = client.post("/v1/search", files={"picture": buffer.getvalue()}, data={"k": "1"})
        except httpx.TransportError:
            return False
        return answer.status_code == 200 and answer.json()["items"][0]["title"] == "Green"

    until(found)


def test_a_system_that_was_killed_is_done_without(client: httpx.Client, tag: str) -> None:
    until(lambda: client.get("/v1/health").json()["status"] == "ok")
    asked = {"actions": [{"item_id": BAR, "action": "save"}], "k": 5}
    processes = workers(tag, "user_sequence")
    for process in processes:
        process.suspend()  # the socket takes connections, and nobody answers: worse than being gone
    answer = client.post("/v1/recommendations", json=asked)
    assert answer.status_code == 200
    assert [part["system"] for part in answer.json()["degraded"]] == ["user-sequence"]
    assert len(answer.json()["items"]) == 5
    related = client.get(f"/v1/items/{BAR}/related").json()
    assert [part["system"] for part in related["degraded"]] == ["user-sequence"]
    assert {item["because"]["kind"] for item in related["items"]} == {"looks_alike"}
    client.post("/v1/recommendations", json=asked)
    started = time.perf_counter()
    assert client.post("/v1/recommendations", json=asked).json()["degraded"]  # left alone by now
    assert time.perf_counter() - started < 1
    health = client.get("/v1/health").json()
    assert (health["status"], health["systems"]["user-sequence"]["status"]) == ("degraded", "failing")
    for process in processes:
        process.kill()
    until(lambda: client.post("/v1/recommendations", json=asked).json()["degraded"] == [])


def test_log_lines_are_json_with_the_request_and_no_more(tag: str, bentos: dict[str, str], tmp_path: Path) -> None:
    port = free_port()
    log = tmp_path / "log"
    secret = "a-key-that-nobody-should-read"
    shell = ["sh", "-c", f'exec "$@" >{log} 2>&1', "sh", *serve_command(tag, "127.0.0.1", port)]
    with running(shell, port, settings(bentos)) as address:
        headers = {"X-Request-ID": "mine-2", "Authorization": f"Bearer {secret}", "Cookie": f"corkboard_key={secret}"}
        httpx.get(f"{address}/v1/items/nothing?v={secret}", headers=headers, timeout=30)
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    (line,) = [line for line in lines if line.get("request_id") == "mine-2"]
    assert (line["path"], line["status"], line["service"]) == ("/v1/items/nothing", 422, "discovery")
    assert secret not in log.read_text()


def test_environment_is_not_needed_for_the_checkout(tag: str, bentos: dict[str, str]) -> None:
    """What is packaged does: the Bento holds the page and every module that it takes."""
    source = Path(bentos["BENTOML_HOME"]) / "bentos" / tag.replace(":", os.sep) / "src"
    assert (source / "serving" / "page" / "index.html").is_file()
    assert not (source / "serving" / "discovery" / "build_catalogue.py").exists()
