"""Every source that `params.yaml` names keeps the contract, and so do folders of a user's own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from pydantic import TypeAdapter

from data.actions import ACTIONS
from data.dataset import CARD, open_dataset
from data.errors import UserError
from data.files import sha256_tree
from data.origin import content_of
from data.params import DatasetParams, Splits, WorldParams, load
from data.prepare import prepare
from data.project import root
from data.sources import read
from data.stamp import stats
from data.table import SPLITS, tables
from data.tables.items import ITEM_COLUMNS
from data.tables.items import TABLE as ITEMS
from data.validation import check
from tests.folders import class_folders, picture, quiet
from tests.logs import event_log, log_rows
from tests.segmented import NAMES, labelled_photos

FOLDER = "image_folder"


def entry(**facts: Any) -> Any:
    return TypeAdapter(DatasetParams).validate_python({"licence": "own"} | facts)


def table(folder: Path) -> pd.DataFrame:
    return pq.read_table(folder / ITEMS.file).to_pandas().set_index("item_id")


def report(folder: Path) -> Any:
    return json.loads((folder / CARD).read_text())["report"]


def examples(tmp_path: Path) -> dict[str, Any]:
    """One small data set a source."""
    tables = class_folders(tmp_path / "raw")
    prepare("made", entry(source=FOLDER, path=tables), quiet, tmp_path / "made")
    return {
        FOLDER: entry(source=FOLDER, path=tables),
        "tables": entry(source="tables", path=tmp_path / "made"),
        "catalogue": catalogue(tmp_path / "shop"),
        "segmented_photos": entry(
            source="segmented_photos", path=labelled_photos(tmp_path / "labelled"), names=NAMES, background="nothing"
        ),
        "world": WorldParams(source="world", seed=3, objects=24, scenes=4, size_px=96, queries=10, pages=5),
    }


def catalogue(folder: Path) -> Any:
    """Twenty items, with a picture each that is named by the item's id, and what they are for ten queries."""
    lines = [f"{number},{('hat', 'shoe')[number % 2]},{('red', 'blue')[number % 3 % 2]}\n" for number in range(20)]
    (folder / "pictures").mkdir(parents=True)
    (folder / "items.csv").write_text("".join(["id,category,colour\n", *lines]))
    for number in range(20):
        picture(number).save(folder / "pictures" / f"{number}.jpg", quality=90)
    judged = [f"{('hat', 'shoe')[number % 2]} {number % 10},{number},{number % 4}\n" for number in range(20)]
    (folder / "judged.csv").write_text("".join(["query,item,grade\n", *judged]))
    return entry(
        source="catalogue",
        path=folder / "items.csv",
        pictures={"path": folder / "pictures"},
        judgements=[{"path": folder / "judged.csv"}],
    )


def outfits(tmp_path: Path) -> dict[str, Any]:
    """One small data set of outfits a source."""
    lines = "".join(f"outfit{number}\that{place}\n" for number in range(40) for place in range(3))
    (tmp_path / "outfits.tsv").write_text(f"outfit category\n{lines}")
    columns = {"outfit": "outfit", "category": "category"}
    return {"outfits": entry(source="outfits", all={"path": tmp_path / "outfits.tsv"}, columns=columns)}


# tables of the sources that have more than items
TABLES = {
    "segmented_photos": {"items", "regions"},
    "catalogue": {"items", "queries", "qrels"},
    "world": {"items", "regions", "outfits", "queries", "qrels", "search_clicks"},
}


def logs(tmp_path: Path) -> dict[str, Any]:
    """One small log a source."""
    lines = "".join(f"{user} {' '.join(f'{(user + k) % 9}' for k in range(user))}\n" for user in range(1, 12))
    (tmp_path / "sequences.txt").write_text(lines)
    people = {"users": 30, "days": 8}
    world = {"source": "world", "seed": 3, "objects": 60, "scenes": 4, "size_px": 32, "behaviour": people}
    return {
        "event_log": event_log(tmp_path / "log.csv", log_rows()),
        "sequences": entry(source="sequences", path=tmp_path / "sequences.txt"),
        "world": entry(**world, queries=10, pages=5),
    }


def test_the_labels_of_clothing_are_named() -> None:
    """So that an unknown one is an error there, not a warning."""
    clothing = load(root() / "params.yaml").datasets["clothing"]
    assert len(getattr(clothing, "labels", None) or ()) == 10


