"""One photo of 550 x 830 px after the other into its regions: through the packaged service, and in process.

There is no peer: the bar stands beside the times. The photo is one of the bundle's golden requests, enlarged.
"""

import io
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from corkboard.bench._row import Row

__all__ = ["run"]

SIZE_PX = (550, 830)
BAR_MS = 200.0
ANSWERS, WARM_UP = 60, 5
# Prints the milliseconds of each answer and the peak memory, in a process of its own so that both are the predictor's.
ALONE = """
import json, re, sys, time
from pathlib import Path
from components.message import answer_one, pictured
from components.system import load_system
system = load_system(sys.argv[1])
predictor = system.open_bundle(Path(sys.argv[2]), int(sys.argv[3]))
request = pictured(system.Request(), Path(sys.argv[4]).read_bytes())
taken_ms = []
for _ in range(int(sys.argv[5])):
    start = time.perf_counter()
    answer_one(predictor.answers, request)
    taken_ms.append((time.perf_counter() - start) * 1e3)
peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())
print(json.dumps([taken_ms, int(peak[1]) / 1024]))
"""


def run(bundle: Path | None = None) -> list[Row]:
    """Rows of the champion of role `parse`, or of `bundle`.

    Raises:
        UserError: there is no champion, or the service does not start.
    """
    from components.roles import PARSE
    from corkboard.bench._service import champion_bundle
    from serving.discovery.declared import filling

    system = filling(PARSE)
    bundle = bundle or champion_bundle(system)
    photo = _photo(bundle)
    rows = _times(_served(system, bundle, photo), "through the service")
    memory_mb = 0.0
    for threads in (1, 2):
        taken_ms, memory_mb = _alone(system, bundle, threads, photo)
        rows += _times(taken_ms, f"in process, threads: {threads}")
    return [*rows, Row("peak memory in process", memory_mb, None, "MB")]


def _photo(bundle: Path) -> bytes:
    from PIL import Image

    from components.golden import load_goldens
    from components.message import PICTURE

    shown = max((golden.parts[PICTURE].content for golden in load_goldens(bundle)), key=len)
    with Image.open(io.BytesIO(shown)) as image:
        buffer = io.BytesIO()
        image.convert("RGB").resize(SIZE_PX, Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def _served(system: str, bundle: Path, photo: bytes) -> list[float]:
    """Milliseconds of each answer of the packaged service, asked over one connection."""
    import httpx

    from components.system import load_system
    from corkboard.bench._one_system import packaged
    from serving.process import ONE_THREAD, free_port, running, serve_command

    port = free_port()
    taken_ms = []
    with tempfile.TemporaryDirectory() as home:
        environment = {"BENTOML_HOME": home}
        tag = packaged(system, bundle, environment)
        service = running(serve_command(tag, "127.0.0.1", port), port, environment | ONE_THREAD)
        with service as address, httpx.Client(base_url=address, timeout=60) as client:
            for _ in range(WARM_UP + ANSWERS):
                start = time.perf_counter()
                answer = client.post(f"/v1/{load_system(system).route}", files={"picture": ("photo.jpg", photo)})
                taken_ms.append((time.perf_counter() - start) * 1e3)
                answer.raise_for_status()
    return taken_ms[WARM_UP:]


def _alone(system: str, bundle: Path, threads: int, photo: bytes) -> tuple[list[float], float]:
    import os

    from corkboard.bench._service import ROOT
    from serving.process import ONE_THREAD

    with tempfile.NamedTemporaryFile(suffix=".jpg") as file:
        Path(file.name).write_bytes(photo)
        count = str(WARM_UP + ANSWERS)
        command = [sys.executable, "-c", ALONE, system, str(bundle), str(threads), file.name, count]
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, **ONE_THREAD}, capture_output=True, check=True)
    taken_ms, memory_mb = json.loads(done.stdout)
    return taken_ms[WARM_UP:], memory_mb


def _times(taken_ms: list[float], how: str) -> list[Row]:
    p99_ms = statistics.quantiles(taken_ms, n=100)[-1]
    return [Row(f"p50 {how}", statistics.median(taken_ms), BAR_MS, "ms"), Row(f"p99 {how}", p99_ms, BAR_MS, "ms")]
