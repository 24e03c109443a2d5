"""Outfits from text and from Polyvore's sets: rows by hand, splits by hash, and wrong files named."""

import hashlib
import json
import lzma
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from data.errors import UserError
from data.params import OutfitsParams
from data.prepare import prepare
from tests.folders import quiet

HEADER = "id x  y  w  h kind\n"  # Pinterest's is so: spaces above, tabs below
COLUMNS = {"outfit": "id", "category": "kind", "box": ["x", "y", "w", "h"]}
ROWS = "a\t0.1\t0.2\t0.3\t0.4\tHats\na\t0.5\t0.5\t0.50000006\t0.25\tShoes\nb\t0\t0\t1\t1\tHats\nb\t0\t0\t1\t1\tBags\n"


def params(**facts: Any) -> OutfitsParams:
    return OutfitsParams.model_validate({"source": "outfits", "licence": "own"} | facts)


def prepared(tmp_path: Path, given: OutfitsParams) -> tuple[pd.DataFrame, dict[str, Any]]:
    out = prepare("mine", given, quiet, tmp_path / "out")
    card = json.loads((out / "dataset.json").read_text())
    return pq.read_table(out / "outfits.parquet").to_pandas(), card["report"]


def rows(tmp_path: Path, text: str, **facts: Any) -> OutfitsParams:
    (tmp_path / "rows.tsv").write_text(text)
    return params(all={"path": tmp_path / "rows.tsv"}, columns=COLUMNS, **facts)


def sets(tmp_path: Path, **files: Any) -> OutfitsParams:
    """Sets for training and test, and names of categories, as files."""
    train = [{"set_id": f"{number}", "items_category": [1, 20], "items_index": [1, 3]} for number in range(30)]
    test = [{"set_id": "900", "items_category": [20, 1, 1], "items_index": [2, 4, 5]}]
    for name, content in ({"train": train, "test": test, "categories": "1 Shoes\n20 Day Dresses\n"} | files).items():
        (tmp_path / name).write_text(content if isinstance(content, str) else json.dumps(content))
    return params(**{name: {"path": tmp_path / name} for name in ("train", "test", "categories")})


def test_rows_become_things_with_boxes(tmp_path: Path) -> None:
    found, report = prepared(tmp_path, rows(tmp_path, HEADER + ROWS + "alone\t0\t0\t1\t1\tHats\n"))
    assert found[["outfit_id", "place", "category"]].to_numpy().tolist() == [
        ["a", 0, "Hats"],
        ["a", 1, "Shoes"],
        ["b", 0, "Hats"],
        ["b", 1, "Bags"],
    ]
    assert found.loc[0, ["x0", "y0", "x1", "y1"]].tolist() == pytest.approx([0.1, 0.2, 0.4, 0.6])
    assert found.loc[1, "x1"] == 1
    assert report["of_one_thing"] == 1


def test_rows_are_split_by_the_hash_of_the_outfit(tmp_path: Path) -> None:
    text = HEADER + "".join(f"outfit{number}\t0\t0\t1\t1\tHats\n" * 2 for number in range(200))
    found, _ = prepared(tmp_path, rows(tmp_path, text, test_one_in=5, validation_one_in=8))
    splits = found.groupby("outfit_id")["split"].first()
    for outfit, split in splits.items():
        number = int(hashlib.md5(str(outfit).encode(), usedforsecurity=False).hexdigest(), 16)
        assert (split == "test") == (number % 5 == 0)
        assert (split == "validation") == (number % 5 != 0 and number // 5 % 8 == 0)
    assert splits.value_counts().index.tolist() == ["train", "test", "validation"]


def test_sets_become_items_with_names(tmp_path: Path) -> None:
    found, report = prepared(tmp_path, sets(tmp_path))
    test = found[found["split"] == "test"]
    assert test[["outfit_id", "place", "item_id", "category"]].to_numpy().tolist() == [
        ["900", 0, "900_2", "Day Dresses"],
        ["900", 1, "900_4", "Shoes"],
        ["900", 2, "900_5", "Shoes"],
    ]
    assert test[["x0", "x1"]].isna().all(axis=None)
    assert set(found["split"]) == {"train", "validation", "test"}
    assert report["categories"] == 2


def test_what_is_in_an_xz_file_is_verified_by_its_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORKBOARD_MIRROR", str(tmp_path / "mirror"))
    (tmp_path / "mirror" / "deep").mkdir(parents=True)
    plain = (HEADER + ROWS).encode()
    packed = tmp_path / "mirror" / "deep" / "rows.tsv.xz"
    packed.write_bytes(lzma.compress(plain))
    file = {"file": "deep/rows.tsv.xz", "page": "a friend", "sha256": hashlib.sha256(plain).hexdigest()}
    given = params(all={"file": file}, columns=COLUMNS)
    assert len(prepared(tmp_path, given)[0]) == 4
    packed.write_bytes(lzma.compress(plain + b"\n"))
    with pytest.raises(UserError, match=r"not what params\.yaml promises"):
        prepared(tmp_path, given)
    packed.write_bytes(lzma.compress(plain)[:-20])
    with pytest.raises(UserError, match="is cut short or damaged"):
        prepared(tmp_path, given)


@pytest.mark.parametrize("name", ["../rows", "a/../rows", "/rows", "a//b", ""])
def test_a_file_lies_below_the_mirror(name: str) -> None:
    file = {"file": name, "page": "a friend", "sha256": "0" * 64}
    with pytest.raises(ValidationError, match=r"pattern|below the mirror folder"):
        params(all={"file": file}, columns=COLUMNS)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id\tkind\n", r"has no column x and y and w and h, only id, kind"),
        (HEADER, "holds no outfits"),
        (f"{HEADER}a\t0\t0\n", "line 2 has 3 values, and there are 6 columns"),
        (f"{HEADER}a\t0\t0\twide\t1\tHats\n", "line 2: the box is not of numbers"),
    ],
)
def test_wrong_rows_are_named(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(UserError, match=told):
        prepared(tmp_path, rows(tmp_path, text))


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"test": "["}, "test is no JSON"),
        ({"test": "[{}]"}, "no list of Polyvore's sets: 0.set_id: field required"),
        ({"test": [{"set_id": "9", "items_category": [1], "items_index": []}]}, "set 9 has not as many"),
        ({"test": [{"set_id": "x", "items_category": [7], "items_index": [1]}]}, "category 7 of set x has no name"),
        ({"test": [{"set_id": "9", "items_category": [1], "items_index": [1]}]}, "1 outfits are for training and for"),
        ({"categories": "Shoes 1\n"}, "categories line 1: expected a number and a name, found 'Shoes 1'"),
    ],
)
def test_wrong_sets_are_named(tmp_path: Path, files: dict[str, Any], told: str) -> None:
    with pytest.raises(UserError, match=told):
        prepared(tmp_path, sets(tmp_path, **files))


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({}, "either all, or train and test"),
        ({"all": {"path": "a"}, "test": {"path": "b"}, "columns": COLUMNS}, "either all, or train and test"),
        ({"all": {"path": "a"}}, "either columns"),
        ({"train": {"path": "a"}, "test": {"path": "b"}, "columns": COLUMNS, "test_one_in": 3}, "test_one_in is of"),
    ],
)
def test_settings_without_effect_are_refused(facts: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        params(**facts)
