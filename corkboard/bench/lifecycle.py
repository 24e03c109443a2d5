"""Wall time of `corkboard run` on `world` over the sum of its bare functions, in a new state folder and a used one."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from corkboard.bench._row import Row

__all__ = ["run"]

BARE = """
import sys
from components.lifecycle.plan import make_plan
from components.lifecycle.run import Journal, run
from data.environment import set_environment
set_environment()
plan = make_plan(sys.argv[1], "world", {"training.seed": sys.argv[2]})
print(run(plan, lambda *_: None, Journal()).model_dump_json())
"""
HELPS = 5
ENDINGS = ("released", "refused")  # the gate may keep the first seed, and does so either way


def run() -> list[Row]:
    """Three rows: the first run in a new state folder, a later one that trains anew, and the command line's start."""
    from components.roles import SEARCH
    from data.versioned import bring
    from serving.discovery.declared import filling

    system = filling(SEARCH)
    bring("world")  # all find the data set prepared
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for metric, seed in (("first run on world", 0), ("later run on world", 1)):  # another seed trains anew
            bare_line = [sys.executable, "-c", BARE, system, str(seed)]
            whole_line = [_corkboard(), "run", system, "--dataset", "world", "--json"]
            whole_line += ["--set", f"training.seed={seed}"]
            _, bare = _timed(bare_line, Path(folder) / "bare")
            wall_s, _ = _timed(whole_line, Path(folder) / "flow")
            rows.append(Row(metric, wall_s, sum(bare["seconds"].values()), "s", "sum of the bare functions"))
    rows.append(Row("corkboard --help", min(_help_s() for _ in range(HELPS)), _python_s(), "s", "python -c pass"))
    return rows


def _corkboard() -> str:
    return str(Path(sys.executable).with_name("corkboard"))


def _timed(command: list[str], home: Path) -> tuple[float, dict[str, Any]]:
    """Seconds of the whole process, and the summary that it printed."""
    start = time.perf_counter()
    environment = {**os.environ, "CORKBOARD_HOME": str(home)}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    if not done.stdout.strip():
        raise RuntimeError(f"{' '.join(command[:3])} ended with {done.returncode} and printed no summary")
    taken_s, summary = time.perf_counter() - start, json.loads(done.stdout)
    if summary["status"] not in ENDINGS:
        raise RuntimeError(f"the run ended as {summary['status']}: {summary['error']}")
    return taken_s, summary


def _help_s() -> float:
    start = time.perf_counter()
    subprocess.run([_corkboard(), "--help"], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def _python_s() -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return time.perf_counter() - start
