"""A new system: names that cannot be used, and a project left as it was when writing fails."""

import shutil
from pathlib import Path

import pytest

from corkboard import scaffold
from data.errors import UserError

ROOT = Path(__file__).parents[2]
FILES = ("dvc.yaml", "params.yaml", "prefect.yaml")  # which a new system leaves alone


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in FILES:
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "components" / "systems" / "visual_search").mkdir(parents=True)
    (tmp_path / "tests" / "systems").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _content(project: Path) -> dict[str, bytes]:
    return {str(path.relative_to(project)): path.read_bytes() for path in project.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("class", "Python could not import it; use another, as in my-class"),
        ("Toy", "small letters, digits and single hyphens"),
        ("../toy", "small letters, digits and single hyphens"),
        ("toy--x", "small letters, digits and single hyphens"),
        ("", "small letters, digits and single hyphens"),
        ("visual-search", "there is a folder components/systems/visual_search already"),
    ],
)
def test_an_unusable_name_changes_nothing(project: Path, name: str, said: str) -> None:
    before = _content(project)
    with pytest.raises(UserError, match=said):
        scaffold.new_system(name)
    assert _content(project) == before


def test_what_fails_half_way_is_undone(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, write_text = _content(project), scaffold.write_text

    def full(path: Path, text: str) -> None:
        if path.name == "train.py":
            raise OSError(28, "No space left on device")
        write_text(path, text)

    monkeypatch.setattr(scaffold, "write_text", full)
    with pytest.raises(OSError, match="No space"):
        scaffold.new_system("my-toy")
    assert _content(project) == before
    monkeypatch.undo()
    monkeypatch.chdir(project)
    made = {path.relative_to(project).as_posix() for path in scaffold.new_system("my-toy")}
    assert {"components/systems/my_toy/train.py", "tests/systems/my_toy/test_predictor.py"} <= made
    assert {path: content for path, content in _content(project).items() if path in before} == before
    assert set(_content(project)) - set(before) == made
