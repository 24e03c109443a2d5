"""The rule against unpickling sees every way in that this project could take, and the project keeps all rules."""

import ast
from pathlib import Path

import pytest

from tests.layout import MOST_LINES, faults, unpickled


def test_the_project_keeps_its_layout() -> None:
    assert faults() == []


@pytest.mark.parametrize("name", ["views.css", "app.js", "index.html", "app.py"])
def test_a_file_that_is_too_long_is_found_whatever_it_is_written_in(tmp_path: Path, name: str) -> None:
    path = tmp_path / "serving" / "page" / name
    path.parent.mkdir(parents=True)
    path.write_text("__all__ = []\n" + "\n" * (MOST_LINES - 1), encoding="utf-8")
    assert faults(tmp_path) == []
    path.write_text("__all__ = []\n" + "\n" * MOST_LINES, encoding="utf-8")
    assert faults(tmp_path) == [f"serving/page/{name}: {MOST_LINES + 1} lines; split it, {MOST_LINES} are the most"]


def test_a_name_that_says_nothing_is_found_whatever_it_is_written_in(tmp_path: Path) -> None:
    path = tmp_path / "serving" / "page" / "helpers.js"
    path.parent.mkdir(parents=True)
    path.write_text("", encoding="utf-8")
    assert faults(tmp_path) == ["serving/page/helpers.js: the name says nothing; name the file after its one noun"]


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "from joblib import load",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "torch.load(path, weights_only=anything)",
        "torch.hub.load('a/b', 'c')",
        "np.load(path, allow_pickle=True)",
        "np.savez(path, allow_pickle=anything)",
        "pd.read_pickle(path)",
        "frame.to_pickle(path)",
        "Model.load_from_checkpoint(path)",
        "trainer.fit(module, ckpt_path=path)",
    ],
)
def test_what_unpickles_is_found(code: str) -> None:
    assert len(unpickled(ast.parse(code))) == 1


@pytest.mark.parametrize(
    "code",
    [
        "torch.load(path, weights_only=True)",
        "np.load(path)",
        "np.load(path, allow_pickle=False)",
        "trainer.fit(module, ckpt_path=path, weights_only=True)",
        "json.load(file)",
    ],
)
def test_what_reads_plain_data_is_let_through(code: str) -> None:
    assert unpickled(ast.parse(code)) == []
