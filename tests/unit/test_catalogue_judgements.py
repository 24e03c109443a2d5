"""Judgements beside a catalogue become queries and grades, and what cannot be meant is said in one sentence."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from pydantic import TypeAdapter, ValidationError

from data.dataset import CARD, open_dataset
from data.errors import UserError
from data.params import DatasetParams, HashedSplits
from data.prepare import prepare
from data.sources.catalogue.splits import hashed_split
from data.validation import check
from tests.folders import quiet

ITEMS = [{"id": f"p{number}", "title": f"thing {number}", "description": ""} for number in range(6)]


def made(folder: Path, grades: str, **facts: Any) -> Any:
    """The entry of a catalogue of six things, with the text of a file of judgements."""
    pd.DataFrame(ITEMS).to_csv(folder / "items.csv", index=False)
    (folder / "grades.csv").write_text(grades)
    given = {
        "source": "catalogue",
        "licence": "own",
        "path": folder / "items.csv",
        "judgements": [{"path": folder / "grades.csv", **facts.pop("of_grades", {})}],
    }
    return TypeAdapter(DatasetParams).validate_python(given | facts)


def tables(params: Any, tmp_path: Path) -> tuple[pd.DataFrame, pd.DataFrame, Path]:
    folder = prepare("mine", params, quiet, tmp_path / "out")
    queries, qrels = (pq.read_table(folder / f"{name}.parquet").to_pandas() for name in ("queries", "qrels"))
    return queries.set_index("query_id"), qrels, folder


def grades(qrels: pd.DataFrame, rater: str = "") -> dict[str, float]:
    of_rater = qrels[qrels["rater"] == rater]
    return dict(zip(of_rater["item_id"], of_rater["grade"].astype(float), strict=True))


def critical(params: Any, folder: Path, tmp_path: Path) -> list[dict[str, Any]]:
    report = check(open_dataset("mine", folder, "1"), params, tmp_path / "docs", quiet)
    return [failure for failure in report.failures if failure["severity"] == "critical"]


def test_grades_of_three_raters_and_what_they_agreed_on(tmp_path: Path) -> None:
    """What a file says they agreed on stands; of the other pair it is the mean."""
    text = "query,docid,one,two,three\nhat,p1,0,0,3\nhat,p2,2,3,3\n"
    raters = {"raters": ["one", "two", "three"]}
    assert grades(tables(made(tmp_path, text, of_grades=raters), tmp_path)[1]) == pytest.approx({"p1": 1, "p2": 8 / 3})
    (tmp_path / "agreed.csv").write_text("query,docid,rating\nhat,p1,3\nshoe,p5,1\n")
    files = [{"path": tmp_path / "agreed.csv"}, {"path": tmp_path / "grades.csv", **raters}]
    queries, qrels, folder = tables(made(tmp_path, text, judgements=files, locale="en"), tmp_path)
    assert grades(qrels) == pytest.approx({"p1": 3, "p2": 8 / 3, "p5": 1})
    assert grades(qrels, "one") == {"p1": 0, "p2": 2}
    assert queries["text"].to_dict() == {"hat": "hat", "shoe": "shoe"}
    assert set(queries["locale"]) == {"en"}
    assert json.loads((folder / CARD).read_text())["report"]["raters"]["pairs"] == 6


def test_a_row_for_each_rater_on_a_scale_of_its_own(tmp_path: Path) -> None:
    text = "query\titem\trater\tlabel\nhat\tp1\ta\t5\nhat\tp1\tb\t1\nhat\tp2\ta\t3\n"
    _, qrels, _ = tables(made(tmp_path, text, of_grades={"scale": [1, 5]}), tmp_path)
    assert grades(qrels, "a") == {"p1": 3, "p2": 1.5}
    assert grades(qrels) == {"p1": 1.5, "p2": 1.5}


def test_judged_pairs_are_items_too(tmp_path: Path) -> None:
    """A title with its text is a product, wherever it occurs; grades of a pair that occurs twice are joined."""
    rows = "hat,Cap,Warm.,4\nhat,Cap,Warm.,3\nhat,Cap,,1\nshoe,Cap,Warm.,1\n"
    path = tmp_path / "pairs.csv"
    path.write_text(f"query,name,text,relevance\n{rows}")
    product = {"item": ["name", "text"]}
    given = {
        "source": "catalogue",
        "licence": "own",
        "path": path,
        "columns": product | {"title": "name", "description": "text"},
        "duplicates": "drop",
        "judgements": [{"path": path, "columns": product, "scale": [1, 4], "duplicates": "mean"}],
    }
    params = TypeAdapter(DatasetParams).validate_python(given)
    _, qrels, folder = tables(params, tmp_path)
    items = pq.read_table(folder / "items.parquet").to_pandas().set_index("item_id")
    assert sorted(zip(items["title"], items["description"], strict=True)) == [("Cap", ""), ("Cap", "Warm.")]
    assert items["split"].isna().all()
    found = qrels.assign(text=qrels["item_id"].map(items["description"])).set_index(["query_id", "text"])["grade"]
    assert found.to_dict() == {("hat", "Warm."): 2.5, ("hat", ""): 0, ("shoe", "Warm."): 0}


def test_queries_of_a_file_with_their_splits(tmp_path: Path) -> None:
    lines = [
        {"id": "q1", "text": "rote Mütze", "language": "de", "split": "train", "kind": "hat"},
        {"id": "q2", "text": "shoe", "language": "en", "split": "val", "kind": None},
        {"id": "q3", "text": "cap", "language": "en", "split": "test", "kind": None},
    ]
    (tmp_path / "queries.jsonl").write_text("\n".join(map(json.dumps, lines)))
    of_queries = {"path": tmp_path / "queries.jsonl", "attributes": {"wanted": "kind"}}
    text = "query_id,item,grade\nq1,p1,3\nq2,p2,2\nq3,p1,1\n"
    params = made(tmp_path, text, queries=of_queries, query_splits="given")
    queries, _, folder = tables(params, tmp_path)
    assert queries["locale"].to_dict() == {"q1": "de", "q2": "en", "q3": "en"}
    assert queries["split"].to_dict() == {"q1": "train", "q2": "validation", "q3": "test"}
    assert queries.loc["q1", ["text", "attributes"]].tolist() == ["rote Mütze", [("wanted", "hat")]]
    assert critical(params, folder, tmp_path) == []


def test_wordings_of_a_text_lie_in_one_split(tmp_path: Path) -> None:
    rule = {"salt": "s|", "train": 40, "validation": 30}
    rows = "".join(f"{query} {number},p1,2\n" for number in range(30) for query in ("hat", "HAT ", "Hat"))
    queries = tables(made(tmp_path, f"query,item,grade\n{rows}", query_splits=rule), tmp_path)[0]
    assert queries.loc["Hat 7", "split"] == hashed_split("hat 7", HashedSplits(**rule))
    assert (queries.groupby(queries["text"].str.lower().str.split().str.join(" "))["split"].nunique() == 1).all()
    assert set(queries["split"]) == {"train", "validation", "test"}


def test_items_without_title_and_unknown_ones_are_named(tmp_path: Path) -> None:
    rows = "".join(f"hat {number},p1,2\n" for number in range(30))
    params = made(tmp_path, f"query,item,grade\n{rows}hat 1,nowhere,2\n")
    items = pd.DataFrame(ITEMS)
    items.loc[3, "title"] = ""
    items.to_csv(tmp_path / "items.csv", index=False)
    _, _, folder = tables(params, tmp_path)
    report = check(open_dataset("mine", folder, "1"), params, tmp_path / "docs", quiet)
    named = {(one["check"], one["severity"]): one["rows"] for one in report.failures}
    assert named["item exists", "critical"] == [{"query_id": "hat 1", "item_id": "nowhere", "found": "nowhere"}]
    assert named["title is given", "warning"] == [{"item_id": "p3", "found": "p3"}]


def test_the_prepared_tables_are_a_data_set_of_their_own(tmp_path: Path) -> None:
    """Such as one that gains a table: items that are searched by words need no picture there either."""
    rows = "".join(f"hat {number},p{number % 6},2\n" for number in range(30))
    _, _, folder = tables(made(tmp_path, f"query,item,grade\n{rows}"), tmp_path)
    copied = tmp_path / "copied"
    copied.mkdir()
    for table in folder.glob("*.parquet"):
        (copied / table.name).write_bytes(table.read_bytes())
    params = TypeAdapter(DatasetParams).validate_python({"source": "tables", "licence": "own", "path": copied})
    assert critical(params, prepare("copy", params, quiet, tmp_path / "again"), tmp_path) == []


@pytest.mark.parametrize(
    ("text", "of_grades", "said"),
    [
        ("query,item,grade\nhat,p1,4\n", {}, r"grade in row 1, counted from 1, is '4', and the scale goes from 0 to 3"),
        ("query,item,grade\nhat,p1,2\nhat,p2,good\n", {}, r"grade in row 2, counted from 1, is 'good'"),
        ("query,item,grade\nhat,p1,0\n", {"scale": [1, 4]}, r"is '0', and the scale goes from 1 to 4; correct the row"),
        ("query,item,grade\n ,p1,2\n", {}, r"grades\.csv: no query \(query\) in row 1"),
        ("query,item,grade\nhat,,2\n", {}, r"grades\.csv: no id \(item\) in row 1"),
        ("query,item\nhat,p1\n", {}, r"no column that is plainly the grade"),
        ("query,item,one\nhat,p1,2\n", {"raters": ["two"]}, r"no column 'two'"),
        ("query,item,grade\n", {}, r"grades\.csv has no rows"),
    ],
)
def test_judgements_that_cannot_be_read_are_named(text: str, of_grades: Any, said: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=said):
        tables(made(tmp_path, text, of_grades=of_grades), tmp_path)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"query_splits": "given"}, "given by the file of queries; name it"),
        ({"judgements": [], "locale": "en"}, "are of judgements; give some"),
        ({"of_grades": {"scale": [3, 1]}}, "give the lowest grade first"),
        ({"of_grades": {"grade": 3, "raters": ["one"]}}, "grade is for a file without grades"),
        ({"of_grades": {"raters": ["one"], "columns": {"rater": "who"}}}, "give either"),
        ({"attributes": {"*": "colour"}}, "give both one star, or neither"),
    ],
)
def test_entries_that_cannot_be(facts: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=said):
        made(tmp_path, "query,item,grade\n", **facts)


def test_a_pattern_takes_many_columns_as_attributes(tmp_path: Path) -> None:
    params = made(tmp_path, "query,item,grade\nhat,p1,2\n", attributes={"brand": "made_by", "*": "spec_*"})
    further = {"made_by": "Acme", "spec_weight": ["", *[2.0] * 5], "spec_colour": ["red", *[""] * 5], "other": 1}
    pd.DataFrame(ITEMS).assign(**further).to_csv(tmp_path / "items.csv", index=False)
    _, _, folder = tables(params, tmp_path)
    items = pq.read_table(folder / "items.parquet").to_pandas().set_index("item_id")["attributes"]
    assert items["p0"] == [("brand", "Acme"), ("colour", "red")]
    assert items["p1"] == [("brand", "Acme"), ("weight", "2.0")]
