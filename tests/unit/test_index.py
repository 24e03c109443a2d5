"""The index agrees with brute force under every filter, exclusion and tie."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from components.index import VectorIndex
from data.errors import UserError
from data.files import sha256_tree

COLOURS = ("blue", "green", "red")


def gallery(
    generator: np.random.Generator, size: int, dim: int = 16
) -> tuple[VectorIndex, np.ndarray, dict[str, list]]:
    """Vectors with many exact duplicates, so that scores tie, and columns with missing values."""
    distinct = generator.standard_normal((max(1, size // 3), dim)).astype(np.float32)
    vectors = distinct[generator.integers(0, len(distinct), size)]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    columns = {
        "category": [f"category-{code}" for code in generator.integers(0, 7, size)],
        "colour": [COLOURS[code] if code < 3 else None for code in generator.integers(0, 4, size)],
    }
    ids = [f"item-{row}" for row in range(size)]
    return (
        VectorIndex.build(vectors, ids, columns, {"title": [f"Title {row}" for row in range(size)]}),
        vectors,
        columns,
    )


def brute_force(vectors: np.ndarray, columns: dict[str, list], where: dict | None, excluded: set[int]) -> np.ndarray:
    """Rows that match, with no vectorisation to be wrong in."""
    wanted = {key: [value] if isinstance(value, str) else list(value) for key, value in (where or {}).items()}
    return np.array(
        [
            row
            for row in range(len(vectors))
            if row not in excluded and all(columns[key][row] in values for key, values in wanted.items())
        ],
        np.int64,
    )


@pytest.mark.parametrize("seed", range(60))
def test_agrees_with_brute_force(seed: int) -> None:
    generator = np.random.default_rng(seed)
    size = int(generator.integers(1, 400))
    index, vectors, columns = gallery(generator, size)
    where: dict[str, object] = {}
    if seed % 3:
        present = sorted(set(columns["category"]))
        where["category"] = list(generator.permutation(present)[: generator.integers(1, len(present) + 1)])
    if seed % 2 and any(columns["colour"]):
        where["colour"] = next(value for value in columns["colour"] if value)
    excluded = set(generator.integers(0, size, generator.integers(0, 6)).tolist()) if seed % 4 else set()
    queries = vectors[generator.integers(0, size, 3)] + 0.1 * generator.standard_normal((3, 16)).astype(np.float32)
    k = int(generator.integers(1, 60))

    scores, rows = index.search(queries, k, where or None, [f"item-{row}" for row in excluded])

    allowed = brute_force(vectors, columns, where, excluded)
    assert scores.shape == rows.shape == (3, min(k, len(allowed)))
    for query, scores_K, rows_K in zip(queries, scores, rows, strict=True):
        assert set(rows_K) <= set(allowed)
        assert len(set(rows_K)) == len(rows_K)
        expected = np.sort(vectors[allowed] @ query)[::-1][:k]
        np.testing.assert_allclose(scores_K, expected, atol=1e-5)
        np.testing.assert_allclose(vectors[rows_K] @ query, scores_K, atol=1e-5)


def test_many_queries_at_once_take_the_same_rows() -> None:
    generator = np.random.default_rng(1)
    index, vectors, _ = gallery(generator, 300)
    together, _ = index.search(vectors[:64], 5, {"category": "category-1"})
    for row in range(64):
        alone, _ = index.search(vectors[row : row + 1], 5, {"category": "category-1"})
        np.testing.assert_allclose(together[row], alone[0], atol=1e-5)


def test_filter_that_matches_nothing_gives_nothing() -> None:
    vectors = np.eye(3, dtype=np.float32)
    index = VectorIndex.build(vectors, ["a", "b", "c"], {"category": ["x", "y", "y"], "colour": ["red", "red", None]})
    scores, rows = index.search(vectors[:2], 5, {"category": "x", "colour": ["red"]}, ["a"])
    assert scores.shape == rows.shape == (2, 0)
    _, rows = index.search(vectors[:1], 5, {"category": "y"}, ["b", "unknown"])
    assert rows.tolist() == [[2]]


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({"size": "xl"}, r"unknown filter 'size'; known: category, colour"),
        ({"colour": "mauve"}, r"unknown value 'mauve' of the filter 'colour'; known: blue, green, red"),
        ({"colour": ["red", "zinc"]}, r"'zinc'"),
        ({"colour": []}, r"has no value"),
    ],
)
def test_unknown_filters_name_the_known(where: dict, message: str) -> None:
    index, vectors, _ = gallery(np.random.default_rng(0), 100)
    with pytest.raises(UserError, match=message):
        index.search(vectors[:1], 3, where)


def test_bad_queries_are_refused() -> None:
    index, vectors, _ = gallery(np.random.default_rng(0), 10)
    with pytest.raises(ValueError, match="not finite"):
        index.search(np.full((1, 16), np.nan), 3)
    with pytest.raises(ValueError, match="shape"):
        index.search(vectors[:1, :4], 3)
    with pytest.raises(ValueError, match="at least 1"):
        index.search(vectors[:1], 0)


def test_bad_galleries_are_refused() -> None:
    eye = np.eye(2, dtype=np.float32)
    for vectors, ids, columns in [
        (np.empty((0, 4), np.float32), [], {}),
        (eye, ["a", "a"], {}),
        (eye, ["a", "b"], {"category": ["x"]}),
        (eye * np.nan, ["a", "b"], {}),
        (eye, ["a"], {}),
    ]:
        with pytest.raises(ValueError, match=r"shape|unique|rows|finite|entries|vectors for"):
            VectorIndex.build(vectors, ids, columns)


def test_saved_and_loaded_is_the_same(tmp_path: Path) -> None:
    index, vectors, columns = gallery(np.random.default_rng(3), 120)
    index.save(tmp_path / "one")
    again, _, _ = gallery(np.random.default_rng(3), 120)
    again.save(tmp_path / "two")
    assert sha256_tree(tmp_path / "one") == sha256_tree(tmp_path / "two")
    loaded = VectorIndex.load(tmp_path / "one")
    assert loaded.item_ids.tolist() == index.item_ids.tolist()
    assert loaded.texts["title"][7] == "Title 7"
    assert np.array_equal(loaded.vectors(), vectors)
    for row in range(120):
        expected = {name: values[row] for name, values in columns.items() if values[row] is not None}
        assert loaded.metadata.row(row) == expected
    where = {"colour": ["red", "blue"]}
    for one, other in zip(index.search(vectors[:4], 9, where), loaded.search(vectors[:4], 9, where), strict=True):
        assert np.array_equal(one, other)


def test_damaged_files_are_named(tmp_path: Path) -> None:
    index, *_ = gallery(np.random.default_rng(3), 20)
    for name in ("vectors.faiss", "gallery.npz", "vocabulary.json"):
        index.save(tmp_path / "index")
        (tmp_path / "index" / name).write_bytes(b"nothing")
        with pytest.raises(UserError, match="no whole index"):
            VectorIndex.load(tmp_path / "index")
        (tmp_path / "index" / name).unlink()
        with pytest.raises(UserError, match="no whole index"):
            VectorIndex.load(tmp_path / "index")
    other, *_ = gallery(np.random.default_rng(3), 21)
    index.save(tmp_path / "index")
    other.save(tmp_path / "other")
    (tmp_path / "other" / "vectors.faiss").replace(tmp_path / "index" / "vectors.faiss")
    with pytest.raises(UserError, match="21 vectors for 20 items"):
        VectorIndex.load(tmp_path / "index")


def test_opens_with_numpy_and_faiss_alone(tmp_path: Path) -> None:
    index, *_ = gallery(np.random.default_rng(3), 20)
    index.save(tmp_path)
    query = np.ones((1, 16), np.float32)
    code = (
        "import json, sys\n"
        "from pathlib import Path\n"
        "import numpy as np\n"
        "from components.index import VectorIndex\n"
        "_, rows = VectorIndex.load(Path(sys.argv[1])).search(np.ones((1, 16), np.float32), 20)\n"
        "heavy = {'torch', 'pandas', 'pyarrow', 'mlflow', 'prefect'} & set(sys.modules)\n"
        "print(json.dumps({'rows': rows.tolist(), 'heavy': sorted(heavy)}))\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        check=True,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )
    assert json.loads(found.stdout) == {"rows": index.search(query, 20)[1].tolist(), "heavy": []}


def test_an_index_of_an_earlier_release_is_opened(tmp_path: Path) -> None:
    """Its codes were named by their columns."""
    index, _, _ = gallery(np.random.default_rng(0), 50)
    index.save(tmp_path)
    with np.load(tmp_path / "gallery.npz", allow_pickle=False) as arrays:
        kept = {name: arrays[name] for name in arrays.files if not name.startswith("column.")}
    kept |= {f"codes.{column}": codes for column, codes in index.metadata.codes.items()}
    np.savez(tmp_path / "gallery.npz", allow_pickle=False, **kept)
    opened = VectorIndex.load(tmp_path)
    assert [opened.metadata.row(row) for row in range(50)] == [index.metadata.row(row) for row in range(50)]
