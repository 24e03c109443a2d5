"""Bad rows of a log are named, by table, check, severity and row; items of a log need no picture."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.dataset import open_dataset
from data.params import TablesParams
from data.prepare import prepare
from data.table import tables
from data.tables.events import TABLE as EVENTS
from data.times import DAY_S
from data.validation import Report, check
from tests.folders import class_folders, quiet
from tests.logs import START_S, log_rows, prepared

NOW_S = START_S + 100 * DAY_S
Change = Callable[[pd.DataFrame], pd.DataFrame]


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven users with six events each, one with one, and nothing else that is odd."""
    return prepared(tmp_path_factory.mktemp("clean"), log_rows())


class Bench:
    """A copy of the clean log to be spoilt and checked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def spoil(self, name: str, change: Change) -> "Bench":
        path, schema = self.folder / f"{name}.parquet", tables()[name].schema
        changed = change(pq.read_table(path).to_pandas())
        fields = [field.with_nullable(True) for field in schema if field.name in changed]
        pq.write_table(pa.Table.from_pandas(changed, pa.schema(fields), preserve_index=False), path)
        return self

    def check(self) -> Report:
        params = TablesParams(source="tables", licence="own", path=self.folder)
        return check(open_dataset("mine", self.folder, "1"), params, self.folder.parent / "docs", quiet, NOW_S)


@pytest.fixture
def bench(clean: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("CORKBOARD_HOME", str(tmp_path / "home"))
    shutil.copytree(clean, tmp_path / "mine")
    return Bench(tmp_path / "mine")


def at(row: int, **values: Any) -> Change:
    """Row `row` of the table with other values."""

    def change(rows: pd.DataFrame) -> pd.DataFrame:
        for name, value in values.items():
            column = rows[name].astype(object)
            column.iloc[row] = value
            rows[name] = column
        return rows

    return change


def milliseconds(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(time_s=rows["time_s"] * 1000)


def swapped(rows: pd.DataFrame) -> pd.DataFrame:
    times = rows["time_s"].tolist()
    times[3], times[4] = times[4], times[3]
    return rows.assign(time_s=times)


def repeated(rows: pd.DataFrame) -> pd.DataFrame:
    """Row 2 once more, as an event of its own that moves the later ones on."""
    rows = pd.concat([rows.iloc[:3], rows.iloc[2:]], ignore_index=True)
    return rows.assign(place=rows.groupby("user_id").cumcount().astype("int32"), split="train")


# Row 0 is of u0, which has one event; rows 1 to 6 are of u1.
FAULTS: list[tuple[str, Change, str, str, int]] = [
    ("events", swapped, "events in order", "comes after", 1),
    ("events", repeated, "no duplicate events", "2 times", 1),
    ("events", at(3, item_id="gone"), "item exists", "no item gone", 1),
    ("events", at(3, user_id="ghost"), "user exists", "no user ghost", 1),
    ("events", at(3, action="bought"), "action is known", "bought", 1),
    ("events", at(3, action=None), "action is given", "nothing", 1),
    ("events", at(3, place=9), "place counts from 0", "comes after 1", 2),
    ("events", at(3, place=1), "key is unique", "another event", 1),
    ("events", at(3, time_s=None), "times are given", "some events", 2),
    ("events", at(3, time_s=NOW_S + 3 * DAY_S), "time in bounds", "in the future", 1),
    ("events", at(3, time_s=1000), "time not too early", "before 1995", 1),
    ("events", milliseconds, "time in seconds", "looks like milliseconds", 43),
    ("events", at(3, split="test"), "split in order", "train comes after test", 1),
    ("events", at(3, split="holdout"), "split is known", "holdout", 1),
    ("events", at(3, position=-1), "position in bounds", "-1", 1),
    ("events", at(3, propensity=1.5), "propensity in bounds", "1.5", 1),
    ("events", at(3, propensity=0.0), "propensity in bounds", "0", 1),
    ("users", at(3, events=9), "events counted", "says 9, there are 6", 1),
    ("users", at(3, first_s=5), "first time", "says 5", 1),
    ("users", at(3, user_id="u1"), "key is unique", "2 rows", 1),
    ("users", at(3, user_id=None), "user_id is given", "nothing", 1),
]


def test_a_log_in_order_passes_and_the_page_shows_what_it_is_like(bench: Bench) -> None:
    report = bench.check()
    assert [(one["check"], one["severity"], one["count"]) for one in report.failures] == [
        ("several events", "warning", 1)
    ]
    assert report.failures[0]["rows"] == [{"user_id": "u0", "found": "1 event"}]
    page = report.docs.read_text()
    assert all(said in page for said in ("Events a day", "2023-11-15 to 2023-11-20", "5 to 9", "save"))
    assert "://" not in page
    links = re.findall(r'href="([^"]*)"', page)
    assert links
    assert all((report.docs.parent / link).is_file() for link in links)


@pytest.mark.parametrize(("table", "change", "name", "told", "count"), FAULTS, ids=[fault[2] for fault in FAULTS])
def test_a_fault_is_named(bench: Bench, table: str, change: Change, name: str, told: str, count: int) -> None:
    failures = bench.spoil(table, change).check().failures
    found = [one for one in failures if (one["table"], one["check"], one["severity"]) == (table, name, "critical")]
    assert len(found) == 1, f"{name} is not among {[one['check'] for one in failures]}"
    assert found[0]["count"] == count
    assert any(told in text for text in found[0]["rows"][0].values())
    assert "user_id" in found[0]["rows"][0]


def test_an_id_of_another_type_is_named_and_the_rest_still_checked(bench: Bench) -> None:
    path = bench.folder / EVENTS.file
    table = pq.read_table(path)
    numbers = pa.array(range(table.num_rows), pa.int64())
    spoilt = table.set_column(table.column_names.index("user_id"), "user_id", numbers)
    pq.write_table(spoilt.set_column(3, "action", pa.array(["bought"] * table.num_rows)), path)
    failures = {one["check"]: one for one in bench.check().failures if one["severity"] == "critical"}
    assert failures["column type"]["rows"] == [{"column": "user_id", "found": "is int64, not string"}]
    assert failures["action is known"]["count"] == table.num_rows


def test_an_empty_log_is_named(bench: Bench) -> None:
    failures = {one["check"]: one for one in bench.spoil("events", lambda rows: rows.iloc[:0]).check().failures}
    assert (failures["table has rows"]["table"], failures["table has rows"]["severity"]) == ("events", "critical")
    assert failures["events in train"]["severity"] == "critical"


def test_repeats_and_cold_items_are_warnings(bench: Bench) -> None:
    def same(rows: pd.DataFrame) -> pd.DataFrame:
        return rows.assign(item_id=["i0" if split == "train" else "i1" for split in rows["split"]], action="view")

    failures = {one["check"]: one for one in bench.spoil("events", same).check().failures}
    assert failures["repeat rate"]["severity"] == failures["cold items"]["severity"] == "warning"
    assert failures["cold items"]["rows"][0]["found"] == "1"


def test_pictures_without_a_log_need_their_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORKBOARD_HOME", str(tmp_path / "home"))
    from data.params import ImageFolderParams

    params = ImageFolderParams(source="image_folder", licence="own", path=class_folders(tmp_path / "raw"))
    pictures = Bench(prepare("mine", params, quiet, tmp_path / "out")).spoil("items", at(3, image=None))
    (failure,) = [one for one in pictures.check().failures if one["check"] == "file exists"]
    assert [row["item_id"] for row in failure["rows"]] == ["hat/03"]
