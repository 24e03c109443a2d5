"""A catalogue: rows and pictures that belong together, and what is said where they do not."""

import hashlib
import json
import tarfile
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from pydantic import TypeAdapter, ValidationError

from data.dataset import CARD, open_dataset
from data.errors import UserError
from data.files import sha256_tree
from data.origin import content_of
from data.params import DatasetParams, HashedSplits
from data.prepare import prepare
from data.sources.catalogue.splits import hashed_split
from data.tables.items import TABLE as ITEMS
from data.validation import check
from tests.folders import picture, quiet

COUNT = 24


def made(folder: Path, **facts: Any) -> Any:
    """The entry of a catalogue of 24 hats and shoes, the last of which has no picture."""
    (folder / "pictures" / "more").mkdir(parents=True)
    rows = [
        {
            "id": f"p{number}",
            "title": f"thing {number}",
            "kind": ("hat", "shoe")[number % 2],
            "colour": ("red", "blue", "")[number % 3],
        }
        for number in range(COUNT)
    ]
    pd.DataFrame(rows).to_csv(folder / "items.csv", index=False)
    for number in range(COUNT - 1):
        name = f"more/p{number}.png" if number % 5 == 0 else f"p{number}.jpg"
        picture(number).save(folder / "pictures" / name)
    picture(99).save(folder / "pictures" / "spare.jpg")
    return entry(folder, **facts)


def entry(folder: Path, **facts: Any) -> Any:
    given = {
        "source": "catalogue",
        "licence": "own",
        "path": folder / "items.csv",
        "columns": {"item": "id", "category": "kind"},
        "pictures": {"path": folder / "pictures"},
    }
    return TypeAdapter(DatasetParams).validate_python(given | facts)


def items(folder: Path) -> pd.DataFrame:
    return pq.read_table(folder / ITEMS.file).to_pandas().set_index("item_id")


def test_rows_and_pictures_become_items(tmp_path: Path) -> None:
    params = made(tmp_path)
    folder = prepare("mine", params, quiet, tmp_path / "out")
    found = items(folder)
    assert len(found) == COUNT
    assert found.loc["p5", ["image", "title", "category"]].tolist() == ["images/more/p5.png", "thing 5", "shoe"]
    assert found.loc["p3", "attributes"] == [("colour", "red")]
    assert found.loc["p5", "attributes"] == []
    assert pd.isna(found.loc["p23", "image"])
    assert pd.isna(found.loc["p23", "width_px"])
    assert pd.isna(found.loc["p23", "sha256"])
    report = json.loads((folder / CARD).read_text())["report"]
    assert (report["items_without_picture"], report["pictures_without_item"]) == (1, 1)
    checked = check(open_dataset("mine", folder, "1"), params, tmp_path / "docs", quiet)
    assert [failure for failure in checked.failures if failure["severity"] == "critical"] == []


def test_words_alone_are_a_catalogue(tmp_path: Path) -> None:
    params = made(tmp_path, pictures=None)
    folder = prepare("mine", params, quiet, tmp_path / "out")
    assert items(folder)["image"].isna().all()
    checked = check(open_dataset("mine", folder, "1"), params, tmp_path / "docs", quiet)
    assert [failure for failure in checked.failures if failure["severity"] == "critical"] == []


