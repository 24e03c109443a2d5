"""Relative captions: a query is an item and words, and the same words with another item ask for something else."""

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from pydantic import TypeAdapter

from data.dataset import open_dataset
from data.errors import UserError
from data.params import DatasetParams
from data.prepare import prepare
from data.tables.queries import TABLE as QUERIES
from data.validation import check
from tests.folders import quiet

LISTS = {"dress.train": ["a", "b", "c"], "shirt.train": ["c", "d"], "dress.test": ["e"]}
LINES = [
    {"category": "dress", "split": "train", "candidate": "a", "target": "b", "captions": ["is longer", " has dots"]},
    {"category": "dress", "split": "train", "candidate": "b", "target": "c", "captions": ["is red", ""]},
    {"category": "dress", "split": "val", "candidate": "c", "target": "a", "captions": ["Is red", ""]},
    {"category": "dress", "split": "val", "candidate": "b", "target": "a", "captions": ["Is red", ""]},
    {"category": "shirt", "split": "val", "candidate": "d", "target": "c", "captions": ["", " "]},
    {"category": "dress", "split": "test", "candidate": "e", "captions": ["is blue", "is long"]},
]


def made(folder: Path, lines: list[dict[str, Any]]) -> Any:
    (folder / "lists.json").write_text(json.dumps(LISTS))
    with gzip.open(folder / "captions.jsonl.gz", "wt") as file:
        file.write("".join(f"{json.dumps(line)}\n" for line in lines))
    given = {"path": folder / "captions.jsonl.gz", "pictures_of": {"path": folder / "lists.json"}}
    return TypeAdapter(DatasetParams).validate_python({"source": "relative_captions", "licence": "own"} | given)


def test_words_start_from_an_item(tmp_path: Path) -> None:
    params = made(tmp_path, LINES)
    folder = prepare("mine", params, quiet, tmp_path / "out")
    queries = pq.read_table(folder / QUERIES.file).to_pandas().set_index("query_id")
    assert queries[["text", "reference", "split"]].to_numpy().tolist() == [
        ["is longer, has dots", "a", "train"],
        ["Is red", "c", "validation"],
        ["Is red", "b", "validation"],  # it leaves the training split, where the same was asked
        ["is blue, is long", "e", "test"],
    ]
    qrels = pq.read_table(folder / "qrels.parquet").to_pandas()
    assert qrels[["item_id", "grade"]].to_numpy().tolist() == [["b", 3], ["a", 3], ["a", 3]]
    items = pq.read_table(folder / "items.parquet").to_pandas().set_index("item_id")
    assert items["category"].to_dict() == {"a": "dress", "b": "dress", "c": "dress", "d": "shirt", "e": "dress"}
    assert items.loc["c", "attributes"] == [("categories", "dress|shirt")]
    failures = check(open_dataset("mine", folder, "1"), params, tmp_path / "docs", quiet).failures
    assert [(one["check"], one["severity"]) for one in failures] == [("something answers it", "warning")]


def test_a_reference_that_is_no_item_is_named(tmp_path: Path) -> None:
    params = made(tmp_path, [*LINES, LINES[0] | {"candidate": "nowhere"}])
    folder = prepare("mine", params, quiet, tmp_path / "out")
    failures = check(open_dataset("mine", folder, "1"), params, tmp_path / "docs", quiet).failures
    assert failures[0]["check"] == "reference exists"
    assert failures[0]["rows"][0]["found"] == "nowhere"


def test_a_line_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"captions\.jsonl line 2: the split is 'dev'; give train, val or test"):
        prepare("mine", made(tmp_path, [LINES[0], LINES[1] | {"split": "dev"}]), quiet, tmp_path / "out")
    with pytest.raises(UserError, match=r"line 1: captions: field required"):
        prepare(
            "mine", made(tmp_path, [{"category": "dress", "split": "val", "candidate": "a"}]), quiet, tmp_path / "o"
        )
