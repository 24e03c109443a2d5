"""A project of its own in a temporary folder, with the system `centroid`, a data set and real file-backed MLflow."""

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import components.systems
from components.lifecycle.command import Commands
from components.lifecycle.ingest import read_by
from components.lifecycle.plan import Plan, make_plan
from components.lifecycle.results import Failure, Ingested, Summary, Validated
from data.content import describe
from data.dataset import open_dataset
from data.tables.items import TABLE as ITEMS

SYSTEMS = Path(__file__).parent / "systems"
OPEN: dict[str, Any] = {"gate__floors": {"accuracy": 0.01}, "gate__slice_limit": 0.0}  # a gate for bad models
SERVE = str(SYSTEMS / "serve.py")
PARAMS = """
datasets:
  dots: {source: tables, licence: CC0-1.0, path: dots}
  dots-made-up: {source: tables, licence: CC0-1.0, path: dots-made-up}
"""


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two clouds of dots, `a` and `b`, that overlap a little, as canonical tables."""
    folder = tmp_path_factory.mktemp("dots")
    generator = np.random.default_rng(3)
    rows = []
    for number in range(400):
        label = "ab"[number % 2]
        x, y = generator.normal([-1.5, 0] if label == "a" else [1.5, 0], 1.0)
        rows.append(
            {
                "item_id": f"dot-{number}",
                "image": f"images/{number}.png",
                "title": label,
                "description": "",
                "category": label,
                "split": "train" if number < 200 else "test",
                "width_px": 1,
                "height_px": 1,
                "size_bytes": 1,
                "sha256": f"{number:064x}",
                "phash": f"{number:016x}",
                "attributes": [("x", repr(float(x))), ("y", repr(float(y)))],
            }
        )
    pq.write_table(pa.Table.from_pylist(rows, ITEMS.schema), folder / ITEMS.file)
    card = {"name": "dots", "source": "tables", "licence": "CC0-1.0", "simulated": False, "truth": None}
    (folder / "dataset.json").write_text(
        json.dumps(card | {"tables": describe(folder), "report": {"damaged": {"count": 3}}})
    )
    return folder


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of MLflow, whose tables take seconds to create."""
    from components.lifecycle.tracking import client

    home = tmp_path_factory.mktemp("empty")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CORKBOARD_HOME", str(home))
        patch.setenv("MLFLOW_TRACKING_URI", "")
        client()
    return home / "mlflow.db"


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Prefect's own server; its folder of results."""
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, PREFECT_LOCAL_STORAGE_PATH, temporary_settings
    from prefect.testing.utilities import prefect_test_harness

    home = tmp_path_factory.mktemp("results")
    with (
        prefect_test_harness(server_startup_timeout=240),
        temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None, PREFECT_LOCAL_STORAGE_PATH: home}),
    ):
        yield home


class Project:
    """Runs the lifecycle of `centroid` on prepared tables."""

    def __init__(self, home: Path, tables: Path) -> None:
        self.home, self.tables, self.data_version = home, tables, "v1"

    bad = OPEN

    def plan(self, dataset: str = "dots", system: str = "centroid", **settings: Any) -> Plan:
        return make_plan(system, dataset, {key.replace("__", "."): value for key, value in settings.items()})

    def ingested(self, plan: Plan) -> Ingested:
        found = read_by(plan.system, open_dataset(plan.dataset, self.tables, self.data_version))
        return found.model_copy(update={"simulated": plan.dataset == "dots-made-up"})

    def run(self, plan: Plan, smoke: str = "smoke", valid: bool = True) -> Summary:
        """The lifecycle after ingest and validate, which have tests of their own."""
        from components.lifecycle.run import Journal, run

        prepared = {"ingest": self.ingested(plan), "validate": self.validated(valid)}

        def task(name: str, function: Callable[..., Any], *arguments: Any) -> Any:
            return prepared[name] if name in prepared else function(*arguments)

        return run(plan, self.progress, Journal(task=task), self.commands(smoke))

    def commands(self, smoke: str = "smoke") -> Commands:
        return Commands((sys.executable, SERVE, "package"), (sys.executable, SERVE, smoke))

    def validated(self, valid: bool) -> Validated:
        failures = () if valid else (Failure(table="items", check="x", severity="critical", message="bad", count=1),)
        return Validated(passed=valid, failures=failures, checks=1, docs="index.html")

    def prepare_anew(self) -> None:
        self.data_version = "v2"
        lock(Path.cwd(), "v2")

    def progress(self, doing: str, done: int, total: int, figures: dict[str, float]) -> None: ...


@pytest.fixture
def project(tmp_path: Path, tables: Path, database: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    return made(tmp_path, tables, database, monkeypatch)


def made(folder: Path, tables: Path, database: Path, patch: pytest.MonkeyPatch) -> Project:
    """A new project below `folder`, and a process that works in it for as long as `patch` holds."""
    checkout, home = folder / "project", folder / "home"
    checkout.mkdir()
    home.mkdir()
    (checkout / "params.yaml").write_text(PARAMS)
    (checkout / "dvc.yaml").write_text("stages: {}\n")
    lock(checkout, "v1")
    (home / "mlflow.db").write_bytes(database.read_bytes())
    patch.chdir(checkout)
    patch.setenv("CORKBOARD_HOME", str(home))
    patch.setenv("MLFLOW_TRACKING_URI", "")
    patch.delenv("BENTOML_HOME", raising=False)
    patch.setattr(components.systems, "__path__", [*components.systems.__path__, str(SYSTEMS)])
    return Project(home, tables)


def lock(checkout: Path, version: str) -> None:
    """Let DVC's record say that `version` of both data sets is what lies prepared."""
    stages = {f"prepare@{name}": {"outs": [{"md5": f"{version}.dir"}]} for name in ("dots", "dots-made-up")}
    (checkout / "dvc.lock").write_text(json.dumps({"stages": stages}))


@pytest.fixture(scope="session")
def two_releases(tmp_path_factory: pytest.TempPathFactory, tables: Path, database: Path) -> Path:
    """The home of a project in which version 1 was released, then version 2."""
    with pytest.MonkeyPatch.context() as patch:
        project = made(tmp_path_factory.mktemp("two"), tables, database, patch)
        assert project.run(project.plan(spoiled=0.8, **OPEN)).version == 1
        assert project.run(project.plan()).version == 2
        return project.home


@pytest.fixture
def two(project: Project, two_releases: Path) -> Project:
    """A project of its own in the state of `two_releases`."""
    shutil.copytree(two_releases, project.home, dirs_exist_ok=True)
    return project
