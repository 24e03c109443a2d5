"""A run that is killed for real, and started again."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from components.lifecycle.registry import history

SCRIPT = """
import sys
from pathlib import Path
import components.systems
components.systems.__path__.append({systems!r})
from components.lifecycle.fit import fit
from components.lifecycle.plan import make_plan
from components.lifecycle.ingest import read_by
from data.dataset import open_dataset
plan = make_plan("centroid", None, {{"epochs": 5, "epoch_s": 0.3}})
ingested = read_by("centroid", open_dataset("dots", Path({tables!r}), "v1"))
fit(plan, ingested, lambda *_: None)
"""


def test_kill_minus_nine_in_training_then_the_same_again(project, tmp_path, monkeypatch):
    trace = tmp_path / "trace"
    checkout = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "CENTROID_TRACE": str(trace), "PYTHONPATH": str(checkout)}
    systems = str(Path(__file__).parent / "systems")
    script = SCRIPT.format(systems=systems, tables=str(project.tables))
    process = subprocess.Popen([sys.executable, "-c", script], env=environment)
    deadline = time.monotonic() + 60
    while not (trace.is_file() and trace.read_text().splitlines()[-1:] >= ["2"]):
        assert process.poll() is None, "ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    folder = next((project.home / "candidates" / "centroid").iterdir())
    assert (folder / "work" / "state.json").is_file()
    assert not (folder / "bundle" / "manifest.json").exists()
    monkeypatch.setenv("CENTROID_TRACE", str(trace))
    summary = project.run(project.plan(epochs=5, epoch_s=0.3))
    epochs = [int(line) for line in trace.read_text().splitlines()]
    assert epochs[-1] == 5
    assert len(epochs) <= 6, "more than the epoch that was cut short was trained again"
    assert summary.status == "released"
    assert len(history("centroid")) == 1
    assert not (folder / "work").exists()


def test_a_second_run_of_the_same_candidate_is_told_to_wait(project):
    from components.lifecycle.candidate import candidate_folder
    from components.lifecycle.fingerprint import fingerprint
    from data.locks import locked

    plan = project.plan()
    folder = candidate_folder("centroid", fingerprint(plan, project.ingested(plan)))
    with locked(folder / "lock", lambda: None):
        summary = project.run(plan)
    assert summary.status == "failed"
    assert "another run is fitting centroid on dots" in summary.error


def test_the_run_of_a_candidate_that_nobody_goes_on_with_is_ended(project):
    from components.lifecycle.candidate import candidate_folder
    from components.lifecycle.fingerprint import fingerprint
    from components.lifecycle.record import end_left_runs, open_run
    from components.lifecycle.tracking import client

    left, elsewhere = project.plan(epochs=2), project.plan(epochs=4)
    keys = [fingerprint(plan, project.ingested(plan)) for plan in (left, elsewhere)]
    runs = [open_run(plan, project.ingested(plan), key) for plan, key in zip((left, elsewhere), keys, strict=True)]
    candidate_folder("centroid", keys[0]).mkdir(parents=True)
    end_left_runs("centroid")
    assert [client().get_run(run).info.status for run in runs] == ["KILLED", "RUNNING"]
    assert open_run(left, project.ingested(left), keys[0]) == runs[0]
    assert client().get_run(runs[0]).info.status == "RUNNING"
