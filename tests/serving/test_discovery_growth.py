"""The packaged service under thousands of generated requests: no 5xx, and no process that grows. `make test-fuzz`."""

import os
import random
import time
from collections.abc import Callable, Iterator
from urllib.parse import quote

import httpx
import psutil
import pytest
from schemathesis.generation import GenerationMode

from serving.process import free_port, running, serve_command
from tests.asking import ask_every_operation
from tests.mutations import mutated

WANTED = os.environ.get("CORKBOARD_TEST_FUZZ") == "1"
ROUNDS, WARM_UP = 8, 3
EXAMPLES, PICTURES = 25, 200  # a round, of each operation in each mode, and of pictures
MOST_GROWTH = 0.05
BAR = "bar-train-000"

pytestmark = pytest.mark.skipif(not WANTED, reason="takes ten minutes; `make test-fuzz` runs it")


@pytest.fixture(scope="module")
def client(discovery_bento: str, bentos: dict[str, str]) -> Iterator[httpx.Client]:
    port = free_port()
    settings = {name: bentos[name] for name in ("BENTOML_HOME", "CORKBOARD_HOME")}
    with (
        running(serve_command(discovery_bento, "127.0.0.1", port), port, settings | {"PYTHONPATH": ""}) as address,
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        while client.get("/v1/health").json()["status"] != "ok":
            time.sleep(0.1)
        yield client


@pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")
def test_nothing_fails_and_nothing_grows(
    client: httpx.Client, discovery_bento: str, draw: Callable[..., bytes]
) -> None:
    chance = random.Random(11)
    start = listed(client)
    before: dict[str, float] = {}
    asked = 0
    for number in range(ROUNDS):
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            asked += ask_every_operation(str(client.base_url).rstrip("/"), mode, BAR, EXAMPLES, seed=number)
        for _ in range(PICTURES):
            data = mutated(draw(chance.randrange(6), chance.choice(("JPEG", "PNG", "WEBP"))), chance)
            answer = client.post("/v1/search", files={"picture": data}, data={"k": "1"})
            assert answer.status_code in (200, 413, 415, 422), answer.text
            asked += 1
        for item_id in listed(client) - start:  # what was added on purpose is no growth
            assert client.delete(f"/v1/items/{quote(item_id, safe='')}").status_code == 204
        now = resident_mb(discovery_bento)
        print(f"round {number + 1}, {asked} requests: {now}")  # noqa: T201
        if number + 1 == WARM_UP:
            before = now
    assert set(now) == set(before) == {"discovery", "visual_search", "user_sequence"}
    for service, megabytes in now.items():
        assert megabytes < before[service] * (1 + MOST_GROWTH), (service, before, now)


def listed(client: httpx.Client) -> set[str]:
    """All items that are there."""
    found: set[str] = set()
    cursor = None
    while True:
        answer = client.get("/v1/items", params={"k": 100} | ({"cursor": cursor} if cursor else {})).json()
        found |= {item["item_id"] for item in answer["items"]}
        cursor = answer["cursor"]
        if cursor is None:
            return found


def resident_mb(tag: str) -> dict[str, float]:
    """Resident memory of each process of the service."""
    found = {}
    for process in psutil.process_iter(["cmdline", "memory_info"]):
        line = process.info["cmdline"] or []
        if tag in line and "--service-name" in line:
            name = line[line.index("--service-name") + 1]
            found[name] = round(process.info["memory_info"].rss / 1e6, 1)
    return found
