"""Every command of the README, in its order, in a copy of the project with smaller data: for real, from set-up to down.

Packaging, smoke test, service, MLflow's server, Prefect's server and worker are the ones that people get.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import yaml

from components.settings import system_names
from data.files import sha256_tree
from tests.checkout import PROJECT, Checkout, indented
from tests.folders import class_folders
from tests.logs import log_rows

README = PROJECT / "README.md"
SMALLER = {  # a network that learns next to nothing, and floors that it meets
    "network": {"name": "test_resnet", "weights": "scratch", "dim": 32},
    "pictures": {"cache_px": 36, "train_px": [32], "serve_px": 32},
    "loss": {"metric": "supervised_contrastive"},
    "training": {"epochs": 3, "batch_size": 32, "learning_rate": 0.003, "weight_decay": 0.05, "patience": 3},
}
GATE = {
    "primary": "recall_at_1",
    "floors": {"recall_at_1": 0.0, "top_1": 0.0},
    "ceilings": {"latency_p99_ms": 10_000},
    "slice_limit": 0.0,
    "slice_drop": 0.15,
}
SHORTER = {
    "network": {"dim": 16, "layers": 1, "heads": 2},
    "loss": {"positive": ["click", "save"]},
    "training": {"epochs": 1, "batch_size": 512, "learning_rate": 0.003, "weight_decay": 0.05, "patience": 1},
    "evaluation": {"positive": ["click", "save"], "baselines": ["popularity"]},
}
SEQUENCE_GATE = {
    "primary": "ndcg_at_10",
    "floors": {"ndcg_at_10": 0.0},
    "ceilings": {"latency_p99_ms": 10_000},
    "slice_limit": 0.0,
    "slice_drop": 0.15,
}
NAMES = {"user": "user_id", "item": "item_id", "time": "timestamp"}
STRICT = {"training": {"epochs": 1}, "gate": {"floors": {"recall_at_1": 0.999}}}  # noise teaches nothing: refused
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
FINAL = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
PYFUNC = """
import json, sys, mlflow, pandas
model = mlflow.pyfunc.load_model("models:/visual-search@champion")
picture = open(sys.argv[1], "rb").read()
print(json.dumps(model.predict(pandas.DataFrame({"picture": [picture]}), params={"k": 3})))
"""


def _own_data() -> dict[str, Any]:
    """The entries for pictures and for a log of one's own, as the README gives them."""
    found = re.findall(r"^```yaml\n(datasets:.*?)^```", README.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert len(found) == 2
    return {name: entry for text in found for name, entry in yaml.safe_load(text)["datasets"].items()}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Person:
    """Who follows the README, and looks at what comes of it."""

    def __init__(self, folder: Path) -> None:
        checkout = Checkout(folder)
        self.folder, self.home, self.environment = checkout.folder, checkout.home, checkout.environment
        self.remembered, self.shell, self.remember = checkout.remembered, checkout.shell, checkout.remember
        self.prefect, self.mlflow = _free_port(), _free_port()
        self.api = f"http://127.0.0.1:{self.prefect}/api"

    # what each command has to bring about

    def demo(self, command: str) -> None:
        assert "released version 1 of visual-search, trained on world" in self.shell(command)

    def test(self, command: str) -> None:
        assert "-m pytest" in self.shell(f"{command} --dry-run")  # it is what runs this

    def models(self, command: str) -> None:
        found = self.shell(command)
        assert re.search(r"visual-search +1 +champion +released +world", found), found

    def serve(self, command: str) -> None:
        with self.serving(command) as address:
            picture = self.picture().read_bytes()
            response = httpx.post(f"{address}/v1/search", files={"picture": picture}, timeout=30)
            assert response.status_code == 200, response.text
            assert len(response.json()["hits"]) == 10

    def discovery(self, command: str) -> None:
        with self.serving(command) as address, httpx.Client(base_url=address, timeout=30) as client:
            index = client.get("/").raise_for_status().text
            parts = re.findall(r'"(/static/[^"]+)"', index)
            assert len(parts) > 30  # the whole page is in the Bento
            assert [part for part in parts if not client.get(part).is_success] == []
            picture = {"picture": self.picture().read_bytes()}
            answer = until(lambda: client.post("/v1/search", files=picture), lambda answer: answer.is_success, 60)
            found = answer.raise_for_status().json()
            assert len(found["items"]) == 30
            clicked = {"user_id": "ann", "item_id": found["items"][0]["item_id"], "action": "click"}
            client.post("/v1/events", json={"events": [clicked]}).raise_for_status()
            whole = {"cold": False, "degraded": []}
            ann = {"user_id": "ann"}
            picks = until(
                lambda: client.post("/v1/recommendations", json=ann).raise_for_status().json(),
                lambda picks: picks.items() >= whole.items(),
                60,
            )
            assert picks.items() >= whole.items()

    @contextmanager
    def serving(self, command: str) -> Iterator[str]:
        """The address at which a command answers, until Ctrl-C."""
        port = _free_port()
        lines = [*self.remembered, f"exec {command} --port {port}"]
        with (self.home / "serve.log").open("wb") as log:
            service = subprocess.Popen(
                ["bash", "-c", "\n".join(lines)],  # noqa: S607
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            assert until(lambda: answers(f"http://127.0.0.1:{port}/readyz"), bool, 120)
            yield f"http://127.0.0.1:{port}"
        finally:
            os.killpg(service.pid, signal.SIGINT)
            service.wait(30)
        assert until(lambda: len(self.processes()), lambda count: count == 0, 15) == 0

    def up(self, command: str) -> None:
        told = self.shell(
            f"{command} --prefect-port {self.prefect} --mlflow-port {self.mlflow} --discovery-port {_free_port()}"
        )
        assert f"http://127.0.0.1:{self.prefect}" in told
        assert httpx.get(f"{self.api}/health", timeout=10).json() is True
        automations = {found["name"] for found in self.ask("automations/filter")}
        assert automations == {"Crash flow runs that never began", "Crash flow runs that stopped beating"}
        self.load_champion()

    def load_champion(self) -> None:
        """As anyone with MLflow can, from the server."""
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", PYFUNC, str(self.picture())],
            env={**self.environment, "MLFLOW_TRACKING_URI": f"http://127.0.0.1:{self.mlflow}"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert len(json.loads(done.stdout.splitlines()[-1])[0]["hits"]) == 3

    def status(self, command: str) -> None:
        told = self.shell(command)
        assert told.count("healthy") >= 3, told

    def down(self, command: str) -> None:
        assert "stopped discovery, mlflow, prefect, worker" in self.shell(command)
        assert self.processes() == []
        assert not (self.home / "stack.json").exists()

    def refused(self, command: str) -> None:
        told = self.shell(command, codes=(3,))
        assert "the gate refused this candidate of visual-search; what served before still serves" in told

    def sequences(self, command: str) -> None:
        assert "released version 1 of user-sequence, trained on crowd" in self.shell(command)

    def validate(self, command: str) -> None:
        assert "the data passed" in self.shell(command)

    def export(self, command: str) -> None:
        assert "4200" in command
        self.remember(command.replace("4200", str(self.prefect)))

    def deploy(self, command: str) -> None:
        self.shell(command)
        deployments = {found["name"]: found for found in self.ask("deployments/filter")}
        assert set(deployments) == {"any", "all", "weekly", "hourly", "every-six-hours", *system_names()}
        deployment = deployments["visual-search"]
        assert deployment["work_pool_name"] == "local"
        assert deployment["global_concurrency_limit"]["limit"] == 1
        assert deployment["parameter_openapi_schema"]["properties"]["system"]["description"]

    def deployment_run(self, command: str) -> None:
        (deployment,) = self.ask("deployments/filter", deployments={"name": {"any_": ["visual-search"]}})
        start = f"{self.api}/deployments/{deployment['id']}/create_flow_run"
        wrong = httpx.post(start, json={"parameters": {"system": "visual-saerch"}}, timeout=10)
        assert wrong.status_code == 409
        assert "'visual-saerch' is not one of [" in wrong.text
        run = UUID.findall(self.shell(command))[-1]
        state = self.final(run)
        assert state["name"] == "Released", state
        tasks = self.ask("task_runs/filter", flow_runs={"id": {"any_": [run]}})
        assert len(tasks) == 9
        assert {task["state_name"] for task in tasks} <= {"Completed", "Reused"}
        scheduled = {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}
        assert until(lambda: self.ask("flow_runs/count", **scheduled), bool, 60) > 0  # the nightly ones

    def final(self, run: str) -> Any:
        """The state in which a flow run of the worker ended."""
        return until(
            lambda: httpx.get(f"{self.api}/flow_runs/{run}", timeout=10).json()["state"],
            lambda state: state["type"] in FINAL,
            150,
        )

    def ask(self, path: str, **content: Any) -> Any:
        return httpx.post(f"{self.api}/{path}", json=content, timeout=10).raise_for_status().json()

    def picture(self) -> Path:
        return next((self.folder / "data" / "store" / "world" / "images").iterdir())

    def processes(self) -> list[int]:
        """Every process that works on this state folder."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("CORKBOARD_HOME") == str(self.home):
                    found.append(process.pid)
            except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
                continue
        return found


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.HTTPError:
        return False


def until(found: Callable[[], Any], wanted: Callable[[Any], bool], seconds: float) -> Any:
    """What was found once it is as wanted, or at last."""
    end = time.monotonic() + seconds
    while not wanted(value := found()) and time.monotonic() < end:
        time.sleep(0.3)
    return value


RUNS: dict[str, Callable[[Person, str], None]] = {
    "make demo": Person.demo,
    "make test": Person.test,
    "source .venv/bin/activate": lambda person, command: person.remember(command),
    "corkboard models visual-search": Person.models,
    "corkboard serve visual-search": Person.serve,
    "corkboard up": Person.up,
    "corkboard status": Person.status,
    "corkboard down": Person.down,
    "corkboard run visual-search --dataset clothing": Person.refused,
    "corkboard data validate mine": Person.validate,
    "corkboard run visual-search --dataset mine": Person.refused,
    "corkboard run user-sequence": Person.sequences,
    "corkboard data validate visits": Person.validate,
    "corkboard serve discovery": Person.discovery,
    "export PREFECT_API_URL=http://127.0.0.1:4200/api": Person.export,
    "prefect deploy --all": Person.deploy,
    "prefect deployment run lifecycle/visual-search": Person.deployment_run,
}


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    made = Person(tmp_path)
    _shrink(made.folder, tmp_path)
    yield made
    made.shell(".venv/bin/corkboard down")
    for pid in made.processes():
        psutil.Process(pid).kill()


def _shrink(folder: Path, above: Path) -> None:
    """Smaller data, networks and floors in params.yaml, and the folder of one's own that the README describes."""
    settings = folder / "params.yaml"
    params = yaml.safe_load(settings.read_text(encoding="utf-8"))
    params["datasets"]["world"] |= {"objects": 240, "scenes": 4, "size_px": 64}
    params["datasets"]["crowd"] |= {"objects": 240, "behaviour": {"users": 200, "days": 30}}
    own = _own_data()
    params["datasets"] |= own
    log_rows(users=30, days=12).rename(columns=NAMES).to_csv((folder / own["visits"]["path"]).resolve(), index=False)
    class_folders((folder / own["mine"]["path"]).resolve(), ("cap", "mug", "vase"), count=20)
    archive = params["datasets"]["clothing"]["archive"]
    raw = above / "raw"
    for path in sorted(class_folders(above / "all", ("dress", "hat", "shirt"), count=18).glob("*/*.jpg")):
        number = int(path.stem)
        split = "train" if number < 10 else "validation" if number < 14 else "test"
        (raw / split / path.parent.name).mkdir(parents=True, exist_ok=True)
        path.rename(raw / split / path.parent.name / path.name)
    (above / "mirror").mkdir()
    with tarfile.open(above / "mirror" / archive["file"], "w:gz") as tar:
        tar.add(raw, arcname="raw")
    archive |= {"url": "http://127.0.0.1:9/none", "files": 54, "content_sha256": sha256_tree(raw)}
    settings.write_text(yaml.safe_dump(params), encoding="utf-8")
    _change(folder, "user_sequence", {"config": SHORTER, "gate": SEQUENCE_GATE, "by_dataset": {}})
    by_dataset = {"clothing": STRICT, "mine": STRICT}
    _change(folder, "visual_search", {"config": SMALLER, "gate": GATE, "by_dataset": by_dataset})


def _change(folder: Path, system: str, settings: dict[str, Any]) -> None:
    path = folder / "components" / "systems" / system / "params.yaml"
    before = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump(before | settings), encoding="utf-8")


def test_every_command_of_the_readme(person: Person) -> None:
    found = indented("README.md")
    assert set(found) == set(RUNS), "a command of the README that no test runs, or one that is no longer there"
    for command in found:
        started = time.monotonic()
        RUNS[command](person, command)
        print(f"{time.monotonic() - started:6.1f} s  {command}")  # noqa: T201
