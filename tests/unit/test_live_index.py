"""A live index agrees with brute force, whatever came, changed or went, and whenever it was compacted."""

import json
import threading
from pathlib import Path

import numpy as np
import pytest

from components.index import VectorIndex
from components.index.live import Change, LiveIndex
from components.index.merge import merge
from components.index.strings import Ids, Strings
from data.errors import UserError

DIM = 12
COLOURS = ("blue", "green", "red")


class Model:
    """What a live index should hold, as a plain dict."""

    def __init__(self, folder: Path, seed: int, size: int, exact_rows: int) -> None:
        self.generator = np.random.default_rng(seed)
        self.items: dict[str, tuple[np.ndarray, dict[str, str]]] = {
            f"item-{row}": (self.vector(), self.metadata()) for row in range(size)
        }
        self.gallery = gallery(self.items)
        self.folder, self.exact_rows = folder, exact_rows
        self.index = LiveIndex(folder, self.gallery, exact_rows)
        self.changes: list[Change] = []

    def vector(self) -> np.ndarray:
        vector = self.generator.standard_normal(DIM).astype(np.float32)
        return vector / np.linalg.norm(vector)

    def metadata(self) -> dict[str, str]:
        found = {"category": f"category-{self.generator.integers(0, 4)}"}
        if self.generator.random() < 0.7:
            found["colour"] = str(self.generator.choice(COLOURS))
        return found

    def change(self, count: int) -> None:
        """Items that are new, replaced or deleted, in one batch."""
        batch = []
        for _ in range(count):
            seq = len(self.changes) + 1
            known = list(self.items)
            kind = self.generator.integers(0, 4)
            item_id = str(self.generator.choice(known)) if kind and known else f"new-{seq}"
            if kind == 3 and known:
                self.items.pop(item_id)
                batch.append(Change(seq, item_id))
            else:
                self.items[item_id] = self.vector(), self.metadata()
                batch.append(Change(seq, item_id, *self.items[item_id], {"title": f"Title of {item_id}"}))
            self.changes.append(batch[-1])
        assert self.index.apply(batch) == count

    def check(self, where: dict | None, k: int, exclude: tuple[str, ...] = ()) -> None:
        query_2D = np.stack([self.vector(), self.vector()])
        wanted = {key: [value] if isinstance(value, str) else value for key, value in (where or {}).items()}
        allowed = {
            item_id: vector
            for item_id, (vector, metadata) in self.items.items()
            if item_id not in exclude and all(metadata.get(key) in values for key, values in wanted.items())
        }
        found = self.index.search(query_2D, k, where, exclude)
        assert self.index.search(query_2D, [k, 1], where, exclude) == [found[0], found[1][:1]]
        for query, hits in zip(query_2D, found, strict=True):
            assert len(hits) == min(k, len(allowed))
            assert len({hit.item_id for hit in hits}) == len(hits)
            assert {hit.item_id for hit in hits} <= set(allowed)
            best = sorted((float(vector @ query) for vector in allowed.values()), reverse=True)[:k]
            np.testing.assert_allclose([hit.score for hit in hits], best, atol=2e-3)
            for hit in hits:
                assert shown_of(self.index, hit.item_id)[0] == self.items[hit.item_id][1]

    def check_all(self) -> None:
        assert len(self.index) == len(self.items)
        self.check(None, len(self.items) + 5)
        colours = self.index.snapshot().vocabulary().get("colour", ())
        for where in ({"category": "category-1"}, {"category": ["category-0", "category-3"], "colour": list(colours)}):
            self.check(where, 7)
            self.check(where, len(self.items) + 1, tuple(self.items)[:3])


def shown_of(index: LiveIndex, item_id: str) -> tuple[dict[str, str], dict[str, str]]:
    """Columns to filter by and texts of an item that is there."""
    now = index.snapshot()
    place = now.find(item_id)
    assert place is not None
    in_delta, row = place
    if in_delta:
        return dict(now.delta.metadata[row]), dict(now.delta.texts[row])
    texts = {column: text for column in now.base.text_columns if (text := now.base.text(column, row))}
    return now.base.metadata.row(row), texts