def test_params_names_sources_that_exist(tmp_path: Path) -> None:
    datasets = load(root() / "params.yaml").datasets
    assert {"world", "clothing", "fashion-pictures", "street", "complete-the-look", "beauty", "deskdrop"} <= set(
        datasets
    )
    known = {
        *examples(tmp_path),
        *outfits(tmp_path),
        *logs(tmp_path),
        "captions",
        "relative_captions",
        "boards",
        "impression_log",
        "ad_log",
        "ad_world",
        "labelled_texts",
        "message_log",
        "message_world",
    }  # in tests/unit
    assert {params.source for params in datasets.values()} <= known
    for params in datasets.values():
        assert (root() / "data" / "sources" / params.source / "__init__.py").is_file()


@pytest.mark.parametrize("source", [FOLDER, "catalogue", "segmented_photos", "tables", "world"])
def test_a_prepared_data_set_keeps_the_contract(source: str, tmp_path: Path) -> None:
    params = examples(tmp_path)[source]
    first = prepare("mine", params, quiet, tmp_path / "first")
    dataset = open_dataset("mine", first, "1")
    assert set(dataset.tables) == TABLES.get(source, {"items"})
    for expected in (tables()[name] for name in dataset.tables):
        found = dataset.table(expected.name)
        assert found.schema.equals(expected.schema)
        keys = found.select(list(expected.key)).to_pandas()
        assert not keys.duplicated().any()
        assert dataset.rows[expected.name] == found.num_rows
        assert keys[expected.key[0]].is_monotonic_increasing
    items = dataset.table("items").to_pandas()
    assert len(items) > 10
    assert set(items["split"]) <= set(SPLITS)
    assert {"train", "validation", "test"} <= set(items["split"])
    assert all(dataset.file(image).is_file() for image in items["image"])
    assert dataset.simulated == (source == "world")
    if "regions" in dataset.tables:
        masks = dataset.table("regions").column("mask").drop_null().to_pylist()
        assert masks
        assert all(dataset.file(mask).is_file() for mask in masks)
    second = prepare("mine", params, quiet, tmp_path / "second")
    assert sha256_tree(first) == sha256_tree(second)


def test_prepared_outfits_keep_the_contract(tmp_path: Path) -> None:
    params = outfits(tmp_path)["outfits"]
    first = prepare("mine", params, quiet, tmp_path / "first")
    dataset = open_dataset("mine", first, "1")
    assert set(dataset.tables) == {"outfits"}
    expected = tables()["outfits"]
    found = dataset.table("outfits")
    assert found.schema.equals(expected.schema)
    frame = found.to_pandas()
    assert not frame.duplicated(list(expected.key)).any()
    assert set(frame["split"]) == {"train", "validation", "test"}
    assert sorted(path.name for path in first.iterdir()) == ["dataset.json", "outfits.parquet"]
    assert check(dataset, params, tmp_path / "docs", quiet).failures == []
    assert sha256_tree(first) == sha256_tree(prepare("mine", params, quiet, tmp_path / "second"))


@pytest.mark.parametrize("source", ["event_log", "sequences", "world"])
def test_a_prepared_log_keeps_the_contract(source: str, tmp_path: Path) -> None:
    params = logs(tmp_path)[source]
    first = prepare("mine", params, quiet, tmp_path / "first")
    dataset = open_dataset("mine", first, "1")
    assert set(dataset.tables) == {"items", "users", "events"} | (
        {"regions", "outfits", "queries", "qrels", "search_clicks"} if source == "world" else set()
    )
    for expected in (tables()[name] for name in ("items", "users", "events")):
        found = dataset.table(expected.name)
        assert found.schema.equals(expected.schema)
        keys = found.select(list(expected.key)).to_pandas()
        assert not keys.duplicated().any()
        assert keys.sort_values(list(expected.key)).index.is_monotonic_increasing
        assert dataset.rows[expected.name] == found.num_rows
    events = dataset.table("events").to_pandas()
    assert len(events) > 10
    assert set(events["split"]) == {"train", "validation", "test"}
    assert set(events["action"]) <= set(ACTIONS)
    assert set(events["item_id"]) <= set(dataset.table("items").column("item_id").to_pylist())
    users = dataset.table("users").to_pandas().set_index("user_id")
    assert events["user_id"].value_counts().to_dict() == users["events"].to_dict()
    assert not list(first.rglob("*.tmp")) + list(first.glob(".*"))
    assert not (first / "log").exists()
    report = check(dataset, params, tmp_path / "docs", quiet)
    assert [failure for failure in report.failures if failure["severity"] == "critical"] == []
    second = prepare("mine", params, quiet, tmp_path / "second")
    assert sha256_tree(first) == sha256_tree(second)


