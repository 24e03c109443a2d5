"""The composed service of the released champions over 10,000 items: 8 callers at once, and how fresh an answer is.

The peer of throughput is plain Starlette on uvloop calling the same predictor in its one process, without items that
change, keys, metrics or logs; ours is an entry and processes of each system. Times have no peer: there the bar stands
beside them.
"""

import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from corkboard.bench._row import Row

__all__ = ["fill", "run", "waited"]

ROUNDS = 3
ROUND_S = 4.0
WARM_UP_S = 1.0
FRESH = 20
ITEMS = 10_000
SEARCHED, RECOMMENDED, EXPLAINED, RANKED = "search", "recommendations", "recommendations, explained", "feed"
LATER = ("feed, second page", "feed, third page")
BARS_MS = {SEARCHED: (60.0, 150.0), RECOMMENDED: (12.0, 40.0), EXPLAINED: (12.0, 40.0), RANKED: (25.0, 60.0)}
BARS_MS |= dict.fromkeys(LATER, BARS_MS[RANKED])
FRESH_BAR_MS = 1000.0
FRESH_LIMIT_S = 60.0

Request = tuple[str, bytes, str]


def run(tag: str | None = None, bundles: Mapping[str, Path] | None = None) -> list[Row]:
    """Package what is released, start it with a state of its own, and load it.

    tag: of a Bento to take instead, made of `bundles` (by system).

    Raises:
        UserError: the system that searches or the one that recommends is not released, or the service does not start.
    """
    import httpx

    from components.roles import RANK, RECOMMEND, SEARCH
    from corkboard.bench._service import champion_bundle
    from corkboard.discovery import packaged
    from serving.discovery.declared import filling
    from serving.process import alone, free_port, running, serve_command

    search, recommend = filling(SEARCH), filling(RECOMMEND)
    bundles = bundles or {system: champion_bundle(system) for system in (search, recommend)}
    tag = tag or packaged()
    port = free_port()
    with tempfile.TemporaryDirectory() as home:
        fill(Path(home), tag, bundles[search])
        with running(serve_command(tag, "127.0.0.1", port), port, alone(home)) as address:
            items = waited(address)
            requests, peers = _requests(items), _plain_requests(items)
            if httpx.get(f"{address}/v1/health", timeout=10).json()["systems"][filling(RANK)]["status"] == "missing":
                del requests[RANKED]
            rows = []
            for name, one in requests.items():
                rows += _timed(name, port, one)
            if RANKED in requests:
                for name, one in _later(address, requests[RANKED]):
                    rows += _timed(name, port, one)
            rows.append(_fresh(address, items))
            for system, name in ((search, SEARCHED), (recommend, RECOMMENDED)):
                rows.append(_beside(name, port, requests[name], system, bundles[system], peers[name]))
    return rows


def fill(home: Path, tag: str, bundle: Path) -> None:
    """As many items in the state as the catalogue lacks to `ITEMS`, with vectors at random."""
    import numpy as np

    from components.bundle import verify
    from components.index import VectorIndex
    from corkboard.bench._service import picture
    from serving.discovery.catalogue import Catalogue
    from serving.discovery.package import CATALOGUE
    from serving.state import Item, open_state
    from serving.store import bento_folder, held_model

    model, dim = verify(bundle).bundle_hash, VectorIndex.load(bundle / "index").dim
    generator, shown = np.random.default_rng(0), picture(10_000)
    lacking = ITEMS - len(Catalogue(held_model(bento_folder(tag), CATALOGUE)))
    state = open_state(f"sqlite:///{home / 'state'}")
    for number in range(lacking):
        vector_D = generator.standard_normal(dim, dtype=np.float32)
        vector_D /= np.linalg.norm(vector_D)
        details: dict[str, str | int] = {"width_px": 600, "height_px": 800, "dominant": "#808080", "version": "1"}
        item = Item(f"more-{number:05d}", f"Item {number}", "more", {}, "", shown, vector_D, model, details)
        state.items.put(item)
    state.close()


def waited(address: str, items: int = 100) -> list[str]:
    """Ids of items that recommendations know, once every system that is there answers.

    Raises:
        UserError: one does not answer in time.
    """
    import httpx

    from serving.ready import ready

    ready(address)
    response = httpx.post(f"{address}/v1/recommendations", json={"k": items, "explain": False}, timeout=10)
    return [item["item_id"] for item in response.raise_for_status().json()["items"]]


