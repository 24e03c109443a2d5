"""Boards from lists, matrices and edges: pairs once, splits by hash, attributes by name, and wrong files named."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError
from scipy.sparse import csr_array, save_npz

from data.errors import UserError
from data.params import BoardsParams
from data.prepare import prepare
from data.sources.world.boards import boards as boards_of_world
from data.world.behaviour.stock import Goods
from tests.folders import quiet


def params(tmp_path: Path, form: str, **files: Any) -> BoardsParams:
    """An entry whose files are written with the texts given; other settings are as they are."""
    facts: dict[str, Any] = {}
    for name, content in files.items():
        if name in ("train", "test", "titles"):
            (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
            facts[name] = {"path": tmp_path / name}
        else:
            facts[name] = content
    return BoardsParams.model_validate({"source": "boards", "licence": "own", "form": form} | facts)


def prepared(tmp_path: Path, given: BoardsParams) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    out = prepare("mine", given, quiet, tmp_path / "out")
    found = {path.stem: pq.read_table(path).to_pandas() for path in out.glob("*.parquet")}
    return found, json.loads((out / "dataset.json").read_text())["report"]


def test_a_pair_counts_once_and_what_trains_is_no_test(tmp_path: Path) -> None:
    given = params(tmp_path, "lists", train="a x y x\nb z\nempty\n", test="a y w w\nb q\n")
    found, report = prepared(tmp_path, given)
    rows = found["board_items"]
    test = rows[rows["split"] == "test"]
    assert test[["board_id", "item_id"]].to_numpy().tolist() == [["a", "w"], ["b", "q"]]
    assert len(rows) == 5
    assert report["pairs"] == {"repeated": {"train": 1, "test": 1}, "test_in_train": 1}
    assert dict(zip(found["boards"]["board_id"], found["boards"]["test_rows"], strict=True)) == {"a": 3, "b": 1}


def test_one_file_is_split_by_hash_and_new_items_are_for_test(tmp_path: Path) -> None:
    lines = "".join(f"{board} {' '.join(f'i{item}' for item in range(60))}\n" for board in range(60))
    found, _ = prepared(tmp_path, params(tmp_path, "lists", train=lines, test_one_in=5, new_one_in=10))
    rows = found["board_items"]
    new = rows.groupby("item_id")["split"].agg(lambda splits: set(splits) == {"test"})
    assert 1 <= new.sum() <= 15
    shares = rows[~rows["item_id"].map(new)]["split"].value_counts(normalize=True)
    assert shares["test"] == pytest.approx(0.2, abs=0.05)
    assert shares["validation"] == pytest.approx(0.08, abs=0.03)


def test_a_matrix_and_edges_say_the_same(tmp_path: Path) -> None:
    written = io.BytesIO()
    save_npz(written, csr_array(np.array([[1, 0, 2], [0, 1, 0]])))
    by_matrix, _ = prepared(tmp_path, params(tmp_path, "matrix", train=written.getvalue(), test_one_in=1000))
    edges = params(tmp_path, "edges", train="board,item\n0,0\n0,2\n1,1\n", test_one_in=1000)
    by_edges, _ = prepared(tmp_path, edges)
    assert by_matrix["board_items"].equals(by_edges["board_items"])


def test_attributes_come_by_their_names(tmp_path: Path) -> None:
    (tmp_path / "tags").write_text("2 1 0\n0\n1 1\n")
    (tmp_path / "names").write_text("red\ndeep|blue\n")
    tags = [{"name": "tag", "path": tmp_path / "tags", "names": {"path": tmp_path / "names"}}]
    found, _ = prepared(tmp_path, params(tmp_path, "lists", train="a 0 1\n", test="a 2\n", attributes=tags))
    assert [dict(one) for one in found["items"]["attributes"]] == [{"tag": "deep blue|red"}, {}, {"tag": "deep blue"}]


@pytest.mark.parametrize(
    ("form", "text", "said"),
    [
        ("lists", "\n", "no board with an item"),
        ("matrix", "no matrix", "no sparse matrix"),
        ("edges", "board,thing\n1,2\n", "no column item"),
        ("edges", "board,item\n1,\n", "line 2: a pair needs"),
    ],
)
def test_wrong_files_are_named(form: str, text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=said):
        prepared(tmp_path, params(tmp_path, form, train=text, test_one_in=5))


@pytest.mark.parametrize(("indices", "data"), [([0, 9], [1.0, 1.0]), ([0, 1], [1.0, np.nan]), ([0, 1], ["one", "two"])])
def test_a_damaged_matrix_is_named(indices: list[int], data: list[Any], tmp_path: Path) -> None:
    parts = {"indices": np.array(indices), "indptr": np.array([0, 1, 2]), "data": np.array(data)}
    written = io.BytesIO()
    np.savez(written, format=b"csr", shape=np.array([2, 3]), **parts)  # type: ignore[arg-type]
    with pytest.raises(UserError, match="damaged"):
        prepared(tmp_path, params(tmp_path, "matrix", train=written.getvalue(), test_one_in=5))


def test_settings_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="give either test or test_one_in"):
        params(tmp_path, "lists", train="a x\n")
    with pytest.raises(ValidationError, match="columns are of edges"):
        params(tmp_path, "lists", train="a x\n", test_one_in=2, columns={"board": "b"})


def test_boards_of_the_world_are_about_what_their_titles_say() -> None:
    kinds = [(category, colour) for category in ("lamp", "vase", "chair") for colour in ("red", "blue", "grey")]
    goods = [Goods(f"{n}", *_kind(kinds[n % 9])) for n in range(180)]
    kept = boards_of_world(5, goods, 60)
    assert kept["board_items"].equals(boards_of_world(5, goods, 60)["board_items"])
    rows = kept["board_items"].merge(kept["boards"], on="board_id")
    named = {f"{n}": set(kinds[n % 9]) for n in range(180)}
    lamps = rows[rows["title"].str.split().map(lambda words: "lamp" in words)]
    share = np.mean([("lamp" in named[item]) for item in lamps["item_id"]])
    assert share > 0.6
    never = rows.groupby("item_id")["split"].agg(set)
    assert (never == {"test"}).sum() >= 10


def _kind(one: tuple[str, str]) -> tuple[str, dict[str, str]]:
    return one[0], {"colour": one[1], "pattern": "plain"}
