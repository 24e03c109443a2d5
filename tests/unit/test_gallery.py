"""A gallery keeps its rows and vectors, says what is damaged, and needs numpy alone."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from components.gallery import Gallery
from data.errors import UserError
from data.files import sha256_tree


@pytest.fixture
def gallery() -> Gallery:
    vectors_ND = np.random.default_rng(0).normal(size=(3, 4))
    return Gallery.build(vectors_ND, ["a", "b", "c"], {"colour": ["red", None, "blue"]}, {"title": ["A", "B", "C"]})


def test_it_opens_as_it_was_saved(gallery: Gallery, tmp_path: Path) -> None:
    for name in ("one", "two"):
        gallery.save(tmp_path / name)
    assert sha256_tree(tmp_path / "one") == sha256_tree(tmp_path / "two")
    opened = Gallery.load(tmp_path / "one")
    assert opened.vectors_ND.dtype == np.float32
    np.testing.assert_array_equal(opened.vectors_ND, gallery.vectors_ND)
    assert (opened.item_ids.tolist(), opened.row_of["c"]) == (["a", "b", "c"], 2)
    assert opened.metadata.row(0) == {"colour": "red"}
    assert opened.texts["title"].tolist() == ["A", "B", "C"]


@pytest.mark.parametrize("name", ["vectors.npy", "gallery.npz", "vocabulary.json"])
def test_a_missing_or_damaged_file_is_one_sentence(gallery: Gallery, tmp_path: Path, name: str) -> None:
    gallery.save(tmp_path)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:20])
    with pytest.raises(UserError, match="holds no whole gallery"):
        Gallery.load(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(UserError, match="holds no whole gallery"):
        Gallery.load(tmp_path)


def test_what_does_not_belong_together_is_refused(gallery: Gallery) -> None:
    with pytest.raises(ValueError, match="2 vectors for 3 items"):
        Gallery.build(gallery.vectors_ND[:2], ["a", "b", "c"], {})
    with pytest.raises(ValueError, match="not unique"):
        Gallery.build(gallery.vectors_ND, ["a", "b", "a"], {})
    with pytest.raises(ValueError, match="not finite"):
        Gallery.build(np.full((1, 2), np.nan), ["a"], {})


def test_opening_it_imports_no_search() -> None:
    code = "import sys, components.gallery; sys.exit(bool({'faiss', 'pandas', 'pyarrow'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False).returncode == 0
