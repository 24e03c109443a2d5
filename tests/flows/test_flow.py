"""The lifecycle as a Prefect flow, against a real server, on the tiny system."""

import asyncio
import errno
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from components.lifecycle import steps
from components.lifecycle.command import Commands
from components.lifecycle.registry import history
from components.lifecycle.results import Failure, Summary, Validated
from components.lifecycle.tracking import client
from data.locks import locked

SERVE = str(Path(__file__).parent / "systems" / "serve.py")
ALL = ["ingest", "validate", "fit", "evaluate", "gate", "register", "promote", "package", "smoke"]
INVALID = Validated(
    passed=False,
    failures=(
        Failure(
            table="items",
            check="decodes",
            severity="critical",
            message="2 pictures do not decode",
            count=2,
            rows=({"item_id": "7", "image": "images/7.jpg"}, {"item_id": "9", "image": "images/9.jpg"}),
        ),
    ),
    checks=3,
    docs="index.html",
)


class Seen:
    """A watch that remembers."""

    def __init__(self) -> None:
        self.summary: Summary | None = None
        self.events: list[tuple[str, str]] = []

    def started(self, step: str) -> None:
        self.events.append(("started", step))

    def progress(self, step: str, doing: str, done: int, total: int, figures: dict[str, float]) -> None:
        self.events.append(("progress", step))

    def finished(self, step: str, seconds: float, reused: bool) -> None:
        self.events.append(("reused" if reused else "finished", step))

    def failed(self, step: str, seconds: float) -> None:
        self.events.append(("failed", step))

    def waiting(self, sentence: str) -> None:
        self.events.append(("waiting", sentence))

    def ended(self, summary: Summary) -> None:
        self.summary = summary

    def of(self, kind: str) -> list[str]:
        return [name for event, name in self.events if event == kind]


class Flow:
    """Runs the flow on the tiny system; ingest and validate, which have tests of their own, answer at once."""

    def __init__(self, project: Any) -> None:
        self.project = project
        self.seen = Seen()

    def run(self, **overrides: Any) -> Any:
        from flows.lifecycle import lifecycle
        from flows.watch import watched

        self.seen = Seen()
        with watched(self.seen):
            return asyncio.run(lifecycle("centroid", "dots", overrides, return_state=True))


@pytest.fixture
def flow(project: Any, prefect_server: Path, monkeypatch: pytest.MonkeyPatch) -> Flow:
    import flows.lifecycle

    monkeypatch.setattr(
        flows.lifecycle, "COMMANDS", Commands((sys.executable, SERVE, "package"), (sys.executable, SERVE, "smoke"))
    )
    monkeypatch.setattr(steps, "ingest", lambda plan, *_: project.ingested(plan))
    monkeypatch.setattr(steps, "validate", lambda *_: project.validated(True))
    return Flow(project)


def _server(ask: Callable[[Any], Any]) -> Any:
    from prefect.client.orchestration import get_client

    async def go() -> Any:
        async with get_client() as client:
            return await ask(client)

    return asyncio.run(go())


def _task_states(flow_run_id: Any, expected: int) -> dict[str, str]:
    """Name to state name of the flow run's tasks, once the server has recorded them all."""
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

    filters = FlowRunFilter(id=FlowRunFilterId(any_=[flow_run_id]))
    until = time.monotonic() + 15
    while True:
        runs = _server(lambda client: client.read_task_runs(flow_run_filter=filters))
        final = {run.name: run.state.name for run in runs if run.state and run.state.is_final()}
        if len(final) >= expected or time.monotonic() > until:
            return final
        time.sleep(0.1)


def _artifacts(flow_run_id: Any) -> Any:
    from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId

    filters = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[flow_run_id]))
    return _server(lambda client: client.read_artifacts(artifact_filter=filters))


