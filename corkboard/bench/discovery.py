"""The composed service of the released champions: search and recommendations, 8 at once, and how fresh an answer is.

The peer of throughput is plain Starlette on uvloop calling the same predictor in one process, without items that
change, keys, metrics, logs or a second process. Times have no peer: there the bar stands beside them.
"""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["run"]

ROUNDS = 3
ROUND_S = 4.0
WARM_UP_S = 1.0
FRESH = 20
BAR = "bar"
BARS_MS = {"search": (60.0, 150.0), "recommendations": (12.0, 40.0), "recommendations, explained": (12.0, 40.0)}
FRESH_BAR_MS = 1000.0


def run(tag: str | None = None) -> list[dict[str, Any]]:
    """Package what is released (or take the Bento `tag`), start it with a state of its own, and load it.

    Raises:
        UserError: visual-search is not released, or the service does not start.
    """
    from corkboard.bench.serving import _champion
    from corkboard.discovery import packaged
    from serving.process import free_port, running, serve_command
    from serving.store import store

    bundle = _champion("visual-search") if tag is None else None
    tag = tag or packaged()
    port, plain_port = free_port(), free_port()
    with tempfile.TemporaryDirectory() as home:
        environment = {"CORKBOARD_HOME": home, "BENTOML_HOME": str(store())}
        with running(serve_command(tag, "127.0.0.1", port), port, environment) as address:
            items = _waited(address)
            asked = _requests(items)
            rows = []
            for name, (path, body, content_type) in asked.items():
                rows += _timed(name, port, path, body, content_type)
            rows.append(_fresh(address, items))
            if bundle is not None:
                rows.append(_beside(bundle, port, plain_port, asked["search"]))
    return rows


def _waited(address: str) -> list[str]:
    """Ids of items, once every system that is there answers."""
    import httpx

    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        systems = httpx.get(f"{address}/v1/health", timeout=10).json()["systems"].values()
        if all(system["status"] != "failing" for system in systems):
            break
        time.sleep(0.2)
    return [item["item_id"] for item in httpx.get(f"{address}/v1/items?k=100", timeout=10).json()["items"]]


def _requests(items: list[str]) -> dict[str, tuple[str, bytes, str]]:
    from corkboard.bench.serving import _form, _picture

    actions = [{"item_id": item_id, "action": "click"} for item_id in items[:20]]
    plain = json.dumps({"actions": actions, "k": 20, "explain": False}).encode()
    explained = json.dumps({"actions": actions, "k": 20}).encode()
    body, content_type = _form(_picture())
    return {
        "search": ("/v1/search", body, content_type),
        "recommendations": ("/v1/recommendations", plain, "application/json"),
        "recommendations, explained": ("/v1/recommendations", explained, "application/json"),
    }


def _timed(name: str, port: int, path: str, body: bytes, content_type: str) -> list[dict[str, Any]]:
    from corkboard.bench.serving import _load

    _load(port, path, WARM_UP_S, body, content_type)
    turns = [_load(port, path, ROUND_S, body, content_type) for _ in range(ROUNDS)]
    bars = dict(zip(("p50_ms", "p99_ms"), BARS_MS[name], strict=True))
    return [
        _row(f"{name} {key.removesuffix('_ms')}", statistics.median(turn[key] for turn in turns), bar, BAR, "ms")
        for key, bar in bars.items()
    ]


def _fresh(address: str, items: list[str]) -> dict[str, Any]:
    """From posting an event to the end of the answer that leaves its item out."""
    import httpx

    taken_ms = []
    with httpx.Client(base_url=address, timeout=30) as client:
        for number in range(FRESH):
            item_id, user_id = items[number % len(items)], f"bench-{number}"
            started = time.perf_counter()
            event = {"user_id": user_id, "item_id": item_id, "action": "save"}
            client.post("/v1/events", json={"events": [event]}).raise_for_status()
            while client.post("/v1/recommendations", json={"user_id": user_id, "explain": False}).json()["cold"]:
                time.sleep(0.005)
            taken_ms.append((time.perf_counter() - started) * 1e3)
    return _row("event to answer p50", statistics.median(taken_ms), FRESH_BAR_MS, BAR, "ms")


def _beside(bundle: Path, port: int, plain_port: int, asked: tuple[str, bytes, str]) -> dict[str, Any]:
    """Searches a second of both in turns; the ratio is taken within a round, where both met the same machine."""
    from corkboard.bench.serving import PEER, ROOT, _load
    from serving.process import running

    path, body, content_type = asked
    plain = [sys.executable, "-m", "corkboard.bench._plain", "visual-search", str(bundle), str(plain_port)]
    with running(plain, plain_port, {"PYTHONPATH": str(ROOT)}):
        _load(plain_port, "/v1/answer", WARM_UP_S, body, content_type)
        turns: list[Mapping[str, float]] = []
        for _ in range(ROUNDS):
            ours = _load(port, path, ROUND_S, body, content_type)["per_second"]
            peer = _load(plain_port, "/v1/answer", ROUND_S, body, content_type)["per_second"]
            turns.append({"ours": ours, "peer": peer})
    ours, peer = (statistics.median(turn[side] for turn in turns) for side in ("ours", "peer"))
    ratio = statistics.median(turn["ours"] / turn["peer"] for turn in turns)
    return _row("search throughput", ours, peer, PEER, "requests/s") | {"ratio": ratio}


def _row(metric: str, ours: float, peer: float, peer_name: str, unit: str) -> dict[str, Any]:
    row = {"metric": metric, "ours": ours, "peer": peer, "peer_name": peer_name, "ratio": ours / peer, "unit": unit}
    return {"bench": "discovery"} | row
