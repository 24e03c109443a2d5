"""`python -m serving.smoke --bento NAME:VERSION`: replay the golden requests against the packaged service."""

import argparse
import json
import signal
import sys
import time
from typing import Any

from components.bundle import read_manifest
from components.golden import differences, load_goldens
from components.system import Golden, load_system
from data.environment import prepare
from serving.command import run
from serving.process import free_port, running, serve_command
from serving.store import bento_folder, bundle_folder

__all__ = ["main", "smoke"]

SHOWN = 3  # differences listed a request


def smoke(tag: str) -> dict[str, Any]:
    """Start the Bento, replay its goldens over HTTP, stop it.

    Returns `{"passed", "requests", "failures": ["name: what differs", …], "latency_p50_ms"}`.

    Raises:
        UserError: there is no such Bento, it has no goldens, or it does not start.
    """
    import httpx

    bundle = bundle_folder(bento_folder(tag))
    manifest = read_manifest(bundle)
    route = load_system(manifest.system).ROUTE
    goldens = load_goldens(bundle)
    port = free_port()
    failures: list[str] = []
    latencies_ms: list[float] = []
    with running(serve_command(tag, "127.0.0.1", port), port) as address, httpx.Client(timeout=60) as client:
        health = client.get(f"{address}/v1/health").json()
        if health.get("bundle_hash") != manifest.bundle_hash:
            failures.append(f"health: bundle {health.get('bundle_hash')} instead of {manifest.bundle_hash}")
        for golden in goldens:
            started = time.perf_counter()
            failures += [f"{golden.name}: {line}" for line in _replay(client, f"{address}/v1/{route}", golden)]
            latencies_ms.append((time.perf_counter() - started) * 1e3)
    return {
        "passed": not failures,
        "requests": len(goldens),
        "failures": failures,
        "latency_p50_ms": round(sorted(latencies_ms)[len(latencies_ms) // 2], 3),
    }


def _replay(client: Any, address: str, golden: Golden) -> list[str]:
    if golden.picture is None:
        response = client.post(address, json=golden.request)
    else:
        data = {"request": json.dumps(golden.request)} if golden.request else {}
        response = client.post(address, files={"picture": golden.picture}, data=data)
    if response.status_code != 200:
        return [f"HTTP {response.status_code}, {response.text[:200]}"]
    return differences(golden.answer, response.json())[:SHOWN]


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="python -m serving.smoke", description=__doc__)
    parser.add_argument("--bento", required=True, metavar="NAME:VERSION")
    given = parser.parse_args(arguments)
    prepare()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the service is stopped then, too
    return smoke(given.bento)


if __name__ == "__main__":
    run(main, passed=lambda result: result["passed"])