def test_a_release_and_the_same_again(flow: Flow) -> None:
    state = flow.run()
    assert (state.name, state.is_completed()) == ("Released", True)
    assert state.result().version == 1
    assert flow.seen.summary == state.result()
    assert flow.seen.of("started") == flow.seen.of("finished") == ALL
    assert "fit" in flow.seen.of("progress")
    run = state.state_details.flow_run_id
    assert _task_states(run, 9) == dict.fromkeys(ALL, "Completed")

    again = flow.run()
    assert (again.name, again.result().reused) == ("Released", tuple(step for step in ALL[2:] if step != "gate"))
    states = _task_states(again.state_details.flow_run_id, 9)
    assert {name for name, found in states.items() if found == "Reused"} == set(again.result().reused)


def test_results_and_artifacts_are_kept(
    flow: Flow, prefect_server: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CORKBOARD_MLFLOW_UI", "http://127.0.0.1:9")
    state = flow.run()
    run = state.state_details.flow_run_id
    stored = {path.stem: path for path in (prefect_server / str(run)).iterdir()}
    assert set(stored) == set(ALL)
    fitted = json.loads(json.loads(stored["fit"].read_text())["result"])["data"]
    assert Path(fitted["bundle"]).is_dir()
    made = {artifact.key: artifact for artifact in _artifacts(run)}
    assert {f"centroid-{kind}" for kind in ("validation", "metrics", "verdict", "summary", "fit-progress")} <= set(made)
    assert "accuracy" in made["centroid-metrics"].data
    assert "there is no champion yet" in made["centroid-verdict"].data
    assert state.result().run_id in made["centroid-summary"].data
    assert f"run_uuid={state.result().run_id}&path=audit.html" in made["centroid-audit"].data
    page = Path(client().download_artifacts(state.result().run_id, "audit.html", str(tmp_path))).read_text()
    assert "Audit of centroid version 1" in page


def test_the_state_of_a_step_says_its_figures(flow: Flow) -> None:
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

    run = flow.run().state_details.flow_run_id
    assert len(_task_states(run, 9)) == 9
    filters = FlowRunFilter(id=FlowRunFilterId(any_=[run]))
    runs = _server(lambda client: client.read_task_runs(flow_run_filter=filters))
    said = {made.name: made.state.message for made in runs}
    assert re.fullmatch(r"dots: 400 items; \d+ damaged pictures", said["ingest"])
    assert re.search(r"accuracy [\d.]+ \[[\d.]+ to [\d.]+\]", said["evaluate"])
    assert said["gate"].startswith("passed: accuracy is ")
    assert said["register"] == said["promote"] == "version 1"


def test_a_refused_candidate_ends_completed_and_says_why(flow: Flow) -> None:
    flow.run()
    state = flow.run(**{"spoiled": 0.8, "gate.floors": {"accuracy": 0.0}, "gate.slice_limit": 0.0})
    assert (state.name, state.is_completed()) == ("Refused", True)
    assert "no proven gain" in state.message
    assert flow.seen.of("started") == ALL[:5]


def test_invalid_data_fails_the_run_and_names_rows(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "validate", lambda *_: INVALID)
    state = flow.run()
    assert (state.name, state.is_failed()) == ("Invalid", True)
    assert "items: 2 pictures do not decode (item_id=7 image=images/7.jpg and 1 more)" in state.message
    assert flow.seen.of("started") == ["ingest", "validate"]
    assert history("centroid") == []


def test_only_a_fault_that_may_pass_is_tried_again(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    import flows.step
    from data.errors import UserError

    monkeypatch.setattr(flows.step, "RETRY_AFTER_S", 0)
    calls: list[str] = []

    def stumbles(plan: Any, *_: Any) -> Any:
        calls.append("network")
        if len(calls) < 3:
            raise ConnectionError("reset by peer")
        return flow.project.ingested(plan)

    monkeypatch.setattr(steps, "ingest", stumbles)
    assert flow.run().name == "Released"
    assert len(calls) == 3

    def missing(*_: Any) -> Any:
        calls.append("archive")
        raise UserError("the archive is missing; put it into the mirror")

    monkeypatch.setattr(steps, "ingest", missing)
    state = flow.run()
    assert (state.name, state.message) == ("Failed", "the archive is missing; put it into the mirror")
    assert calls.count("archive") == 1
    assert flow.seen.summary is not None
    assert flow.seen.summary.status == "failed"


def test_what_nobody_foresaw_is_raised_as_it_was(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError("a fault of ours")

    monkeypatch.setattr(steps, "validate", broken)
    state = flow.run()
    assert isinstance(state.result(raise_on_failure=False), ZeroDivisionError)
    assert flow.seen.summary is not None
    assert "ZeroDivisionError in validate" in str(flow.seen.summary.error)


def test_a_full_disk_is_told_as_one(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device", "checkpoint")

    monkeypatch.setattr(steps, "fit", full)
    state = flow.run()
    assert state.message.startswith("the disk or quota of checkpoint is full; free some space")
    assert flow.seen.summary is not None
    assert flow.seen.summary.error == state.message


def test_a_release_stays_one_when_its_links_cannot_be_made(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    from mlflow.exceptions import MlflowException

    import flows.artifacts

    def gone(*_: Any) -> Any:
        raise MlflowException("the run is gone")

    monkeypatch.setenv(flows.artifacts.MLFLOW_UI, "http://127.0.0.1:9")
    monkeypatch.setattr(flows.artifacts, "_run_page", gone)
    monkeypatch.setattr(flows.artifacts, "_metrics", gone)
    assert flow.run().name == "Released"


def test_links_carry_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    from flows.artifacts import mlflow_page

    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://me:secret@mlflow.example/")
    assert mlflow_page() == "https://mlflow.example"


def test_a_server_that_ended_is_not_waited_for(tmp_path: Path) -> None:
    from flows.temporary import Temporary

    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert not Temporary("http://127.0.0.1:9/api", ended, tmp_path / "log").settle("00000000", 1)


def test_a_step_that_takes_too_long_is_stopped(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    import flows.lifecycle
    from flows.step import Terms

    taken_s: list[float] = []

    def slow(*_: Any) -> None:
        started = time.monotonic()
        try:
            time.sleep(30)
        finally:
            taken_s.append(time.monotonic() - started)

    monkeypatch.setitem(flows.lifecycle.TERMS, "validate", Terms(hours=0.3 / 3600))
    monkeypatch.setattr(steps, "validate", slow)
    state = flow.run()
    assert 0.2 < taken_s[0] < 10
    assert "validate was not done after" in state.message


def test_a_second_run_of_a_system_waits_for_the_first(flow: Flow) -> None:
    import threading

    lock = flow.project.home / "locks" / "run-centroid.lock"
    held = threading.Event()

    def hold() -> None:
        with locked(lock, lambda: None):
            held.set()
            until = time.monotonic() + 60
            while not flow.seen.of("waiting") and time.monotonic() < until:
                time.sleep(0.05)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(60)
    assert flow.run().name == "Released"
    thread.join()
    assert "another run of centroid is under way" in flow.seen.of("waiting")[0]


def test_all_systems_run_after_what_they_build_on(project: Any, flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    import flows.all_systems
    from flows.lifecycle import lifecycle

    ran: list[str] = []

    async def here(name: str, **_: Any) -> Any:
        ran.append(name)
        return SimpleNamespace(state=await lifecycle(name.removeprefix("lifecycle/"), "dots", return_state=True))

    monkeypatch.setattr(flows.all_systems, "run_deployment", here)
    monkeypatch.setattr(flows.all_systems, "system_names", lambda: ["centroid"])
    state = asyncio.run(flows.all_systems.all_systems(return_state=True))
    assert (ran, state.name, state.message) == (["lifecycle/centroid"], "Completed", "1 of 1 released")
