"""The packaged service beside plain Starlette on uvloop calling the same predictor: 8 at once, a 50 kB JPEG each."""

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from corkboard.bench._row import Row
from corkboard.bench._service import PEER, ROOT, champion_bundle, form, load, picture, plain

__all__ = ["packaged", "run"]

ROUNDS = 5
ROUND_S = 4.0
WARM_UP_S = 1.0


def run(system: str, bundle: Path | None = None, rounds: int = ROUNDS) -> list[Row]:
    """Package `bundle` (by default the champion's), start both services, and load them in turns.

    Raises:
        UserError: there is no champion, or a service does not start.
    """
    from components.system import load_system
    from serving.process import free_port, running, serve_command

    bundle = bundle or champion_bundle(system)
    body, content_type = form(picture())
    route = load_system(system).route
    port = free_port()
    with tempfile.TemporaryDirectory() as home:
        environment = {"BENTOML_HOME": home}
        tag = packaged(system, bundle, environment)
        ours = running(serve_command(tag, "127.0.0.1", port), port, environment)
        with ours, plain(system, bundle) as plain_port:
            targets = ((port, f"/v1/{route}"), (plain_port, "/v1/answer"))
            for port, path in targets:
                load(port, path, WARM_UP_S, body, content_type)
            turns = [[load(port, path, ROUND_S, body, content_type) for port, path in targets] for _ in range(rounds)]
    return [_row(turns, "throughput", "per_second", "requests/s"), _row(turns, "p99", "p99_ms", "ms")]


def _row(turns: list[list[dict[str, float]]], metric: str, key: str, unit: str) -> Row:
    """Medians over the rounds; the ratio is taken within a round, where both met the same machine."""
    ours, peer = (statistics.median(turn[side][key] for turn in turns) for side in (0, 1))
    return Row(metric, ours, peer, unit, PEER, statistics.median(turn[0][key] / turn[1][key] for turn in turns))


def packaged(system: str, bundle: Path, environment: dict[str, str]) -> str:
    """The tag of a Bento made of `bundle`; raises `UserError` where it cannot be made."""
    import os

    from data.errors import UserError

    command = [
        sys.executable,
        "-m",
        "serving.package",
        "--system",
        system,
        "--version",
        "bench",
        "--bundle",
        str(bundle),
    ]
    result = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    if result.returncode:
        raise UserError((result.stderr.strip().splitlines() or ["packaging failed"])[-1].removeprefix("corkboard: "))
    return str(json.loads(result.stdout.splitlines()[-1])["bento"])
