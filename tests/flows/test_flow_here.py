"""`corkboard run` in its own process, with a temporary Prefect server: released, interrupted, killed, run again."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil

TINY = str(Path(__file__).parent / "tiny.py")
CHECKOUT = str(Path(__file__).resolve().parents[2])
SLOW = ("--set", "epoch_s=1", "--set", "epochs=4")


class Tiny:
    """Starts the command on the tiny project."""

    def __init__(self, project: Any) -> None:
        self.project = project
        self.trace = project.home / "trace"

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "MLFLOW_"))}
        return subprocess.Popen(
            [sys.executable, TINY, str(self.project.tables), "run", "centroid", *arguments],
            env={**kept, "PYTHONPATH": CHECKOUT, "CENTROID_TRACE": str(self.trace)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str) -> tuple[int, str, str]:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=120)
        return process.returncode, out, err

    def epochs(self) -> list[int]:
        return [int(line) for line in self.trace.read_text().split()] if self.trace.is_file() else []

    def wait_for_epoch(self, epoch: int, process: "subprocess.Popen[str]") -> None:
        until = time.monotonic() + 90
        while epoch not in self.epochs():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < until
            time.sleep(0.05)


def _servers(home: Path) -> list[psutil.Process]:
    """Temporary servers whose state lies below `home`."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if "flows.serve_prefect" in (process.info["cmdline"] or []):
            try:
                if process.environ().get("CORKBOARD_HOME") == str(home):
                    found.append(process)
            except (psutil.NoSuchProcess, psutil.ZombieProcess):
                continue
    return found


def _gone(home: Path) -> bool:
    until = time.monotonic() + 15
    while _servers(home) and time.monotonic() < until:
        time.sleep(0.1)
    return not _servers(home)


def test_a_run_and_what_prefect_recorded_of_it(project: Any) -> None:
    code, out, err = Tiny(project).run("--json")
    assert code == 0, err
    summary = json.loads(out)
    assert (summary["status"], summary["version"], summary["error"]) == ("released", 1, None)
    assert "fit: training" in err
    assert "Traceback" not in err
    assert _gone(project.home)
    with sqlite3.connect(project.home / "prefect" / "prefect.db") as database:
        tasks = dict(database.execute("select name, state_name from task_run"))
        (flow,) = database.execute("select state_name from flow_run").fetchall()
        logged = database.execute("select count(*) from log").fetchone()[0]
    database.close()
    assert tasks == dict.fromkeys(summary["seconds"], "Completed")
    assert len(tasks) == 9
    assert flow == ("Released",)
    assert logged > 0


def test_interrupted_then_killed_then_finished(project: Any) -> None:
    tiny = Tiny(project)
    process = tiny.start(*SLOW)
    tiny.wait_for_epoch(1, process)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert _gone(project.home)

    process = tiny.start(*SLOW)
    tiny.wait_for_epoch(2, process)
    process.kill()
    process.communicate()
    assert _gone(project.home)

    code, out, err = tiny.run(*SLOW)
    assert code == 0, err
    assert "released version 1 of centroid" in out
    assert sorted(set(tiny.epochs())) == [1, 2, 3, 4]
    assert len(tiny.epochs()) <= 6  # an epoch under way when the process ended is done again, no finished one
    with sqlite3.connect(project.home / "prefect" / "prefect.db") as database:
        ended = [state for (state,) in database.execute("select state_name from flow_run order by created")]
    database.close()
    assert ended == ["Crashed", "Crashed", "Released"]
