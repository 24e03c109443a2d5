"""Bad rows are named, by table, check, severity, file and row; a check that breaks is no bad data."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from data.checks.expect import never
from data.checks.run import Checked, run_suites
from data.dataset import open_dataset
from data.errors import BrokenCheckError
from data.images import made_picture
from data.params import TablesParams
from data.prepare import prepare
from data.reference import write_reference
from data.tables.items import TABLE as ITEMS
from data.tables.outfits import TABLE as OUTFITS
from data.tables.regions import TABLE as REGIONS
from data.validation import Report, check
from tests.folders import bomb, class_folders, picture, quiet

LABELS = ("glove", "hat", "shoe")


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty-four pictures in two categories, one of them with two regions, and nothing wrong."""
    folder = tmp_path_factory.mktemp("clean")
    class_folders(folder / "raw", ("hat", "shoe"), 12)
    from data.params import ImageFolderParams

    params = ImageFolderParams(source="image_folder", licence="own", path=folder / "raw")
    out = prepare("mine", params, quiet, folder / "out")
    (out / "masks").mkdir()
    mask = Image.new("L", (64, 64))
    mask.paste(1, (0, 0, 10, 10))
    mask.paste(2, (20, 20, 60, 60))
    mask.save(out / "masks" / "a.png")
    regions = [
        {"region_id": "r1", "x0_px": 0, "y0_px": 0, "x1_px": 10, "y1_px": 10, "mask_value": 1},
        {"region_id": "r2", "x0_px": 20, "y0_px": 20, "x1_px": 60, "y1_px": 60, "mask_value": 2},
    ]
    shared = {"item_id": "hat/00", "label": "hat", "mask": "masks/a.png", "attributes": []}
    pq.write_table(pa.Table.from_pylist([shared | region for region in regions], REGIONS.schema), out / REGIONS.file)
    return out


