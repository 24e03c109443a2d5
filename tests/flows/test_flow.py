"""The lifecycle as a Prefect flow, against a real server, on the tiny system."""

import asyncio
from collections.abc import Iterator

import pytest

from components.lifecycle import steps
from components.lifecycle.registry import history
from components.lifecycle.results import Failure, Validated


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, PREFECT_HOME, temporary_settings
    from prefect.testing.utilities import prefect_test_harness

    home = tmp_path_factory.mktemp("prefect")
    with (
        temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None, PREFECT_HOME: home}),
        prefect_test_harness(server_startup_timeout=60),
    ):
        yield


class Seen:
    def __init__(self):
        self.summary = None
        self.events = []

    def started(self, step):
        self.events.append(("started", step))

    def progress(self, step, doing, done, total, figures):
        self.events.append(("progress", step))

    def finished(self, step, seconds, reused):
        self.events.append(("reused" if reused else "finished", step))

    def failed(self, step, seconds):
        self.events.append(("failed", step))

    def waiting(self, sentence):
        self.events.append(("waiting", sentence))

    def ended(self, summary):
        self.summary = summary


@pytest.fixture
def flow_run(project, prefect_server, monkeypatch):
    """Runs the flow on the tiny system; ingest and validate, which have tests of their own, answer at once."""
    import flows.lifecycle
    from flows.watch import watched
    from tests_flows import commands  # noqa

    plan = project.plan()
    monkeypatch.setattr(steps, "ingest", lambda plan, progress: project.ingested(plan))
    monkeypatch.setattr(steps, "validate", lambda plan, ingested: project.validated(True))
