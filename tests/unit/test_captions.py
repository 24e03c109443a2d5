"""Captions of pictures: one asks, the others tell of the picture, and experts grade other pairs."""

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from pydantic import TypeAdapter

from data.dataset import open_dataset
from data.errors import UserError
from data.files import sha256_tree
from data.params import DatasetParams
from data.prepare import prepare
from data.validation import check
from tests.folders import quiet

PICTURES = [f"{number}.jpg" for number in range(4)]


def made(folder: Path, captions: str | None = None, **facts: Any) -> Any:
    """The entry of four pictures with three captions each, the last of which asks; one picture is in no list."""
    text = "".join(f'{picture}#{number}\t"{number}" of {picture} .\n' for picture in PICTURES for number in range(3))
    (folder / "captions.tsv").write_text(captions or text)
    for split, picture in zip(("train", "validation", "test"), PICTURES, strict=False):
        (folder / f"{split}.txt").write_text(f"{picture}\n")
    (folder / "experts.csv").write_text("image,caption,e1,e2\n0.jpg,2.jpg#2,1,2\n2.jpg,2.jpg#2,4,3\n")
    experts = {"columns": {"query": "caption", "item": "image"}, "raters": ["e1", "e2"], "scale": [1, 4]}
    lists = {split: {"path": folder / f"{split}.txt"} for split in ("train", "validation", "test")}
    given = {
        "source": "captions",
        "licence": "own",
        "path": folder / "captions.tsv",
        "asked": 2,
        "judgements": [{"path": folder / "experts.csv", **experts}],
    }
    return TypeAdapter(DatasetParams).validate_python(given | lists | facts)


def test_one_caption_asks_and_the_others_describe(tmp_path: Path) -> None:
    params = made(tmp_path)
    folder = prepare("mine", params, quiet, tmp_path / "out")
    names = ("items", "queries", "qrels")
    items, queries, qrels = (pq.read_table(folder / f"{name}.parquet").to_pandas() for name in names)
    assert items.loc[1, ["item_id", "title", "description"]].tolist() == ["1.jpg", '"0" of 1.jpg .', '"1" of 1.jpg .']
    assert items["split"].fillna("").tolist() == ["train", "validation", "test", ""]
    assert queries[["query_id", "split"]].to_numpy().tolist() == [
        ["0.jpg#2", "train"],
        ["1.jpg#2", "validation"],
        ["2.jpg#2", "test"],
    ]
    assert queries.loc[1, "text"] == '"2" of 1.jpg .'
    of_test = qrels[qrels["query_id"] == "2.jpg#2"].set_index(["item_id", "rater"])["grade"].to_dict()
    assert of_test == {
        ("0.jpg", "e1"): 0,
        ("0.jpg", "e2"): 1,
        ("0.jpg", ""): 0.5,
        ("2.jpg", "e1"): 3,
        ("2.jpg", "e2"): 2,
        ("2.jpg", ""): 3,  # its own caption
    }
    assert check(open_dataset("mine", folder, "1"), params, tmp_path / "docs", quiet).failures == []
    assert sha256_tree(folder) == sha256_tree(prepare("mine", params, quiet, tmp_path / "second"))


def test_a_caption_that_tests_does_not_train(tmp_path: Path) -> None:
    params = made(tmp_path)
    path = tmp_path / "captions.tsv"
    path.write_text(path.read_text().replace('0.jpg#2\t"2" of 0.jpg .', '0.jpg#2\t"2"  OF 2.jpg .'))
    folder = prepare("mine", params, quiet, tmp_path / "out")
    assert pq.read_table(folder / "queries.parquet").column("query_id").to_pylist() == ["1.jpg#2", "2.jpg#2"]
    assert "0.jpg#2" not in pq.read_table(folder / "qrels.parquet").column("query_id").to_pylist()


@pytest.mark.parametrize(
    ("captions", "said"),
    [
        ("0.jpg\ta hat\n", r"row 1: expected picture#number"),
        ("0.jpg#1\ta hat\n0.jpg#1\ta cap\n", r"has the caption 0\.jpg#1 twice"),
        ("0.jpg#1\ta hat\n", r"validation\.txt names 1\.jpg, and captions\.tsv has no caption of it"),
        ("0.jpg#1\n", r"has 1 columns, and captions have two"),
    ],
)
def test_captions_that_cannot_be_read_are_named(captions: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=said):
        prepare("mine", made(tmp_path, captions), quiet, tmp_path / "out")


def test_a_picture_in_two_lists_is_refused(tmp_path: Path) -> None:
    params = made(tmp_path)
    (tmp_path / "test.txt").write_text("0.jpg\n")
    with pytest.raises(UserError, match=r"0\.jpg is for train and for test; remove it from one list"):
        prepare("mine", params, quiet, tmp_path / "out")
