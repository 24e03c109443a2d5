"""Bundles, Bentos and services for the tests of serving."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from serving.process import free_port, running, serve_command
from tests.discoveries import (
    Parts,
    ads_app,
    canvas_app,
    entry_app,
    feed_app,
    find_app,
    keep_app,
    listening,
    look_apps,
    make_catalogue,
    safe_app,
    search_app,
    sequence_app,
    tell_app,
)
from tests.patience import patient
from tests.tiny_search import make_bundle, picture

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session", autouse=True)
def _patient() -> Iterator[None]:
    """Packaged services have limits of their own, as they are."""
    with patient():
        yield


@pytest.fixture(scope="session")
def tiny_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bundle(tmp_path_factory.mktemp("tiny") / "bundle")


@pytest.fixture(scope="session")
def draw() -> Callable[..., bytes]:
    return picture


@pytest.fixture(scope="session")
def bentos(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment in which Bentos of these tests are built and served."""
    home = tmp_path_factory.mktemp("home")
    return {**os.environ, "CORKBOARD_HOME": str(home), "BENTOML_HOME": str(home / "bentoml")}


@pytest.fixture(scope="session")
def command(bentos: dict[str, str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a command of `serving`, such as `command("smoke", "--bento", "visual-search:3")`."""

    def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", f"serving.{name}", *arguments]
        return subprocess.run(line, cwd=ROOT, env=bentos, capture_output=True, text=True, check=False)

    return run


@pytest.fixture(scope="session")
def bento(command: Callable[..., subprocess.CompletedProcess[str]], tiny_bundle: Path) -> str:
    """The tag of the tiny bundle's Bento."""
    found = command("package", "--system", "visual-search", "--version", "3", "--bundle", str(tiny_bundle))
    assert found.returncode == 0, found.stderr
    tag: str = json.loads(found.stdout)["bento"]
    return tag


BLOCKER = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"torch", "lightning", "timm", "mlflow", "prefect", "great_expectations", "pandas"}:
            raise ImportError(f"{name} must not be imported by the service")

sys.meta_path.insert(0, Blocker())
"""


@pytest.fixture(scope="session")
def service(bento: str, bentos: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the packaged service, served as it will be, where importing trainers raises."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "sitecustomize.py").write_text(BLOCKER)
    home = Path(bentos["CORKBOARD_HOME"])
    port = free_port()
    environment = {"BENTOML_HOME": str(home / "bentoml"), "PYTHONPATH": str(folder), "BENTOML_DO_NOT_TRACK": "True"}
    with running(serve_command(bento, "127.0.0.1", port), port, environment) as address:
        yield address


@pytest.fixture(scope="session")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    folder = tmp_path_factory.getbasetemp()
    return Parts.shared((folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "discovery")


@pytest.fixture(scope="session")
def discovery_bento(parts: Parts, bentos: dict[str, str]) -> str:
    """The tag of the composed service's Bento."""
    data = parts.dataset
    line = [
        *(sys.executable, "-m", "serving.discovery.package", "--revision", "revision-1"),
        *(word for system, bundle in parts.bundles.items() for word in ("--peer", f"{system}=1={bundle}")),
        *("--inputs", str(parts.search), str(parts.bundles["scene-parsing"])),
        *("--dataset", f"{data.name}={data.version}={data.path}"),
    ]
    found = subprocess.run(line, cwd=ROOT, env=bentos, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    answer = json.loads(found.stdout)
    assert (answer["items"], answer["left_out"], answer["reused"]) == (48, {}, False)
    return str(answer["bento"])


@pytest.fixture(scope="session")
def catalogue(parts: Parts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_catalogue(parts, tmp_path_factory.mktemp("catalogue"))


@pytest.fixture(scope="module")
def addresses(parts: Parts, catalogue: Path, state: Path) -> Iterator[dict[str, str]]:
    """All systems, on sockets of their own."""
    with (
        listening(search_app(parts, catalogue, state)) as (searching, _),
        listening(sequence_app(parts)) as (following, _),
        listening(look_apps(parts)) as (looking, _),
        listening(find_app(parts, catalogue, state)) as (finding, _),
        listening(feed_app(parts, catalogue, state)) as (ranking, _),
        listening(keep_app(parts, catalogue, state)) as (keeping, _),
        listening(safe_app(parts)) as (checking, _),
        listening(ads_app(parts)) as (advertising, _),
        listening(canvas_app(parts)) as (making, _),
        listening(tell_app(parts)) as (telling, _),
    ):
        yield {
            "visual-search": searching,
            "user-sequence": following,
            "scene-parsing": looking,
            "shop-the-look": looking,
            "search-relevance": finding,
            "feed-ranking": ranking,
            "board-graph": keeping,
            "safety": checking,
            "ads": advertising,
            "canvas": making,
            "notifications": telling,
        }


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def discovery(catalogue: Path, state: Path, addresses: dict[str, str]) -> Iterator[TestClient]:
    """The composed service in this process, asked as from this machine."""
    app = entry_app(catalogue, state, addresses)
    with TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 1), raise_server_exceptions=False) as client:
        yield client
