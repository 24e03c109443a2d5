"""A Bento holds exactly one bundle and what serving it takes; packaging again changes nothing."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from components.code import code_to_serve
from data.errors import UserError
from serving.package import RIM, package
from serving.probe import prove
from serving.requirements import pinned

Command = Callable[..., subprocess.CompletedProcess[str]]


SERVED = code_to_serve(["visual-search"], RIM)


def packaged(
    command: Command, bundle: Path, version: str = "3", system: str = "visual-search"
) -> subprocess.CompletedProcess[str]:
    return command(
        "package", "--system", system, "--version", version, "--bundle", str(bundle), "--labels", "run_id=r1"
    )


def test_packaging_again_changes_nothing(
    command: Command, bento: str, bentos: dict[str, str], tiny_bundle: Path
) -> None:
    assert re.fullmatch(r"visual-search:3-[0-9a-f]{8}", bento)
    built = folder_of(bento, bentos) / "bento.yaml"
    before = built.stat().st_mtime_ns
    found = packaged(command, tiny_bundle)
    assert found.returncode == 0, found.stderr
    assert len(found.stdout.splitlines()) == 1
    answer = json.loads(found.stdout)
    assert (answer["bento"], answer["reused"]) == (bento, True)
    assert answer["size_mb"] > 0
    assert built.stat().st_mtime_ns == before


def test_changed_libraries_make_a_second_bento_beside_the_proven_one(
    bento: str, bentos: dict[str, str], tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new Bento that turns out to fail must not have cost the one that answers rightly."""
    store = Path(bentos["CORKBOARD_HOME"]) / "bentoml"
    before = {path: path.read_bytes() for path in folder_of(bento, bentos).rglob("*") if path.is_file()}
    requirements = [line for line in pinned(SERVED.libraries) if not line.startswith("pyyaml==")]
    with monkeypatch.context() as patch:
        patch.setenv("BENTOML_HOME", str(store))
        patch.setattr("serving.package.pinned", lambda _: requirements)
        patch.setattr("serving.package.build_bento", stub_build)
        found = package("visual-search", "3", tiny_bundle, {})
    assert found["bento"] != bento
    assert not found["reused"]
    assert {path: path.read_bytes() for path in before} == before
    shutil.rmtree(store / "bentos" / found["bento"].replace(":", "/"))


def stub_build(name: str, version: str, entry: str, *_: object) -> None:
    """What `bentoml build` leaves as far as it is looked at, without the ten seconds that it takes."""
    folder = Path(os.environ["BENTOML_HOME"]) / "bentos" / name / version
    folder.mkdir(parents=True)
    model = entry.partition('make_service("')[2].partition('"')[0]
    (folder / "bento.yaml").write_text(f"services: [{{models: [{{tag: '{model}'}}]}}]\n")


def test_a_bento_that_was_cut_short_is_built_again(
    command: Command, bento: str, bentos: dict[str, str], tiny_bundle: Path
) -> None:
    lost = folder_of(bento, bentos) / "src" / "serving" / "guard.py"
    lost.unlink()
    found = packaged(command, tiny_bundle)
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout) | {"size_mb": 0} == {"bento": bento, "reused": False, "size_mb": 0}
    assert lost.is_file()


def folder_of(bento: str, bentos: dict[str, str]) -> Path:
    return Path(bentos["CORKBOARD_HOME"]) / "bentoml" / "bentos" / bento.replace(":", "/")


def test_libraries_are_those_of_every_patch_of_this_python() -> None:
    """An image may have an earlier one than the machine that packages: redis needs another library before 3.11.3."""
    names = {line.partition("==")[0] for line in pinned(("redis",))}
    assert ("async-timeout" in names) == (sys.version_info[:2] == (3, 11))
    assert "redis" in names


def test_holds_no_trainer(bento: str, bentos: dict[str, str]) -> None:
    folder = folder_of(bento, bentos)
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
    assert "components/systems/visual_search/train.py" not in sources
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


def test_a_bundle_that_other_code_made_is_named_with_what_to_do(tiny_bundle: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    shutil.copytree(tiny_bundle, bundle)
    golden = min((bundle / "golden").glob("*.json"))
    said = json.loads(golden.read_text())
    said["answer"]["hits"][0]["item_id"] = "another"
    golden.write_text(json.dumps(said))
    with pytest.raises(
        UserError, match=r"^visual-search cannot be served: .*'another'\); if .*, run `corkboard run visual-search` "
    ):
        prove(RIM, {"visual-search": bundle}, [])


def test_command_refuses_in_one_sentence(command: Command, tmp_path: Path) -> None:
    found = packaged(command, tmp_path, "4")
    assert found.returncode == 1
    assert found.stdout == ""
    assert found.stderr.strip().splitlines() == [
        f"corkboard: {tmp_path} is no finished bundle: it has no manifest.json"
    ]