def gallery(items: dict[str, tuple[np.ndarray, dict[str, str]]]) -> VectorIndex:
    columns = {name: [metadata.get(name) for _, metadata in items.values()] for name in ("category", "colour")}
    titles = {"title": [f"Title of {item_id}" for item_id in items]}
    return VectorIndex.build(np.stack([vector for vector, _ in items.values()]), list(items), columns, titles)


@pytest.mark.parametrize("exact_rows", [10_000, 50], ids=["flat", "ivf"])
@pytest.mark.parametrize("seed", range(6))
def test_agrees_with_brute_force(tmp_path: Path, seed: int, exact_rows: int) -> None:
    model = Model(tmp_path, seed, 120, exact_rows)
    for turn in range(6):
        model.change(int(model.generator.integers(1, 60)))
        model.check_all()
        if turn % 2:
            done = model.index.compact()
            assert done is not None
            assert (done.rows, done.kind) == (len(model.items), "flat" if len(model.items) <= exact_rows else "ivf")
            assert model.index.pending == 0
            model.check_all()
    opened = LiveIndex(tmp_path, model.gallery, exact_rows)
    assert opened.seq == model.index.seq == len(model.changes)
    assert opened.vector("no such item") is None
    hits = opened.search(np.ones((1, DIM)), len(model.items) + 1)[0]
    assert {hit.item_id for hit in hits} == model.items.keys()
    for item_id, (vector, metadata) in model.items.items():
        assert shown_of(opened, item_id) == (metadata, {"title": f"Title of {item_id}"})
        kept = opened.vector(item_id)
        assert kept is not None
        np.testing.assert_allclose(kept, vector, atol=1e-3)


def test_a_change_is_found_at_once_and_a_deleted_item_never_again(tmp_path: Path) -> None:
    model = Model(tmp_path, 0, 10, 10_000)
    vector = model.vector()
    model.index.apply([Change(1, "new", vector, {"colour": "mauve"})])
    assert [hit.item_id for hit in model.index.search(vector[None], 1)[0]] == ["new"]
    assert [hit.item_id for hit in model.index.search(vector[None], 9, {"colour": "mauve"})[0]] == ["new"]
    assert "mauve" in model.index.snapshot().vocabulary()["colour"]
    model.index.apply([Change(2, "new"), Change(3, "item-3")])
    for compacted in (False, True):
        assert not compacted or model.index.compact() is not None
        found = {hit.item_id for hit in model.index.search(vector[None], 99)[0]}
        assert found == {f"item-{row}" for row in range(10)} - {"item-3"}
        assert model.index.vector("new") is None
        assert model.index.vector("item-3") is None


def test_changes_are_applied_once_and_in_order(tmp_path: Path) -> None:
    model = Model(tmp_path, 0, 5, 10_000)
    change = Change(7, "new", model.vector(), {"category": "category-0"})
    assert model.index.apply([change, change]) == 1
    assert model.index.apply([Change(6, "new")]) == 0
    assert model.index.vector("new") is not None
    assert model.index.seq == 7


def test_what_changes_during_a_compaction_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = Model(tmp_path, 3, 100, 10_000)
    model.change(40)

    def slow(*arguments: object) -> None:
        merge(*arguments)  # type: ignore[arg-type]
        model.change(40)

    monkeypatch.setattr("components.index.live.merge", slow)
    done = model.index.compact()
    assert done is not None
    assert done.seq == 40
    assert model.index.seq == 80
    model.check_all()
    again = LiveIndex(tmp_path, model.gallery)
    assert again.seq == 40
    again.apply(model.changes)
    model.index = again
    model.check_all()