@pytest.mark.parametrize("source", [FOLDER, "catalogue", "segmented_photos", "world"])
def test_a_source_reads_below_out(source: str, tmp_path: Path) -> None:
    params = examples(tmp_path)[source]
    (tmp_path / "out").mkdir()
    raw = read(params, tmp_path / "out", quiet)
    items = raw.tables["items"]
    assert set(ITEM_COLUMNS) <= set(items.columns)
    assert items["item_id"].is_unique
    assert all((tmp_path / "out" / image).is_file() for image in items["image"])
    assert not any(image.startswith("/") or ".." in image or "\\" in image for image in items["image"])


def test_given_splits_are_kept_and_ids_do_not_tell_them(tmp_path: Path) -> None:
    for place, split in enumerate(("train", "val", "test")):
        for number in range(2):
            path = tmp_path / "raw" / split / "hat" / f"{split}{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            picture(10 * place + number).save(path)
    picture(99).save(tmp_path / "raw" / "test" / "hat" / "train0.png")
    folder = prepare("mine", entry(source=FOLDER, path=tmp_path / "raw"), quiet, tmp_path / "out")
    assert table(folder)["split"].to_dict() == {
        "train/hat/train0": "train",
        "hat/train1": "train",
        "hat/val0": "validation",
        "hat/val1": "validation",
        "hat/test0": "test",
        "hat/test1": "test",
        "test/hat/train0": "test",
    }


def test_same_name_with_another_suffix_is_told_apart(tmp_path: Path) -> None:
    class_folders(tmp_path / "raw", ("hat",), 3)
    picture(7).save(tmp_path / "raw" / "hat" / "00.png")
    folder = prepare("mine", entry(source=FOLDER, path=tmp_path / "raw"), quiet, tmp_path / "out")
    assert set(table(folder).index) == {"hat/00.jpg", "hat/00.png", "hat/01", "hat/02"}


def test_odd_files_are_passed_over_and_reported(tmp_path: Path) -> None:
    raw = class_folders(tmp_path / "wrapped" / "raw")
    (raw / "README.md").write_text("pictures")
    (raw / "hat" / "notes.txt").write_text("a note")
    (raw / "hat" / ".DS_Store").write_text("hidden")
    (raw / "hat" / "old").mkdir()
    picture(5).save(raw / "hat" / "old" / "nested.jpg")
    (raw / "glove").mkdir()
    folder = prepare("mine", entry(source=FOLDER, path=tmp_path / "wrapped"), quiet, tmp_path / "out")
    assert set(report(folder)["ignored"]) == {"README.md", "hat/notes.txt", "hat/old"}
    assert report(folder)["empty_folders"] == ["glove"]
    assert len(table(folder)) == 20


def test_an_undecodable_picture_keeps_its_row(tmp_path: Path) -> None:
    raw = class_folders(tmp_path / "raw")
    (raw / "hat" / "note.jpg").write_text("not a picture")
    folder = prepare("mine", entry(source=FOLDER, path=raw), quiet, tmp_path / "out")
    row = table(folder).loc["hat/note"]
    assert pd.isna(row["width_px"])
    assert pd.isna(row["phash"])
    assert row["size_bytes"] == len("not a picture")


@pytest.mark.parametrize("source", [FOLDER, "tables"])
def test_a_file_that_cannot_be_read_is_named(source: str, tmp_path: Path) -> None:
    params = examples(tmp_path)[source]
    before = stats(params.path), content_of(params)
    (params.path / "hat").mkdir(exist_ok=True)
    link = params.path / "hat" / "gone.jpg"
    link.symlink_to(tmp_path / "nowhere.jpg")
    assert stats(params.path) != before[0]
    assert content_of(params) != before[1]
    with pytest.raises(UserError, match=r"hat/gone.jpg cannot be read \(No such file or directory\)"):
        prepare("mine", params, quiet, tmp_path / "out")
    link.unlink()
    link.symlink_to(link)
    with pytest.raises(UserError, match=r"hat/gone.jpg cannot be (read|copied) \(.*Too many levels"):
        prepare("mine", params, quiet, tmp_path / "out")
    link.unlink()
    os.mkfifo(link)
    with pytest.raises(UserError, match=r"hat/gone.jpg.* is a named pipe"):
        prepare("mine", params, quiet, tmp_path / "out")
    link.unlink()
    assert content_of(params) == before[1]
    link.mkdir()
    prepare("mine", params, quiet, tmp_path / "out")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_named_before_anything_is_prepared(tmp_path: Path) -> None:
    params = examples(tmp_path)[FOLDER]
    (params.path / "hat" / "00.jpg").chmod(0)
    for look in (content_of, lambda given: prepare("mine", given, quiet, tmp_path / "out")):
        with pytest.raises(UserError, match=r"hat/00.jpg cannot be read \(Permission denied\)"):
            look(params)


