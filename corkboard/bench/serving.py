"""The packaged service beside plain Starlette on uvloop calling the same predictor: 8 at once, a 50 kB JPEG each."""

import io
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["run"]

CONCURRENCY = 8
ROUNDS = 5
ROUND_S = 4.0
WARM_UP_S = 1.0
PEER = "Starlette + uvloop"
ROOT = Path(__file__).resolve().parents[2]


def run(bundle: Path | None = None, system: str = "visual-search", rounds: int = ROUNDS) -> list[dict[str, Any]]:
    """Package `bundle` (by default the champion's), start both services, and load them in turns.

    Raises:
        UserError: there is no champion, or a service does not start.
    """
    from components.system import load_system
    from serving.process import free_port, running, serve_command

    bundle = bundle or _champion(system)
    body, content_type = _form(_picture())
    route = load_system(system).ROUTE
    ports = free_port(), free_port()
    with tempfile.TemporaryDirectory() as home:
        environment = {"BENTOML_HOME": home}
        tag = _packaged(system, bundle, environment)
        plain = [sys.executable, "-m", "corkboard.bench._plain", system, str(bundle), str(ports[1])]
        with (
            running(serve_command(tag, "127.0.0.1", ports[0]), ports[0], environment),
            running(plain, ports[1], {"PYTHONPATH": str(ROOT)}),
        ):
            targets = ((ports[0], f"/v1/{route}"), (ports[1], "/v1/answer"))
            for port, path in targets:
                _load(port, path, WARM_UP_S, body, content_type)
            turns = [[_load(port, path, ROUND_S, body, content_type) for port, path in targets] for _ in range(rounds)]
    return [_row(turns, "throughput", "per_second", "requests/s"), _row(turns, "p99", "p99_ms", "ms")]


def _row(turns: list[list[dict[str, float]]], metric: str, key: str, unit: str) -> dict[str, Any]:
    """Medians over the rounds; the ratio is taken within a round, where both met the same machine."""
    ours, peer = (statistics.median(turn[side][key] for turn in turns) for side in (0, 1))
    return {
        "bench": "serving",
        "metric": metric,
        "ours": ours,
        "peer": peer,
        "peer_name": PEER,
        "ratio": statistics.median(turn[0][key] / turn[1][key] for turn in turns),
        "unit": unit,
    }


def _champion(system: str) -> Path:
    from components.lifecycle.bundles import bundle_of
    from components.lifecycle.registry import champion_of, history
    from data.errors import UserError

    champion = champion_of(history(system))
    if champion is None:
        raise UserError(f"{system} has no champion to measure; run `corkboard run {system}` first")
    return bundle_of(champion)


def _packaged(system: str, bundle: Path, environment: dict[str, str]) -> str:
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
    found = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    if found.returncode:
        raise UserError((found.stderr.strip().splitlines() or ["packaging failed"])[-1].removeprefix("corkboard: "))
    return str(json.loads(found.stdout.splitlines()[-1])["bento"])


def _picture(size_bytes: int = 50_000) -> bytes:
    """A JPEG of a smooth scene with grain, 600 x 800 px, as near to `size_bytes` as its quality allows."""
    from PIL import Image

    generator = np.random.default_rng(0)
    coarse = Image.fromarray(generator.integers(0, 255, (12, 9, 3), np.uint8)).resize(
        (600, 800), Image.Resampling.BICUBIC
    )
    grain = generator.normal(0, 6, (800, 600, 1))
    image = Image.fromarray((np.asarray(coarse) + grain).clip(0, 255).astype(np.uint8))
    candidates = []
    for quality in range(20, 96, 5):
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=quality)
        candidates.append(buffer.getvalue())
    return min(candidates, key=lambda data: abs(len(data) - size_bytes))


def _form(picture: bytes) -> tuple[bytes, str]:
    boundary = "corkboard-bench"
    parts = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="k"\r\n\r\n10\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="picture"; filename="p.jpg"\r\n'
        "Content-Type: image/jpeg\r\n\r\n"
    )
    return parts.encode() + picture + f"\r\n--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def _load(port: int, path: str, seconds: float, body: bytes, content_type: str) -> dict[str, float]:
    """Ask one question over and over. Raises `RuntimeError` if the service answered with anything but success."""
    from corkboard.bench._load import question

    command = [sys.executable, "-m", "corkboard.bench._load", str(port), str(CONCURRENCY), str(seconds)]
    asked = json.dumps([question("POST", path, body, content_type)]).encode()
    found = subprocess.run(command, cwd=ROOT, input=asked, capture_output=True, check=True)
    result: dict[str, Any] = json.loads(found.stdout)
    if failures := result.pop("failures"):
        raise RuntimeError(f"the service did not answer {path}: {failures}")
    return result