def test_readers_see_whole_batches_while_writers_and_compactions_go_on(tmp_path: Path) -> None:
    """An item that is only ever replaced is in every answer exactly once."""
    model = Model(tmp_path, 4, 60, 30)
    there = sorted(model.items)
    faults: list[str] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            ids = [hit.item_id for hit in model.index.search(np.ones((1, DIM)), 500)[0]]
            if sorted(ids) != there:
                faults.append(f"{len(ids)} hits")
            if model.index.vector("item-7") is None:
                faults.append("no vector")

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for seq in range(1, 600):
        item_id = f"item-{seq % 60}"
        model.index.apply([Change(2 * seq, item_id), Change(2 * seq + 1, item_id, model.vector(), model.metadata())])
        if seq % 150 == 0:
            assert model.index.compact() is not None
    stop.set()
    for thread in threads:
        thread.join()
    assert faults == []


def test_an_old_snapshot_stays_as_it_was(tmp_path: Path) -> None:
    model = Model(tmp_path, 5, 20, 10_000)
    model.change(10)
    snapshot, there = model.index.snapshot(), set(model.items)
    model.change(600)
    assert model.index.compact() is not None
    assert {hit.item_id for hit in snapshot.search(np.ones((1, DIM)), 999)[0]} == there
    assert all(snapshot.find(item_id) is not None for item_id in there)
    assert all(snapshot.find(item_id) is None for item_id in set(model.items) - there)


def test_another_process_s_generation_is_taken_over(tmp_path: Path) -> None:
    model = Model(tmp_path, 6, 80, 10_000)
    other = LiveIndex(tmp_path, model.gallery)
    model.change(30)
    other.apply(model.changes)
    assert other.compact() is not None
    model.change(10)
    assert model.index.refresh()
    assert not model.index.refresh()
    assert model.index.pending == len({change.item_id for change in model.changes[30:]})
    model.check_all()


def test_only_one_compacts_at_a_time(tmp_path: Path) -> None:
    model = Model(tmp_path, 6, 20, 10_000)
    with model.index._generations.writing() as folder:
        assert folder is not None
        assert model.index.compact() is None


def test_an_unfinished_generation_does_not_count(tmp_path: Path) -> None:
    model = Model(tmp_path, 7, 20, 10_000)
    (tmp_path / "00000009").mkdir()
    (tmp_path / "00000009" / "vectors.faiss").write_bytes(b"half")
    assert len(LiveIndex(tmp_path, model.gallery)) == 20
    model.change(5)
    assert model.index.compact() is not None
    assert not (tmp_path / "00000009").exists()
    for _ in range(3):
        model.change(1)
        assert model.index.compact() is not None
    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) == 2


@pytest.mark.parametrize("name", ["lists.bin", "rows.npz", "centroids.npz", "ivf.json"])
def test_damaged_generations_are_named(tmp_path: Path, name: str) -> None:
    model = Model(tmp_path, 8, 100, 50)
    assert model.index.compact() is not None
    (tmp_path / "00000001" / name).write_bytes(b"{}")
    with pytest.raises(UserError, match="no whole index"):
        LiveIndex(tmp_path, model.gallery)


def test_when_it_asks_for_a_compaction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.index.live.DELTA_ROWS", 30)
    model = Model(tmp_path, 9, 100, 150)
    assert not model.index.needs_compaction
    model.index.apply([Change(seq, f"new-{seq}", model.vector()) for seq in range(1, 32)])
    assert model.index.needs_compaction
    assert model.index.compact() is not None
    assert not model.index.needs_compaction
    model.index.apply([Change(40 + row, f"item-{row}") for row in range(32)])
    assert model.index.needs_compaction
    assert LiveIndex(tmp_path / "other", model.gallery, 99).needs_compaction


