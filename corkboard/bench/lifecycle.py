"""Wall time of `corkboard run` on `world`, from nothing, over the sum of its bare functions."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

__all__ = ["run"]

BARE = """
from components.lifecycle.plan import make_plan
from components.lifecycle.run import run
from data.environment import prepare
prepare()
print(run(make_plan("visual-search", "world"), lambda *told: None).model_dump_json())
"""
HELPS = 5


def run() -> list[dict[str, Any]]:
    """Two rows: the lifecycle, each way in a home of its own; and the command line's own start."""
    from data.versioned import bring

    bring("world")  # both find the data set prepared
    with tempfile.TemporaryDirectory() as folder:
        _, bare = _timed([sys.executable, "-c", BARE], Path(folder) / "bare")
        wall_s, whole = _timed(
            [_corkboard(), "run", "visual-search", "--dataset", "world", "--json"], Path(folder) / "flow"
        )
    for summary in (bare, whole):
        if summary["status"] != "released":
            raise RuntimeError(f"the run ended as {summary['status']}: {summary['error'] or summary['verdict']}")
    bare_s = sum(bare["seconds"].values())
    return [
        _row("wall time of a run on world", wall_s, bare_s, "sum of the bare functions"),
        _row("corkboard --help", min(_help_s() for _ in range(HELPS)), _python_s(), "python -c pass"),
    ]


def _row(metric: str, ours: float, peer: float, peer_name: str) -> dict[str, Any]:
    row = {"bench": "lifecycle", "metric": metric, "ours": ours, "peer": peer, "peer_name": peer_name}
    return {**row, "ratio": ours / peer, "unit": "s"}


def _corkboard() -> str:
    return str(Path(sys.executable).with_name("corkboard"))


def _timed(command: list[str], home: Path) -> tuple[float, dict[str, Any]]:
    """Seconds of the whole process, and the summary that it printed."""
    start = time.perf_counter()
    environment = {**os.environ, "CORKBOARD_HOME": str(home)}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    if not done.stdout.strip():
        raise RuntimeError(f"{' '.join(command[:3])} ended with {done.returncode} and printed no summary")
    return time.perf_counter() - start, json.loads(done.stdout)


def _help_s() -> float:
    start = time.perf_counter()
    subprocess.run([_corkboard(), "--help"], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def _python_s() -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return time.perf_counter() - start