def _requests(items: list[str]) -> dict[str, Request]:
    from corkboard.bench._service import form, picture

    actions = [{"item_id": item_id, "action": "click"} for item_id in items[:20]]
    plain = json.dumps({"actions": actions, "k": 20, "explain": False}).encode()
    explained = json.dumps({"actions": actions, "k": 20}).encode()
    return {
        SEARCHED: ("/v1/search", *form(picture())),
        RECOMMENDED: ("/v1/recommendations", plain, "application/json"),
        EXPLAINED: ("/v1/recommendations", explained, "application/json"),
        RANKED: ("/v1/feed", json.dumps({"actions": actions, "k": 20}).encode(), "application/json"),
    }


def _later(address: str, first: Request) -> Iterator[tuple[str, Request]]:
    """The pages after the first, each once the page before was answered."""
    import httpx

    path, body, content_type = first
    for name in LATER:
        page = httpx.post(f"{address}{path}", content=body, headers={"content-type": content_type}, timeout=10)
        body = json.dumps(json.loads(body) | {"cursor": page.raise_for_status().json()["cursor"]}).encode()
        yield name, (path, body, content_type)


def _plain_requests(items: list[str]) -> dict[str, Request]:
    from corkboard.bench._service import form, picture

    actions = [{"item_id": item_id, "action": "click"} for item_id in items[:20]]
    body = json.dumps({"actions": actions, "k": 20}).encode()
    return {
        SEARCHED: ("/v1/answer", *form(picture())),
        RECOMMENDED: ("/v1/answer", body, "application/json"),
    }


def _timed(name: str, port: int, request: Request) -> list[Row]:
    from corkboard.bench._service import load

    path, body, content_type = request
    load(port, path, WARM_UP_S, body, content_type)
    turns = [load(port, path, ROUND_S, body, content_type) for _ in range(ROUNDS)]
    bars = dict(zip(("p50_ms", "p99_ms"), BARS_MS[name], strict=True))
    medians = {key: statistics.median(turn[key] for turn in turns) for key in (*bars, "degraded")}
    rows = [Row(f"discovery, {name} {key.removesuffix('_ms')}", medians[key], bar, "ms") for key, bar in bars.items()]
    return [*rows, Row(f"discovery, {name} answered without a system or a source", medians["degraded"], 0.0, "1")]


def _fresh(address: str, items: list[str]) -> Row:
    """From posting a person's first event to the end of the first answer that counts it: one that is not cold."""
    import httpx

    from data.errors import UserError

    taken_ms = []
    with httpx.Client(base_url=address, timeout=30) as client:
        for number in range(FRESH):
            item_id, user_id = items[number % len(items)], f"bench-{number}"
            started = time.perf_counter()
            event = {"user_id": user_id, "item_id": item_id, "action": "save"}
            client.post("/v1/events", json={"events": [event]}).raise_for_status()
            while client.post("/v1/recommendations", json={"user_id": user_id, "explain": False}).json()["cold"]:
                if time.perf_counter() - started > FRESH_LIMIT_S:
                    raise UserError(f"an event did not count within {FRESH_LIMIT_S:g} s; look at the service's log")
                time.sleep(0.005)
            taken_ms.append((time.perf_counter() - started) * 1e3)
    return Row("discovery, event to answer p50", statistics.median(taken_ms), FRESH_BAR_MS, "ms")


def _beside(name: str, port: int, request: Request, system: str, bundle: Path, peers: Request) -> Row:
    """Requests a second of both in turns; the ratio is taken within a round, where both met the same machine."""
    from corkboard.bench._service import PEER, load, plain

    with plain(system, bundle) as plain_port:
        sides = ((port, *request), (plain_port, *peers))
        for there, path, body, content_type in sides:
            load(there, path, WARM_UP_S, body, content_type)
        turns = [
            [load(there, path, ROUND_S, body, content_type)["per_second"] for there, path, body, content_type in sides]
            for _ in range(ROUNDS)
        ]
    ours, peer = (statistics.median(turn[side] for turn in turns) for side in (0, 1))
    ratio = statistics.median(turn[0] / turn[1] for turn in turns)
    return Row(f"discovery, {name} throughput", ours, peer, "requests/s", PEER, ratio)