def test_an_emptied_index_answers_and_fills_again(tmp_path: Path) -> None:
    model = Model(tmp_path, 10, 3, 10_000)
    model.index.apply([Change(seq + 1, f"item-{seq}") for seq in range(3)])
    assert model.index.search(np.ones((2, DIM)), 5) == [[], []]
    assert model.index.compact() is None
    model.index.apply([Change(9, "new", model.vector())])
    assert [hit.item_id for hit in model.index.search(np.ones((1, DIM)), 5)[0]] == ["new"]


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({"size": "xl"}, "unknown filter 'size'; known: category, colour, fit"),
        ({"colour": "zinc"}, "unknown value 'zinc' of the filter 'colour'; known: blue, green, mauve, red"),
        ({"colour": []}, "has no value"),
    ],
)
def test_unknown_filters_name_the_known(tmp_path: Path, where: dict, message: str) -> None:
    model = Model(tmp_path, 11, 50, 10_000)
    model.index.apply([Change(1, "new", model.vector(), {"colour": "mauve", "fit": "loose"})])
    with pytest.raises(UserError, match=message):
        model.index.search(np.ones((1, DIM)), 3, where)


@pytest.mark.parametrize("exact_rows", [10_000, 5], ids=["flat", "ivf"])
def test_columns_of_any_name_are_kept(tmp_path: Path, exact_rows: int) -> None:
    names = ("x", "x.npy", "x.npy.npy", "0", "column.0", "ids.packed", "a/b", "..", "file")
    model = Model(tmp_path, 13, 10, exact_rows)
    model.index.apply([Change(seq, f"of {name}", model.vector(), {name: "so"}) for seq, name in enumerate(names, 1)])
    assert model.index.compact() is not None
    opened = LiveIndex(tmp_path, model.gallery, exact_rows)
    for name in names:
        (found,) = opened.search(np.ones((1, DIM)), 9, {name: "so"})
        assert [(hit.item_id, shown_of(opened, hit.item_id)[0]) for hit in found] == [(f"of {name}", {name: "so"})]


def test_bad_vectors_change_nothing(tmp_path: Path) -> None:
    model = Model(tmp_path, 12, 5, 10_000)
    good = Change(1, "good", model.vector())
    for bad in (np.full(DIM, np.nan), np.ones(DIM + 1), np.full(DIM, 1e5)):
        with pytest.raises(ValueError, match="the vector of 'bad'"):
            model.index.apply([good, Change(2, "bad", bad.astype(np.float32))])
        assert model.index.vector("good") is None
        assert model.index.seq == 0
    with pytest.raises(ValueError, match="shape"):
        model.index.search(np.ones((1, DIM + 1)), 3)
    with pytest.raises(ValueError, match="at least 1"):
        model.index.search(np.ones((1, DIM)), 0)
    with pytest.raises(ValueError, match="not finite"):
        model.index.search(np.full((1, DIM), np.nan), 3)


def test_an_inverted_file_finds_most_without_looking_everywhere(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    centres = generator.standard_normal((40, 24)).astype(np.float32)
    vectors = centres[generator.integers(0, 40, 6000)] + 0.6 * generator.standard_normal((6000, 24)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    index = LiveIndex(tmp_path, VectorIndex.build(vectors[:5900], [str(row) for row in range(5900)], {}), 1000)
    assert index.compact() is not None
    about = json.loads((tmp_path / "00000001" / "ivf.json").read_text())
    assert about["probes"]["10"] <= about["probes"]["100"]
    assert about["probes"]["10"] < 128
    truth = np.argsort(-(vectors[5900:] @ vectors[:5900].T), axis=1)[:, :10]
    found = [{int(hit.item_id) for hit in hits} for hits in index.search(vectors[5900:], 10)]
    recall = np.mean([len(set(best) & ids) / 10 for best, ids in zip(truth.tolist(), found, strict=True)])
    assert recall >= 0.95


def test_packed_strings_and_ids() -> None:
    values = ["", "gr\u00fcn", "a" * 300, "", "\u65e5\u672c", "b"]
    strings = Strings.pack(values)
    assert list(strings) == values
    assert list(strings.take(np.array([4, 0, 2, 2]))) == [values[row] for row in (4, 0, 2, 2)]
    assert list(strings.joined(Strings.pack(["z"]))) == [*values, "z"]
    assert list(Strings.pack([]).take(np.array([], np.int64))) == []
    ids = Ids.of(Strings.pack(str(row) for row in range(2000)))
    assert [ids.find(str(row)) for row in range(2000)] == list(range(2000))
    assert ids.find("2000") is None
