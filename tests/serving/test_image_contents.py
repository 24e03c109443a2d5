"""What goes into an image: read from a real Bento, and from one of several systems."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from data.errors import UserError
from serving.image.contents import contents
from serving.image.context import facts
from serving.image.labels import created, labels


@pytest.fixture
def store(bentos: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BENTOML_HOME", bentos["BENTOML_HOME"])
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    return Path(bentos["BENTOML_HOME"])


@pytest.fixture
def several(tmp_path: Path, tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A Bento of two services with a model each, one of which is no bundle of ours, and one that both share."""
    monkeypatch.setenv("BENTOML_HOME", str(tmp_path))
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    bento = tmp_path / "bentos" / "discovery" / "7-abc"
    (bento / "env" / "python").mkdir(parents=True)
    (bento / "env" / "python" / "requirements.txt").write_text("numpy==2.4.6\nbentoml==1.4.39\nbentoml==1.4.39\n")
    told = {
        "creation_time": "2026-01-02T05:04:05.123456+02:00",
        "labels": {"git_revision": "f00"},
        "models": [{"tag": "shared:1"}],
        "services": [
            {"models": [{"tag": "visual-search:3-x"}, {"tag": "shared:1"}]},
            {"models": [{"tag": "shared:1"}]},
        ],
        "image": {"python_version": "3.11"},
    }
    (bento / "bento.yaml").write_text(yaml.safe_dump(told))
    for name in ("visual-search/3-x", "shared/1"):
        folder = tmp_path / "models" / name
        folder.mkdir(parents=True)
        (folder / "model.yaml").write_text("name: it\nlabels: {data_version: d-5}\n")
    (tmp_path / "models/visual-search/3-x/manifest.json").write_bytes((tiny_bundle / "manifest.json").read_bytes())
    return "discovery:7-abc"


def test_a_packaged_bento_is_read(store: Path, bento: str) -> None:
    found = contents(bento)
    assert found.python == "3.11"
    assert [model.tag.partition(":")[0] for model in found.models] == ["visual-search"]
    assert found.models[0].manifest is not None
    assert found.models[0].manifest.data_version == "data-1"
    assert any(line.startswith("onnxruntime==") for line in found.requirements)
    assert not any(line.startswith(("torch", "mlflow", "prefect")) for line in found.requirements)
    assert len(set(found.requirements)) == len(found.requirements)


def test_labels_say_where_the_image_comes_from(store: Path, bento: str) -> None:
    told = labels(contents(bento), "python:3.11-slim-bookworm")
    assert f"{told['org.opencontainers.image.title']}:{told['org.opencontainers.image.version']}" == bento
    assert told["corkboard.models"].startswith("visual-search:3-")
    assert told["corkboard.data_versions"] == "visual-search=data-1"
    assert told["corkboard.healthcheck"].endswith("health.py")
    assert all(told.values())


def test_several_systems_are_all_labelled(several: str) -> None:
    found = contents(several)
    assert [model.tag for model in found.models] == ["shared:1", "visual-search:3-x"]
    assert found.requirements == ("bentoml==1.4.39", "numpy==2.4.6")
    told = labels(found, "base")
    assert told["corkboard.models"] == "shared:1 visual-search:3-x"
    assert told["corkboard.data_versions"] == "shared=d-5 visual-search=data-1"
    assert told["org.opencontainers.image.revision"] == "f00"
    assert told["org.opencontainers.image.created"] == "2026-01-02T03:04:05Z"
    assert json.loads(json.dumps(facts(found)))["models"][0] == {"tag": "shared:1", "data_version": "d-5"}


def test_time_is_the_bentos_or_given(several: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = contents(several)
    assert created(found) == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert created(found) == datetime(1970, 1, 2, tzinfo=UTC)
    assert labels(found, "base")["org.opencontainers.image.created"] == "1970-01-02T00:00:00Z"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(UserError, match="SOURCE_DATE_EPOCH is 'yesterday'; give whole seconds"):
        created(found)


def test_a_lost_model_is_named(several: str, tmp_path: Path) -> None:
    (tmp_path / "models/shared/1/model.yaml").unlink()
    with pytest.raises(UserError, match="the model shared:1 of the Bento discovery:7-abc is gone; package"):
        contents(several)


def test_a_missing_bento_is_named(store: Path) -> None:
    with pytest.raises(UserError, match="there is no Bento visual-search:99-x; run the system's lifecycle"):
        contents("visual-search:99-x")
