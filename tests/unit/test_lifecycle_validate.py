"""The step: what is bad stops and is told; what has passed is not checked again."""

from pathlib import Path

import pytest
import yaml

from components.lifecycle.results import Ingested, Validated
from components.lifecycle.validate import validate_dataset, validation_summary
from data.params import ImageFolderParams
from data.prepare import prepare
from data.reference import read_reference
from tests.folders import class_folders, picture, quiet


@pytest.fixture
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with the data set `mine`, a folder of pictures."""
    monkeypatch.setenv("CORKBOARD_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    entry = {"source": "image_folder", "licence": "own", "path": "raw"}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump({"datasets": {"mine": entry}}))
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    return class_folders(tmp_path / "raw", count=10)


def run(raw: Path, version: str) -> Validated:
    params = ImageFolderParams(source="image_folder", licence="own", path=raw)
    folder = prepare("mine", params, quiet, raw.parent / "store" / version)
    return validate_dataset(
        Ingested(
            dataset="mine",
            path=str(folder),
            data_version=version,
            simulated=False,
            rows={"items": 1},
            damaged=0,
            reads={},
            tables={},
            truth="",
        )
    )


def test_what_passed_is_reused_and_becomes_the_reference(raw: Path) -> None:
    first = run(raw, "1")
    assert (first.passed, first.reused, first.failures) == (True, False, ())
    assert Path(first.docs).is_file()
    assert read_reference("mine") == {"hat": 0.5, "shoe": 0.5}
    again = run(raw, "1")
    assert again == first.model_copy(update={"reused": True})
    Path(first.docs).unlink()
    assert not run(raw, "1").reused


def test_what_is_bad_is_told_and_checked_anew_and_leaves_the_reference(raw: Path) -> None:
    run(raw, "1")
    (raw / "hat" / "note.jpg").write_text("not a picture")
    picture(1).save(raw / "hat" / "cut.png")
    (raw / "hat" / "cut.png").write_bytes((raw / "hat" / "cut.png").read_bytes()[:900])
    (raw / "glove").mkdir()
    bad = run(raw, "2")
    assert not bad.passed
    assert not run(raw, "2").reused
    assert read_reference("mine") == {"hat": 0.5, "shoe": 0.5}
    said = validation_summary(bad)
    assert said.splitlines()[0] == "the data is not fit for training: 2 critical checks failed"
    one = validation_summary(bad.model_copy(update={"failures": bad.failures[:1]}))
    assert one.splitlines()[0] == "the data is not fit for training: 1 critical check failed"
    assert "hat/note  images/hat/note.jpg  does not decode (the file is no JPEG, PNG or WebP picture" in said
    assert "hat/cut  images/hat/cut.png  does not decode" in said
    assert "glove" in said
    assert bad.docs in said


def test_a_long_summary_is_cut(raw: Path) -> None:
    for number in range(30):
        (raw / "hat" / f"note{number:02d}.jpg").write_text("not a picture")
    said = validation_summary(run(raw, "3"))
    assert said.count("does not decode") == 8
    assert "and 22 more" in said