def test_processes_that_render_import_neither_tables_nor_models() -> None:
    code = "import sys, data.world.rendering; print({'pandas', 'pydantic', 'pyarrow'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=root(), capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_metadata_gives_titles_and_attributes(tmp_path: Path) -> None:
    raw = class_folders(tmp_path / "raw", ("hat", "shoe"), 3)
    (raw / "metadata.csv").write_text(
        "file_name,title,colour,size\nhat/00.jpg,A red hat,red,\nhat/99.jpg,Gone,blue,1\n"
    )
    (raw / "shoe" / "metadata.csv").write_text('file_name,colour\n01.jpg,"green, light"\n')
    folder = prepare("mine", entry(source=FOLDER, path=raw), quiet, tmp_path / "out")
    items = table(folder)
    assert items.loc["hat/00", "title"] == "A red hat"
    assert items.loc["hat/00", "attributes"] == [("colour", "red")]
    assert items.loc["shoe/01", "attributes"] == [("colour", "green, light")]
    assert items.loc["shoe/00", "title"] == "shoe"
    assert report(folder)["metadata_without_file"] == ["hat/99.jpg"]
    (raw / "metadata.csv").write_text("name,colour\nhat/00.jpg,red\n")
    with pytest.raises(UserError, match=r"metadata.csv line 2.*file_name"):
        prepare("mine", entry(source=FOLDER, path=raw), quiet, tmp_path / "out")
    assert len(table(tmp_path / "out")) == 6


def test_copies_across_given_splits_are_excluded_and_reported(tmp_path: Path) -> None:
    for place, split in enumerate(("train", "validation", "test")):
        class_folders(tmp_path / "raw" / split, ("hat",), 3)
        for number in range(3):
            picture(50 * place + number).save(tmp_path / "raw" / split / "hat" / f"{number:02d}.jpg")
    picture(100).resize((40, 40)).save(tmp_path / "raw" / "train" / "hat" / "small.png")  # test/hat/00 again
    folder = prepare("mine", entry(source=FOLDER, path=tmp_path / "raw"), quiet, tmp_path / "out")
    assert table(folder).loc["hat/small", "split"] == "excluded"
    (leak,) = report(folder)["excluded"]
    assert (leak["item_id"], leak["same_as"], leak["kept_in"], leak["kind"]) == (
        "hat/small",
        "test/hat/00",
        "test",
        "near",
    )


def test_assigned_splits_keep_copies_together(tmp_path: Path) -> None:
    raw = class_folders(tmp_path / "raw", ("hat",), 12)
    for number in range(12):
        picture(number).resize((50, 50)).save(raw / "hat" / f"copy{number:02d}.png")
    shares = Splits(train=0.5, validation=0.25, test=0.25, seed=1)
    folder = prepare("mine", entry(source=FOLDER, path=raw, splits=shares), quiet, tmp_path / "out")
    splits = table(folder)["split"]
    assert splits.value_counts().to_dict() == {"train": 12, "validation": 6, "test": 6}
    assert all(splits[f"hat/{number:02d}"] == splits[f"hat/copy{number:02d}"] for number in range(12))


def test_a_folder_without_classes_or_splits_says_so(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    picture(1).save(tmp_path / "raw" / "a.jpg")
    with pytest.raises(UserError, match="no folder a class"):
        prepare("mine", entry(source=FOLDER, path=tmp_path / "raw"), quiet, tmp_path / "out")
    class_folders(tmp_path / "raw")
    with pytest.raises(UserError, match=r"splits: given"):
        prepare("mine", entry(source=FOLDER, path=tmp_path / "raw", splits="given"), quiet, tmp_path / "out")
    with pytest.raises(UserError, match=r"gone.*missing"):
        prepare("mine", entry(source=FOLDER, path=tmp_path / "gone"), quiet, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert [path.name for path in tmp_path.iterdir() if "preparing" in path.name] == []
