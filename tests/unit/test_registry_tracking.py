"""Where MLflow is looked for, and how it is told when it is not there."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from components.lifecycle.record import flat
from components.lifecycle.tracking import check, tracking_uri
from data.errors import UserError


def test_by_default_it_lies_in_the_home(monkeypatch, tmp_path):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "")
    monkeypatch.setenv("CORKBOARD_HOME", str(tmp_path))
    assert tracking_uri() == f"sqlite:///{tmp_path}/mlflow.db"
    check()


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("MLFLOW_TRACKING_URI", "http://127.0.0.1:{port}"),
        ("MLFLOW_TRACKING_URI", "postgresql+psycopg2://user:pass@127.0.0.1:{port}/db"),
        ("CORKBOARD_DATABASE_URL", "postgresql://user:pass@127.0.0.1:{port}/db"),
    ],
)
def test_a_server_that_does_not_answer_is_told_at_once(monkeypatch, name, uri):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]  # bound, but nobody listens
        monkeypatch.setenv(name, uri.format(port=port))
        started = time.monotonic()
        with pytest.raises(UserError, match=f"127.0.0.1:{port} does not answer") as caught:
            check()
    assert time.monotonic() - started < 10
    assert "pass" not in str(caught.value)
    assert f"correct or unset {name}" in str(caught.value)


def test_a_server_that_listens_is_fine(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{server.getsockname()[1]}")
        check()


@pytest.mark.parametrize("uri", ["./mlruns", "file:///tmp/mlruns", "http://host:port"])
def test_addresses_that_cannot_work_are_refused(monkeypatch, uri):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    with pytest.raises(UserError, match="MLFLOW_TRACKING_URI"):
        check()


def test_configuration_becomes_parameters():
    assert flat({"a": {"b": 1, "c": {}}, "d": [1]}) == {"a.b": 1, "a.c": {}, "d": [1]}


def test_two_first_runs_at_once_share_one_database(tmp_path):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    code = "from components.lifecycle.tracking import client; print(len(client().search_experiments()))"
    processes = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", code],
            cwd=Path(__file__).parents[2],
            env=kept | {"CORKBOARD_HOME": str(tmp_path)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    assert [process.communicate(timeout=120)[0].strip() for process in processes] == ["0", "0"]  # not even `Default`
