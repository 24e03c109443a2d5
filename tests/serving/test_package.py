"""A Bento holds exactly one bundle and what serving it takes; packaging again changes nothing."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from data.errors import UserError
from serving.package import package

Command = Callable[..., subprocess.CompletedProcess[str]]


def packaged(
    command: Command, bundle: Path, version: str = "3", system: str = "visual-search"
) -> subprocess.CompletedProcess[str]:
    return command(
        "package", "--system", system, "--version", version, "--bundle", str(bundle), "--labels", "run_id=r1"
    )


def test_packaging_again_changes_nothing(
    command: Command, bento: str, bentos: dict[str, str], tiny_bundle: Path
) -> None:
    store = Path(bentos["CORKBOARD_HOME"]) / "bentoml"
    before = (store / "bentos" / "visual-search" / "3" / "bento.yaml").stat().st_mtime_ns
    found = packaged(command, tiny_bundle)
    assert found.returncode == 0, found.stderr
    assert len(found.stdout.splitlines()) == 1
    answer = json.loads(found.stdout)
    assert answer["bento"] == bento == "visual-search:3"
    assert answer["size_mb"] > 0
    assert (store / "bentos" / "visual-search" / "3" / "bento.yaml").stat().st_mtime_ns == before


def test_holds_no_trainer(bento: str, bentos: dict[str, str]) -> None:
    folder = Path(bentos["CORKBOARD_HOME"]) / "bentoml" / "bentos" / "visual-search" / "3"
    requirements = (folder / "env" / "python" / "requirements.txt").read_text()
    names = set(re.findall(r"^([a-z0-9-]+)==", requirements, re.MULTILINE))
    assert {"numpy", "onnxruntime", "faiss-cpu", "simplejpeg", "pillow", "fastapi", "uvloop", "bentoml"} <= names
    assert not names & {
        "torch",
        "lightning",
        "timm",
        "mlflow",
        "prefect",
        "great-expectations",
        "dvc",
        "pandas",
        "pyarrow",
    }
    sources = {path.relative_to(folder / "src").as_posix() for path in (folder / "src").rglob("*.py")}
    assert {"entry.py", "serving/guard.py", "components/systems/visual_search/predictor.py"} <= sources
    assert "components/systems/visual_search/fit.py" not in sources
    assert not [path for path in folder.rglob("*") if path.suffix in (".pkl", ".pickle", ".pt", ".pth")]
    assert "BENTOML_HOST=0.0.0.0" in (folder / "env" / "docker" / "Dockerfile").read_text()


@pytest.mark.parametrize(
    ("damage", "system", "sentence"),
    [
        ("file", "visual-search", "differs from the bundle's manifest"),
        ("manifest", "visual-search", "is no finished bundle"),
        ("none", "something-else", "is a bundle of visual-search, not of something-else"),
    ],
)
def test_refusals_are_named(tiny_bundle: Path, tmp_path: Path, damage: str, system: str, sentence: str) -> None:
    bundle = tmp_path / "bundle"
    shutil.copytree(tiny_bundle, bundle)
    if damage == "file":
        (bundle / "network.json").write_text("{}")
    if damage == "manifest":
        (bundle / "manifest.json").unlink()
    with pytest.raises(UserError, match=sentence):
        package(system, "4", bundle, {})


def test_command_refuses_in_one_sentence(command: Command, tmp_path: Path) -> None:
    found = packaged(command, tmp_path, "4")
    assert found.returncode == 1
    assert found.stdout == ""
    assert found.stderr.strip().splitlines() == [
        f"corkboard: {tmp_path} is no finished bundle: it has no manifest.json"
    ]
