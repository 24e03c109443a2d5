"""The goldens are replayed against the packaged service, and a changed answer is noticed."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from components.bundle import MANIFEST, seal

Command = Callable[..., subprocess.CompletedProcess[str]]


def test_passes(command: Command, bento: str) -> None:
    found = command("smoke", "--bento", bento)
    assert found.returncode == 0, found.stderr
    answer = json.loads(found.stdout)
    assert answer["passed"]
    assert answer["requests"] == 4
    assert answer["failures"] == []
    assert answer["latency_p50_ms"] > 0


@pytest.fixture
def tampered(command: Command, bentos: dict[str, str], tiny_bundle: Path, tmp_path: Path) -> str:
    """A Bento whose bundle expects another answer than the one it gives."""
    bundle = tmp_path / "bundle"
    shutil.copytree(tiny_bundle, bundle)
    found = command("package", "--system", "visual-search", "--version", "9", "--bundle", str(bundle))
    assert found.returncode == 0, found.stderr
    bento = json.loads(found.stdout)["bento"]
    store = Path(bentos["CORKBOARD_HOME"]) / "bentoml"
    stored = next((store / "models" / "visual-search").glob("9-*"))
    path = stored / "golden" / "item.json"
    golden = json.loads(path.read_text())
    golden["answer"]["hits"][0]["item_id"] = "item-59"
    path.write_text(json.dumps(golden))
    manifest = json.loads((stored / MANIFEST).read_text())
    seal(stored, **{name: value for name, value in manifest.items() if name != "files"})
    return str(bento)


def test_changed_answer_fails(command: Command, tampered: str) -> None:
    found = command("smoke", "--bento", tampered)
    assert found.returncode == 1
    answer = json.loads(found.stdout)
    assert not answer["passed"]
    assert any(failure.startswith("item: answer.hits[0].item_id: ") for failure in answer["failures"])


def test_unknown_bento_is_one_sentence(command: Command, bento: str) -> None:
    for name in ("smoke", "serve"):
        found = command(name, "--bento", "visual-search:404")
        assert found.returncode == 1
        assert found.stderr.strip().splitlines()[-1].startswith("corkboard: there is no Bento visual-search:404")


def test_port_in_use_is_one_sentence(command: Command, service: str, bento: str) -> None:
    port = service.rpartition(":")[2]
    found = command("serve", "--bento", bento, "--port", port)
    assert found.returncode == 1
    assert found.stderr.strip().splitlines() == [
        f"corkboard: port {port} of 127.0.0.1 is in use; stop what listens there or give another with --port"
    ]
