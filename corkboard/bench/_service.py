"""What the benchmarks of services share: the bundle they serve, the picture they send, and the load they put on."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["PEER", "ROOT", "champion_bundle", "form", "load", "picture", "plain"]

CONCURRENCY = 8
PEER = "Starlette + uvloop"
ROOT = Path(__file__).resolve().parents[2]


def champion_bundle(system: str) -> Path:
    """The bundle of the system's champion.

    Raises:
        UserError: there is none.
    """
    from components.lifecycle.bundles import bundle_of
    from components.lifecycle.registry import champion_of, history
    from data.errors import UserError

    champion = champion_of(history(system))
    if champion is None:
        raise UserError(f"{system} has no champion to measure; run `corkboard run {system}` first")
    return bundle_of(champion)


@contextmanager
def plain(system: str, bundle: Path) -> Iterator[int]:
    """The peer with a bundle, its libraries held to a thread a request as ours are; gives the port of its answers."""
    from serving.process import ONE_THREAD, free_port, running

    port = free_port()
    command = [sys.executable, "-m", "corkboard.bench._plain", system, str(bundle), str(port)]
    with running(command, port, ONE_THREAD | {"PYTHONPATH": str(ROOT)}):
        yield port


def picture(size_bytes: int = 50_000) -> bytes:
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


def form(picture: bytes) -> tuple[bytes, str]:
    """The picture as a form that asks for 10 results, and the form's content type."""
    boundary = "corkboard-bench"
    parts = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="k"\r\n\r\n10\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="picture"; filename="p.jpg"\r\n'
        "Content-Type: image/jpeg\r\n\r\n"
    )
    return parts.encode() + picture + f"\r\n--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def load(port: int, path: str, seconds: float, body: bytes, content_type: str) -> dict[str, float]:
    """Send one request over and over. `degraded`: share of the answers that did without a system, and said so.

    Raises `RuntimeError` if the service answered with anything but success.
    """
    from corkboard.bench._load import make_request

    command = [sys.executable, "-m", "corkboard.bench._load", str(port), str(CONCURRENCY), str(seconds)]
    requests = json.dumps([make_request("POST", path, body, content_type)]).encode()
    process = subprocess.run(command, cwd=ROOT, input=requests, capture_output=True, check=True)
    result: dict[str, Any] = json.loads(process.stdout)
    failures = result.pop("failures")
    result["degraded"] = failures.pop("degraded", 0) / result["requests"]
    if failures:
        raise RuntimeError(f"the service did not answer {path}: {failures}")
    return result
