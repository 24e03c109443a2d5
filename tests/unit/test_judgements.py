"""The tables of queries and judgements: the suites name what is wrong, and agreement is measured as by hand."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.dataset import open_dataset
from data.params import TablesParams, WorldParams
from data.prepare import prepare
from data.tables.qrels import TABLE as QRELS
from data.tables.qrels import agreement
from data.tables.queries import TABLE as QUERIES
from data.validation import Report, check
from tests.folders import quiet

Change = Callable[[pd.DataFrame], None]


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    params = WorldParams(source="world", seed=3, objects=62, scenes=3, size_px=32, queries=40)
    return prepare("asked", params, quiet, tmp_path_factory.mktemp("clean") / "asked")


def checked(folder: Path) -> Report:
    params = TablesParams(source="tables", licence="own", path=folder)
    return check(open_dataset("asked", folder, "1"), params, folder.parent / "docs", quiet)


def failure(report: Report, name: str) -> dict[str, Any]:
    found = [one for one in report.failures if one["check"] == name]
    assert found, f"{name!r} is not among {[one['check'] for one in report.failures]}"
    return found[0]


@pytest.fixture
def spoilt(clean: Path, tmp_path: Path) -> Callable[[str, Change], Report]:
    """Spoils a table of a copy of the clean data set, and checks it."""

    def spoil(name: str, change: Change) -> Report:
        folder = tmp_path / "asked"
        shutil.copytree(clean, folder)
        table = {"queries": QUERIES, "qrels": QRELS}[name]
        frame = pq.read_table(folder / table.file).to_pandas()
        change(frame)
        loose = pa.schema([field.with_nullable(True) for field in table.schema])
        pq.write_table(pa.Table.from_pandas(frame, loose, preserve_index=False), folder / table.file)
        return checked(folder)

    return spoil


def test_the_worlds_judgements_pass(clean: Path) -> None:
    of_words = [one for one in checked(clean).failures if one["table"] in ("queries", "qrels")]
    assert of_words == []


def test_a_judgement_of_nothing_known_is_named(spoilt: Callable[[str, Change], Report]) -> None:
    def change(qrels: pd.DataFrame) -> None:
        qrels.loc[0, "item_id"] = "nowhere"
        qrels.loc[1, "query_id"] = "never"

    report = spoilt("qrels", change)
    assert failure(report, "item exists")["rows"][0]["found"] == "nowhere"
    assert failure(report, "query exists")["rows"][0]["query_id"] == "never"


def test_grades_out_of_range_and_judged_twice_are_named(spoilt: Callable[[str, Change], Report]) -> None:
    def change(qrels: pd.DataFrame) -> None:
        qrels.loc[0, "grade"] = 4.0
        qrels.loc[2, ["query_id", "item_id"]] = qrels.loc[3, ["query_id", "item_id"]].to_numpy()

    report = spoilt("qrels", change)
    assert failure(report, "grade in range")["rows"][0]["found"] == "4.0"
    assert failure(report, "key is unique")["count"] == 2


def test_a_pair_without_a_grade_that_was_agreed_on_is_named(spoilt: Callable[[str, Change], Report]) -> None:
    def change(qrels: pd.DataFrame) -> None:
        qrels.loc[0, "rater"] = "one"

    report = spoilt("qrels", change)
    assert failure(report, "grade is agreed on")["rows"][0]["found"] == "one"


def test_the_page_tells_of_grades_and_raters(clean: Path) -> None:
    page = checked(clean).docs.read_text()
    assert "<h2>Judgements</h2>" in page
    assert "judged pairs of 40 queries" in page
    assert "No pair has grades of two raters" in page


def test_a_text_in_two_splits_leaks_whatever_its_case(spoilt: Callable[[str, Change], Report]) -> None:
    def change(queries: pd.DataFrame) -> None:
        other = queries.index[queries["split"] == "test"][0]
        queries.loc[other, "text"] = "  " + str(queries.loc[0, "text"]).upper()

    report = spoilt("queries", change)
    assert failure(report, "text in one split")["count"] == 2


def test_empty_and_unanswered_queries_are_named(spoilt: Callable[[str, Change], Report]) -> None:
    def change(queries: pd.DataFrame) -> None:
        queries.loc[0, "text"] = "  "
        queries.loc[1, "query_id"] = "new"

    report = spoilt("queries", change)
    assert failure(report, "text is given")["count"] == 1
    assert "no judgement" in failure(report, "something answers it")["rows"][0]["found"]


def test_agreement_of_raters_is_cohens_weighted_kappa() -> None:
    """Two raters grade four items 0 0 3 3 and 0 1 3 3: disagreement .25 where chance gives 4."""
    rows = [
        ("q", f"i{n}", rater, grade) for rater, given in (("a", "0033"), ("b", "0133")) for n, grade in enumerate(given)
    ]
    rated = pd.DataFrame(rows, columns=["query_id", "item_id", "rater", "grade"]).astype({"grade": float})
    found = agreement(rated)
    assert found == {"pairs": 4, "exact": 0.75, "kappa": 1 - 0.25 / 4}


def test_no_agreement_without_a_second_rater() -> None:
    rated = pd.DataFrame([("q", "i", "", 2.0)], columns=["query_id", "item_id", "rater", "grade"])
    assert agreement(rated) is None