def test_json_lines_and_an_archive_give_the_same_items(tmp_path: Path) -> None:
    expected = items(prepare("mine", made(tmp_path), quiet, tmp_path / "out"))
    pd.read_csv(tmp_path / "items.csv", keep_default_na=False).to_json(
        tmp_path / "items.jsonl", orient="records", lines=True
    )
    mirror = tmp_path / "mirror" / "shop"
    mirror.mkdir(parents=True)
    with tarfile.open(mirror / "pictures.tar", "w") as tar:
        tar.add(tmp_path / "pictures", "pictures")
    archive = {
        "file": "shop/pictures.tar",
        "page": "https://example.org/shop",
        "files": COUNT,
        "content_sha256": sha256_tree(tmp_path / "pictures"),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CORKBOARD_MIRROR", str(tmp_path / "mirror"))
        packed = entry(tmp_path, path=tmp_path / "items.jsonl", pictures={"archive": archive})
        found = items(prepare("mine", packed, quiet, tmp_path / "packed"))
        pd.testing.assert_frame_equal(found, expected)
        missing = entry(tmp_path, pictures={"archive": archive | {"file": "shop/gone.tar"}})
        with pytest.raises(UserError, match=r"shop/gone.tar is missing: .*; get it from https://example.org/shop, put"):
            prepare("mine", missing, quiet, tmp_path / "gone")


def test_splits_by_the_hash_of_the_id(tmp_path: Path) -> None:
    rule = {"salt": "split|", "train": 50, "validation": 20}
    splits = items(prepare("mine", made(tmp_path, splits=rule), quiet, tmp_path / "out"))["split"]
    for item_id, split in splits.items():
        place = int(hashlib.sha256(f"split|{item_id}".encode()).hexdigest(), 16) % 100
        assert split == ("train" if place < 50 else "validation" if place < 70 else "test")
        assert split == hashed_split(str(item_id), HashedSplits(**rule))
    assert set(splits) == {"train", "validation", "test"}


def test_splits_of_a_column(tmp_path: Path) -> None:
    params = made(tmp_path, splits="given")
    with pytest.raises(UserError, match="no column that is plainly the split"):
        prepare("mine", params, quiet, tmp_path / "out")
    rows = pd.read_csv(tmp_path / "items.csv")
    rows["split"] = ["Train"] * 20 + ["val", "val", "test", "test"]
    rows.to_csv(tmp_path / "items.csv", index=False)
    splits = items(prepare("mine", params, quiet, tmp_path / "out"))["split"]
    assert splits.value_counts().to_dict() == {"train": 20, "validation": 2, "test": 2}
    assert "split" not in dict(items(tmp_path / "out").loc["p0", "attributes"])
    rows.assign(split="dev").to_csv(tmp_path / "items.csv", index=False)
    with pytest.raises(UserError, match="the split of p0 is 'dev'; give train, validation or test"):
        prepare("mine", params, quiet, tmp_path / "out")


def test_pictures_named_in_a_column(tmp_path: Path) -> None:
    params = made(tmp_path)
    rows = pd.read_csv(tmp_path / "items.csv")
    rows["image"] = ["./spare.jpg", "p3.jpg", *[""] * (COUNT - 2)]
    rows.to_csv(tmp_path / "items.csv", index=False)
    found = items(prepare("mine", params, quiet, tmp_path / "out"))["image"]
    assert found.dropna().to_dict() == {"p0": "images/spare.jpg", "p1": "images/p3.jpg"}
    rows.loc[4, "image"] = "gone.jpg"
    rows.to_csv(tmp_path / "items.csv", index=False)
    with pytest.raises(UserError, match=r"the picture .gone\.jpg. of p4 is not among the pictures"):
        prepare("mine", params, quiet, tmp_path / "out")


def test_two_pictures_of_one_name_are_refused(tmp_path: Path) -> None:
    params = made(tmp_path)
    picture(7).save(tmp_path / "pictures" / "p5.jpg")
    with pytest.raises(UserError, match=r"more/p5.png and p5.jpg are pictures of one item"):
        prepare("mine", params, quiet, tmp_path / "out")


def test_a_changed_picture_is_another_content(tmp_path: Path) -> None:
    params = made(tmp_path)
    before = content_of(params)
    picture(1234).save(tmp_path / "pictures" / "p5.jpg")
    assert content_of(params) != before


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"columns": {"item": "sku"}}, "no column 'sku'"),
        ({"columns": {"item": "id", "category": "type"}}, "no column 'type'"),
        ({"attributes": ["weight"]}, "no column 'weight'"),
        ({"path": "nowhere.csv"}, "nowhere.csv is missing"),
        ({"pictures": {"path": "nowhere"}}, "nowhere is missing"),
    ],
)
def test_what_is_not_there_is_named(facts: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=words):
        prepare("mine", made(tmp_path, **facts), quiet, tmp_path / "out")


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"splits": {"salt": "", "train": 80, "validation": 20}}, "leave some of 100"),
        ({"pictures": {}}, "either archive or path"),
        ({"path": None, "file": {"file": "../items.csv", "page": "p", "sha256": "0" * 64}}, "without . and .."),
        ({"path": None, "file": {"file": "items.csv", "sha256": "0" * 64}}, "give a url, or the page"),
    ],
)
def test_entries_that_cannot_be(facts: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=words):
        made(tmp_path, **facts)