class Bench:
    """A copy of the clean data set to be spoilt and checked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def items(self, change: Callable[[pd.DataFrame], pd.DataFrame | None]) -> None:
        self._rewrite(ITEMS.file, ITEMS.schema, change)

    def regions(self, change: Callable[[pd.DataFrame], pd.DataFrame | None]) -> None:
        self._rewrite(REGIONS.file, REGIONS.schema, change)

    def _rewrite(self, name: str, schema: pa.Schema, change: Callable[[pd.DataFrame], pd.DataFrame | None]) -> None:
        frame = pq.read_table(self.folder / name).to_pandas()
        changed = change(frame)
        frame = frame if changed is None else changed
        table = pa.Table.from_pandas(
            frame, pa.schema([field.with_nullable(True) for field in schema if field.name in frame])
        )
        pq.write_table(table, self.folder / name)

    def check(self, labels: tuple[str, ...] | None = LABELS) -> Report:
        params = TablesParams(source="tables", licence="own", path=self.folder, labels=labels)
        return check(open_dataset("mine", self.folder, "1"), params, self.folder.parent / "docs", quiet)

    def failure(self, name: str, severity: str = "critical") -> dict[str, Any]:
        failures = [one for one in self.check().failures if (one["check"], one["severity"]) == (name, severity)]
        assert len(failures) == 1, f"{name} is not among the failures"
        return failures[0]

    def critical(self) -> set[str]:
        return {one["check"] for one in self.check().failures if one["severity"] == "critical"}


@pytest.fixture
def bench(clean: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("CORKBOARD_HOME", str(tmp_path / "home"))
    shutil.copytree(clean, tmp_path / "mine")
    return Bench(tmp_path / "mine")


def spoil(column: str, value: Any, item: str = "hat/03") -> Callable[[pd.DataFrame], None]:
    def change(frame: pd.DataFrame) -> None:
        frame.loc[frame["item_id"] == item, column] = value

    return change


def test_clean_data_passes_and_docs_are_written(bench: Bench) -> None:
    report = bench.check()
    assert report.failures == []
    assert report.checks > 35
    assert report.docs.is_file()
    assert report.shares == {"hat": 0.5, "shoe": 0.5}
    page = report.docs.read_text()
    links = re.findall(r'href="([^"]*)"', page)
    assert len(links) == 6
    assert all((report.docs.parent / link).is_file() for link in links)
    assert "://" not in page


def test_truncated_and_foreign_files_are_named(bench: Bench) -> None:
    cut, foreign = bench.folder / "images/hat/03.jpg", bench.folder / "images/shoe/04.jpg"
    cut.write_bytes(cut.read_bytes()[:700])
    foreign.write_text("not a picture")
    failure = bench.failure("file decodes")
    assert (failure["table"], failure["count"]) == ("items", 2)
    assert [(row["item_id"], row["image"]) for row in failure["rows"]] == [
        ("hat/03", "images/hat/03.jpg"),
        ("shoe/04", "images/shoe/04.jpg"),
    ]
    assert all("does not decode" in row["found"] for row in failure["rows"])
    page = (bench.folder.parent / "docs" / "index.html").read_text()
    assert "images/hat/03.jpg" in page
    assert "not met" in page


def test_a_bomb_is_named_and_never_decoded(bench: Bench) -> None:
    (bench.folder / "images/hat/03.jpg").unlink()
    bomb(bench.folder / "images/hat/03.png")
    bench.items(spoil("image", "images/hat/03.png"))
    (row,) = bench.failure("pixels in bounds")["rows"]
    assert row["item_id"] == "hat/03"
    assert "30000 x 30000" in row["found"]


@pytest.mark.parametrize("image", ["images/hat/none.jpg", "../outside.jpg", "/etc/hostname", ""])
def test_a_missing_or_outside_file_is_named(bench: Bench, image: str) -> None:
    picture(1).save(bench.folder.parent / "outside.jpg")
    bench.items(spoil("image", image))
    (row,) = bench.failure("file exists")["rows"]
    assert (row["item_id"], row["image"]) == ("hat/03", image)


def test_another_file_than_recorded_is_named(bench: Bench) -> None:
    picture(777).save(bench.folder / "images/hat/03.jpg")
    (row,) = bench.failure("file as recorded")["rows"]
    assert row["item_id"] == "hat/03"
    assert "sha256" in row["found"]


def test_size_and_aspect_have_bounds(bench: Bench) -> None:
    picture(1).resize((4, 60)).save(bench.folder / "images/hat/03.jpg")
    assert bench.failure("least size")["rows"][0]["item_id"] == "hat/03"
    assert bench.failure("aspect", "warning")["rows"][0]["found"] == "15"
    picture(1).resize((20, 20)).save(bench.folder / "images/hat/03.jpg")
    assert bench.failure("small pictures", "warning")["rows"][0]["found"] == "20"


def test_a_missing_column_is_named_and_the_rest_still_checked(bench: Bench) -> None:
    (bench.folder / "images/hat/03.jpg").write_text("not a picture")
    bench.items(lambda frame: frame.drop(columns=["split", "sha256"]))
    report = bench.check()
    missing = next(one for one in report.failures if one["check"] == "column exists")
    assert [row["column"] for row in missing["rows"]] == ["split", "sha256"]
    assert "file decodes" in {one["check"] for one in report.failures}


def test_a_column_of_another_type_is_named(bench: Bench) -> None:
    table = pq.read_table(bench.folder / ITEMS.file)
    wide = table.column("width_px").cast(pa.string())
    pq.write_table(table.set_column(table.column_names.index("width_px"), "width_px", wide), bench.folder / ITEMS.file)
    (row,) = bench.failure("column type")["rows"]
    assert row["column"] == "width_px"
    assert "string" in row["found"]


def test_a_duplicate_key_is_named(bench: Bench) -> None:
    bench.items(spoil("item_id", "shoe/04"))
    failure = bench.failure("key is unique")
    assert failure["count"] == 2
    assert {row["image"] for row in failure["rows"]} == {"images/hat/03.jpg", "images/shoe/04.jpg"}
    assert {row["item_id"] for row in failure["rows"]} == {"shoe/04"}


def test_unknown_labels_and_splits_are_named(bench: Bench) -> None:
    bench.items(spoil("category", "anorak"))
    bench.items(spoil("split", "holdout", "shoe/04"))
    failures = {one["check"]: one for one in bench.check().failures}
    assert failures["label is known"]["rows"][0] == {
        "item_id": "hat/03",
        "image": "images/hat/03.jpg",
        "found": "anorak",
    }
    assert failures["split is known"]["rows"][0]["found"] == "holdout"


def test_a_label_is_held_against_the_last_version_where_none_are_named(bench: Bench) -> None:
    bench.items(spoil("category", "anorak"))
    assert "label is known" not in {one["check"] for one in bench.check(labels=None).failures}
    write_reference("mine", "0", {"hat": 0.5, "shoe": 0.5})
    (failure,) = [one for one in bench.check(labels=None).failures if one["check"] == "label is known"]
    assert failure["severity"] == "warning"
    assert failure["rows"] == [{"item_id": "hat/03", "image": "images/hat/03.jpg", "found": "anorak"}]
    assert "reference/mine.json" in failure["message"]


def test_an_unused_split_is_named(bench: Bench) -> None:
    bench.items(lambda frame: frame.assign(split=frame["split"].replace("validation", "train")))
    assert bench.failure("splits are used")["rows"] == [{"missing": "validation"}]


def test_an_empty_class_is_named(bench: Bench) -> None:
    card = json.loads((bench.folder / "dataset.json").read_text())
    card["report"]["empty_folders"] = ["train/glove"]
    (bench.folder / "dataset.json").write_text(json.dumps(card))
    (row,) = bench.failure("class has pictures")["rows"]
    assert row == {"category": "glove", "found": "train/glove"}


def test_a_category_that_cannot_be_trained_or_tested_is_named(bench: Bench) -> None:
    for item in ("hat/03", "hat/04", "hat/05"):
        bench.items(spoil("category", "glove", item))
        bench.items(spoil("split", "validation", item))
    assert bench.failure("category in train")["rows"][0]["category"] == "glove"
    assert {row["category"] for row in bench.failure("category in test", "warning")["rows"]} >= {"glove"}


def test_a_category_of_too_few_pictures_for_every_split_is_named_once(bench: Bench) -> None:
    bench.items(spoil("category", "glove"))
    assert bench.failure("category is rare", "warning")["rows"][0]["category"] == "glove"
    assert not [one for one in bench.check().failures if one["check"] == "category in train"]


@pytest.mark.parametrize(("kind", "name"), [("exact", "exact leak"), ("near", "near leak")])
def test_leaked_duplicates_are_named_from_both_sides(bench: Bench, kind: str, name: str) -> None:
    items = pq.read_table(bench.folder / ITEMS.file).to_pandas()
    train, test = (items[items["split"] == split].iloc[0] for split in ("train", "test"))
    copy = bench.folder / test["image"]
    if kind == "exact":
        shutil.copy(bench.folder / train["image"], copy)
    else:
        Image.open(bench.folder / train["image"]).resize((50, 50)).save(copy, quality=80)
    rows = {row["item_id"]: row["found"] for row in bench.failure(name)["rows"]}
    assert set(rows) == {train["item_id"], test["item_id"]}
    assert test["item_id"] in rows[train["item_id"]]
    assert "train" in rows[train["item_id"]]
    assert "test" in rows[train["item_id"]]


def test_one_picture_with_two_labels_is_a_warning(bench: Bench) -> None:
    items = pq.read_table(bench.folder / ITEMS.file).to_pandas()
    train = items[items["split"] == "train"]
    hat, shoe = (train[train["category"] == name].iloc[0] for name in ("hat", "shoe"))
    shutil.copy(bench.folder / hat["image"], bench.folder / shoe["image"])
    assert bench.failure("same picture, two labels", "warning")["count"] == 2
    assert "exact leak" not in bench.critical()


def test_class_balance_is_held_against_the_last_version_that_passed(bench: Bench) -> None:
    write_reference("mine", "0", {"hat": 0.1, "shoe": 0.9})
    assert {row["category"] for row in bench.failure("class balance", "warning")["rows"]} == {"hat"}
    assert "class balance" not in bench.critical()
    write_reference("mine", "0", {"glove": 0.98, "hat": 0.01, "shoe": 0.01})
    bench.items(lambda frame: pd.concat([frame] * 10).assign(item_id=[f"{k}" for k in range(240)]))
    failure = bench.failure("class balance")
    assert "glove" in {row["category"] for row in failure["rows"]}
    assert "reference/mine.json" in failure["message"]


def test_an_empty_table_is_named(bench: Bench) -> None:
    bench.items(lambda frame: frame.iloc[:0])
    assert bench.failure("table has rows")["table"] == "items"


@pytest.mark.parametrize(
    ("column", "value", "name", "told"),
    [
        ("x1_px", 70.0, "box in picture", "64 x 64"),
        ("x0_px", 15.0, "box in picture", "no area"),
        ("y0_px", float("nan"), "box in picture", "no area"),
        ("item_id", "hat/99", "item exists", "hat/99"),
        ("label", "anorak", "label is known", "anorak"),
        ("mask", "masks/none.png", "mask matches", "is missing"),
        ("mask", "masks/small.png", "mask matches", "32 x 64"),
        ("mask", "masks/text.png", "mask matches", "does not decode"),
        ("mask", "masks/colour.png", "mask matches", "colours"),
        ("mask", None, "mask value present", "without a mask"),
        ("mask_value", 9, "mask value present", "9 is nowhere"),
        ("mask_value", None, "mask value present", "without a number"),
        ("region_id", "r2", "key is unique", "hat/00"),
        ("area_px", 99, "area matches", "99 pixels, the mask has 100"),
        ("area_px", 0, "area matches", "0 pixels"),
        ("product_id", "hat/99", "product exists", "no item hat/99"),
    ],
)
def test_a_bad_region_is_named(bench: Bench, column: str, value: Any, name: str, told: str) -> None:
    Image.new("L", (32, 64), 1).save(bench.folder / "masks/small.png")
    (bench.folder / "masks/text.png").write_text("no mask")
    picture(1).save(bench.folder / "masks/colour.png")
    bench.regions(lambda frame: frame.assign(**{column: [value, *frame[column][1:]]}))
    failure = bench.failure(name)
    assert failure["table"] == "regions"
    assert any(told in text for text in failure["rows"][0].values())


def test_an_area_without_a_mask_fits_its_box(bench: Bench) -> None:
    bench.regions(lambda frame: frame.assign(mask=None, mask_value=None, area_px=[100, 1601]))
    failure = bench.failure("area matches")
    assert failure["rows"] == [{"region_id": "r2", "item_id": "hat/00", "found": "1601 pixels in a box of 1600"}]


def _outfits(**changed: Any) -> list[dict[str, Any]]:
    """Three outfits of two things in the three splits; `changed` of the first thing."""
    rows: list[dict[str, Any]] = [
        {"outfit_id": split, "place": place, "item_id": "hat/00", "category": "hat", "split": split}
        | {"x0": 0.0, "y0": 0.0, "x1": 1.0, "y1": 0.5}
        for split in ("test", "train", "validation")
        for place in range(2)
    ]
    rows[0] |= changed
    return rows


@pytest.mark.parametrize(
    ("changed", "name", "found"),
    [
        ({"place": 2}, "place counts from 0", "1"),
        ({"outfit_id": "alone"}, "several things", "is the outfit's only thing"),
        ({"split": "train"}, "one split", "train"),
        ({"item_id": "hat/99"}, "item exists", "no item hat/99"),
        ({"x1": 1.5}, "box in picture", "box (0, 0, 1.5, 0.5)"),
        ({"x1": 0.0}, "box in picture", "box (0, 0, 0, 0.5)"),
        ({"x1": None}, "box in picture", "box (0, 0, nan, 0.5)"),
        ({"split": "holiday"}, "split is known", "holiday"),
    ],
)
def test_a_bad_outfit_is_named(bench: Bench, changed: dict[str, Any], name: str, found: str) -> None:
    rows = _outfits(**changed)
    pq.write_table(pa.Table.from_pylist(rows, OUTFITS.schema), bench.folder / OUTFITS.file)
    failure = bench.failure(name)
    assert failure["table"] == "outfits"
    assert found in [row["found"] for row in failure["rows"]]


def test_outfits_may_lack_boxes_and_items(bench: Bench) -> None:
    nothing = dict.fromkeys(("item_id", "x0", "y0", "x1", "y1"))
    rows = [row | nothing for row in _outfits()]
    pq.write_table(pa.Table.from_pylist(rows, OUTFITS.schema), bench.folder / OUTFITS.file)
    assert bench.check().failures == []


def test_a_check_that_cannot_run_is_an_error_of_ours(bench: Bench) -> None:
    dataset = open_dataset("mine", bench.folder, "1")
    suite = [never("no_such_column", "broken", "this cannot be judged")]
    frame = pd.DataFrame({"item_id": ["a"]})
    with pytest.raises(BrokenCheckError, match=r"'broken' of items could not run.*no_such_column"):
        run_suites(dataset, [Checked("items", "items", frame, suite, ("item_id",))], bench.folder.parent / "docs")


def test_a_made_picture_may_not_be_learned_from(bench: Bench) -> None:
    made = made_picture(np.zeros((64, 64, 3), np.uint8), "weights", 7, "generate")
    frame = pq.read_table(bench.folder / ITEMS.file).to_pandas()
    rows = {split: frame[frame["split"] == split].iloc[0] for split in ("train", "test")}
    for row in rows.values():
        (bench.folder / row["image"]).write_bytes(made)
    failure = bench.failure("no made picture to learn from")
    assert [row["item_id"] for row in failure["rows"]] == [rows["train"]["item_id"]]
