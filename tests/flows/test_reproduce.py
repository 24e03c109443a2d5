"""A version trained again in a real worktree of a real repository, by a process that imports nothing of this one."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from components.lifecycle import fingerprint, sources
from components.lifecycle.reproduce import reproduce
from components.lifecycle.run import Journal
from corkboard.main import main
from data.errors import UserError
from tests.checkout import PROJECT
from tests.flows.conftest import SYSTEMS


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def repository(project, tmp_path, monkeypatch) -> Path:
    """The project's code with the system `centroid` in it, of which one commit holds all; and the prepared data."""
    folder = tmp_path / "repository"
    for room in ("components", "data"):
        shutil.copytree(PROJECT / room, folder / room, ignore=shutil.ignore_patterns("store", "__pycache__"))
    shutil.copytree(SYSTEMS / "centroid", folder / "components/systems/centroid")
    for module in (fingerprint, sources):
        monkeypatch.setattr(module, "ROOT", folder)
    committed(folder)
    prepared = Path.cwd() / "data" / "store"
    prepared.mkdir(parents=True)
    (prepared / "dots").symlink_to(project.tables)
    return folder


def committed(folder: Path) -> None:
    """A new repository, which knows nothing of a former one."""
    shutil.rmtree(folder / ".git", ignore_errors=True)
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "all")


def told(capfd, version: str, code: int) -> dict:
    with pytest.raises(SystemExit) as ended:
        main(["reproduce", "centroid", version, "--json"])
    answer = capfd.readouterr()
    assert ended.value.code == code, answer
    return json.loads(answer.out)


def test_bundle_and_figures_agree_and_nothing_is_left(project, repository, capfd):
    assert project.run(project.plan(spoiled=0.1, seed=4)).version == 1
    found = told(capfd, "1", 0)
    assert found["agrees"]
    assert found["code"] == f"revision {git(repository, 'rev-parse', 'HEAD')[:12]}"
    assert found["figures"]["accuracy"][0] == found["figures"]["accuracy"][1] > 0.5
    assert len(git(repository, "worktree", "list").splitlines()) == 1
    committed(repository)  # the revision is gone: the run has kept the code
    (repository / "components/systems/centroid/train.py").write_text("raise AssertionError\n")
    found = told(capfd, "1", 0)
    assert (found["agrees"], found["code"]) == (True, "the code that its run kept")
    assert not list(project.home.glob(".reproduce-*"))


def test_what_differs_is_named(project, repository, capfd):
    """By code that no hash covers: how JSON is written, and how accuracy is counted."""
    for name, one, other in (
        ("data/files.py", "indent=2", "indent=3"),
        ("components/systems/centroid/measure.py", "] == [answer", "] != [answer"),
    ):
        path = repository / name
        assert one in path.read_text()
        path.write_text(path.read_text().replace(one, other, 1))
    committed(repository)
    assert project.run(project.plan()).version == 1
    found = told(capfd, "1", 1)
    assert not found["agrees"]
    assert "model.json" in found["files"]
    assert found["moved"] == ["accuracy"]


def test_what_is_gone_or_was_changed_is_said(project, repository):
    assert project.run(project.plan()).version == 1
    with pytest.raises(UserError, match="no version 7; there are: 1"):
        reproduce("centroid", 7, Journal())
    (Path.cwd() / "data" / "store" / "dots").unlink()
    with pytest.raises(UserError, match="version v1 of data set 'dots' is neither prepared here nor in DVC's cache"):
        reproduce("centroid", 1, Journal())
    model = next(project.home.glob("mlartifacts/**/artifacts/bundle/model.json"))
    kept = model.read_bytes()
    model.write_bytes(kept + b" ")
    with pytest.raises(UserError, match="files of centroid version 1 in the registry are not those that were"):
        reproduce("centroid", 1, Journal())
    model.write_bytes(kept)
    for path in project.home.rglob("training_code.zip"):
        path.unlink()
    shutil.rmtree(repository / ".git")
    shutil.rmtree(project.home / "candidates")
    manifest = model.with_name("manifest.json")
    manifest.write_text(manifest.read_text().replace('"data_version": "v1"', '"data_version": "v2"'))
    with pytest.raises(UserError, match="the data version in the manifest of centroid version 1 is not the one"):
        reproduce("centroid", 1, Journal())
