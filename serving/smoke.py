"""`python -m serving.smoke --bento NAME:VERSION`: replay the golden requests against the packaged service."""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.bundle import read_manifest
from components.golden import FOLDER, load_goldens
from components.system import Golden, load_system
from data.environment import prepare
from serving.command import run
from serving.process import free_port, running, serve_command
from serving.replay import replay
from serving.store import bento_folder, bundle_folder, store

__all__ = ["Expected", "expected", "main", "replayed", "smoke"]

READY_S = 60.0  # until every system of a composed service answers


@dataclass(frozen=True)
class Expected:
    """What a packaged service has to answer. route: empty where each golden says how it is asked.

    bundle_hash: what it has to say that it serves; empty: a composed service says it of each system.
    """

    goldens: list[Golden]
    route: str = ""
    bundle_hash: str = ""


def expected(tag: str) -> Expected:
    """The goldens of a Bento: its own, as a composed service has them, or its bundle's.

    Raises:
        UserError: there is no such Bento, or it has no goldens.
    """
    bento = bento_folder(tag)
    if (bento / "src" / FOLDER).is_dir():
        return Expected(load_goldens(bento / "src"))
    bundle = bundle_folder(bento)
    manifest = read_manifest(bundle)
    return Expected(load_goldens(bundle), load_system(manifest.system).ROUTE, manifest.bundle_hash)


def smoke(tag: str) -> dict[str, Any]:
    """Start the Bento, replay its goldens over HTTP, stop it.

    Returns `{"passed", "requests", "failures": ["name: what differs", …], "latency_p50_ms"}`.

    Raises:
        UserError: there is no such Bento, it has no goldens, or it does not start.
    """
    wanted = expected(tag)
    port = free_port()
    with (
        tempfile.TemporaryDirectory(prefix="corkboard-smoke-") as home,
        running(serve_command(tag, "127.0.0.1", port), port, _alone(home)) as address,
    ):
        return replayed(address, wanted)


def replayed(address: str, wanted: Expected) -> dict[str, Any]:
    """Ask a running service its goldens; as `smoke` returns."""
    import httpx

    latencies_ms: list[float] = []
    with httpx.Client(timeout=60) as client:
        failures = _unhealthy(client, address, wanted)
        for golden in wanted.goldens:
            started = time.perf_counter()
            failures += [f"{golden.name}: {line}" for line in replay(client, address, golden, wanted.route)]
            latencies_ms.append((time.perf_counter() - started) * 1e3)
    return {
        "passed": not failures,
        "requests": len(wanted.goldens),
        "failures": failures,
        "latency_p50_ms": round(sorted(latencies_ms)[len(latencies_ms) // 2], 3),
    }


def _unhealthy(client: Any, address: str, wanted: Expected) -> list[str]:
    """What the service says of itself that it should not. The systems of a composed one may come up after it."""
    until = time.monotonic() + READY_S
    while True:
        health = client.get(f"{address}/v1/health").json()
        if wanted.bundle_hash:
            served = health.get("bundle_hash")
            return [] if served == wanted.bundle_hash else [f"health: bundle {served} instead of {wanted.bundle_hash}"]
        failing = [name for name, system in health["systems"].items() if system["status"] == "failing"]
        if not failing:
            return []
        if time.monotonic() > until:
            return [f"health: {name} does not answer: {health['systems'][name]['reason']}" for name in failing]
        time.sleep(0.1)


def _alone(home: str) -> Mapping[str, str]:
    """Settings under which nothing has happened yet: goldens know no items, events and keys of anybody."""
    return {
        "CORKBOARD_HOME": home,
        "CORKBOARD_STATE_URL": "",
        "CORKBOARD_KEYS": "",
        "BENTOML_HOME": str(store()),
    }


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="python -m serving.smoke", description=__doc__)
    parser.add_argument("--bento", required=True, metavar="NAME:VERSION")
    given = parser.parse_args(arguments)
    prepare()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the service is stopped then, too
    return smoke(given.bento)


if __name__ == "__main__":
    run(main, passed=lambda result: result["passed"])
