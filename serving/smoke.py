"""`python -m serving.smoke --bento NAME:VERSION`: replay the golden requests against the packaged service."""

import argparse
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import Any

from components.bundle import read_manifest
from components.golden import FOLDER, TOLERANCE, load_goldens
from components.system import Golden, load_system
from data.environment import set_environment
from data.errors import UserError
from serving.command import run
from serving.process import alone, free_port, running, serve_command
from serving.ready import ready
from serving.replay import replay
from serving.store import bento_folder, bundle_folder

__all__ = ["Expected", "expected", "main", "replayed", "smoke"]


@dataclass(frozen=True)
class Expected:
    """The answers expected of a packaged service.

    route: empty if each golden names its own endpoint. bundle_hash: the bundle that its health has to name; empty for a
    composed service.
    """

    goldens: list[Golden]
    route: str = ""
    bundle_hash: str = ""
    tolerance: float = TOLERANCE
    pixel_tolerance: float = 0.0


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
    system = load_system(manifest.system)
    return Expected(load_goldens(bundle), system.route, manifest.bundle_hash, system.tolerance, system.pixel_tolerance)


def smoke(tag: str) -> dict[str, Any]:
    """Start the Bento, replay its goldens over HTTP, stop it.

    Returns `{"passed", "requests", "failures": ["name: what differs", …], "latency_p50_ms"}`.

    Raises:
        UserError: there is no such Bento, it has no goldens, or it does not start.
    """
    expectation = expected(tag)
    port = free_port()
    with (
        tempfile.TemporaryDirectory(prefix="corkboard-smoke-") as home,
        running(serve_command(tag, "127.0.0.1", port), port, alone(home)) as address,
    ):
        return replayed(address, expectation)


def replayed(address: str, wanted: Expected) -> dict[str, Any]:
    """Replay the goldens against a running service; returns the same as `smoke`."""
    import httpx

    latencies_ms: list[float] = []
    with httpx.Client(timeout=60) as client:
        failures = _unhealthy(address, wanted)
        for golden in wanted.goldens:
            started = time.perf_counter()
            failures += [f"{golden.name}: {line}" for line in _replayed(client, address, golden, wanted)]
            latencies_ms.append((time.perf_counter() - started) * 1e3)
    return {
        "passed": not failures,
        "requests": len(wanted.goldens),
        "failures": failures,
        "latency_p50_ms": round(sorted(latencies_ms)[len(latencies_ms) // 2], 3),
    }


def _unhealthy(address: str, wanted: Expected) -> list[str]:
    """What is wrong with the health that the service reports."""
    try:
        health = ready(address)
    except UserError as error:
        return [f"health: {error}"]
    if wanted.bundle_hash and wanted.bundle_hash != (served := health.get("bundle_hash")):
        return [f"health: bundle {served} instead of {wanted.bundle_hash}"]
    return []


def _replayed(client: Any, address: str, golden: Golden, wanted: Expected) -> list[str]:
    """Like `replay`, with a line if no answer came."""
    import httpx

    try:
        return replay(client, address, golden, wanted.route, wanted.tolerance, wanted.pixel_tolerance)
    except httpx.TransportError as error:
        return [f"no answer ({type(error).__name__}); see the log of the service"]


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="python -m serving.smoke", description=__doc__)
    parser.add_argument("--bento", required=True, metavar="NAME:VERSION")
    given = parser.parse_args(arguments)
    set_environment()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that SIGTERM stops the service, too
    return smoke(given.bento)


if __name__ == "__main__":
    run(main, passed=lambda result: result["passed"])
