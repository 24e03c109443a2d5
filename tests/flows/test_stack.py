"""`corkboard up`, `prefect deploy --all`, a run by the worker, a part that dies, `down`: all of it for real."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from data.params import load

CHECKOUT = Path(__file__).resolve().parents[2]


def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Stack:
    """The command line with a state folder and ports of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.prefect, self.mlflow = _port(), _port()
        self.api = f"http://127.0.0.1:{self.prefect}/api"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "MLFLOW_"))}
        self.environment = {**kept, "CORKBOARD_HOME": str(home), "PREFECT_API_URL": self.api}
        self.environment["PREFECT_HOME"] = str(home / "prefect")

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=CHECKOUT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    def json(self, *arguments: str) -> Any:
        done = self.run("corkboard", *arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def up(self) -> Any:
        return self.json("up", "--prefect-port", str(self.prefect), "--mlflow-port", str(self.mlflow))

    def ask(self, path: str, **content: Any) -> Any:
        return httpx.post(f"{self.api}/{path}", json=content, timeout=10).raise_for_status().json()

    def ours(self) -> list[int]:
        """Every process that works on this state folder."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("CORKBOARD_HOME") == str(self.home):
                    found.append(process.pid)
            except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
                continue
        return found


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    made = Stack(tmp_path / "home")
    yield made
    made.run("corkboard", "down")
    for pid in made.ours():
        psutil.Process(pid).kill()


def _until(found: Any, wanted: Any, seconds: float) -> Any:
    end = time.monotonic() + seconds
    while not wanted(value := found()) and time.monotonic() < end:
        time.sleep(0.3)
    return value


def test_up_deploy_run_mend_down(stack: Stack) -> None:
    up = stack.up()
    assert up["state"] == "healthy"
    assert up["parts"]["prefect"]["address"] == stack.api
    assert httpx.get(f"http://127.0.0.1:{stack.mlflow}/health", timeout=5).is_success

    deployed = stack.run("prefect", "--no-prompt", "deploy", "--all")
    assert deployed.returncode == 0, deployed.stdout + deployed.stderr
    deployments = {found["name"]: found for found in stack.ask("deployments/filter")}
    assert set(deployments) == set(load(CHECKOUT / "params.yaml").systems)
    deployment = deployments["visual-search"]
    assert deployment["work_pool_name"] == "local"
    assert deployment["global_concurrency_limit"]["limit"] == 1
    assert deployment["parameter_openapi_schema"]["properties"]["system"]["description"]
    assert [found["name"] for found in stack.ask("automations/filter")] == ["Crash flow runs that stopped beating"]

    # the worker runs our flow, which says what is wrong with what it was asked
    asked = stack.ask(f"deployments/{deployment['id']}/create_flow_run", parameters={"system": "visual-saerch"})
    state = _until(
        lambda: httpx.get(f"{stack.api}/flow_runs/{asked['id']}", timeout=10).json()["state"],
        lambda state: state["type"] in ("COMPLETED", "FAILED", "CRASHED"),
        90,
    )
    assert state["type"] == "FAILED"
    assert "unknown system 'visual-saerch'; did you mean 'visual-search'?" in state["message"]

    # the nightly schedule has made runs
    assert _until(lambda: stack.json("status")["runs"]["scheduled"], bool, 90) > 0

    psutil.Process(up["parts"]["worker"]["pid"]).kill()
    found = stack.json("status")
    assert (found["state"], found["parts"]["worker"]["state"]) == ("degraded", "stopped")
    mended = stack.up()
    assert mended["state"] == "healthy"
    assert mended["parts"]["prefect"]["pid"] == up["parts"]["prefect"]["pid"]

    down = stack.json("down")
    assert set(down["stopped"]) == {"prefect", "mlflow", "worker"}
    assert stack.ours() == []
    assert not (stack.home / "stack.json").exists()
    assert stack.json("status")["state"] == "stopped"
