"""Tables that a data set has: found by their files, versioned by what they hold, read as far as a system says."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import data.tables
from components.lifecycle.fingerprint import fingerprint
from components.lifecycle.ingest import read_by
from components.lifecycle.plan import Plan, make_plan
from data.content import describe
from data.dataset import CARD, Dataset, open_dataset
from data.errors import UserError
from data.params import TablesParams
from data.prepare import prepare
from data.table import held, tables
from data.tables.items import TABLE as ITEMS
from data.validation import check
from tests.folders import picture, quiet
from tests.pictures import small_dataset

NOTES = '''
"""Notes on items."""
import pyarrow as pa
from data.table import Table, column
TABLE = Table(
    "notes",
    pa.schema([column("note_id", pa.string(), "key"), column("text", pa.string(), "what it says")]),
    ("note_id",),
)
'''


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    small_dataset(folder, train=4, held_out=2)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A prepared data set of one's own: items with pictures, users and events."""
    return Path(shutil.copytree(made, tmp_path / "mine"))


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A canonical table more: one new file."""
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "notes.py").write_text(NOTES)
    monkeypatch.setattr(data.tables, "__path__", [*data.tables.__path__, str(tmp_path / "more")])


@pytest.fixture(scope="module")
def plans() -> list[Plan]:
    return [make_plan("visual-search"), make_plan("user-sequence")]


def opened(folder: Path) -> Dataset:
    """The data set with a card that says what lies there now."""
    card = json.loads((folder / CARD).read_text())
    (folder / CARD).write_text(json.dumps(card | {"tables": describe(folder)}))
    return open_dataset("mine", folder, "1")


def fingerprints(folder: Path, plans: list[Plan]) -> list[str]:
    dataset = opened(folder)
    return [fingerprint(plan, read_by(plan.system, dataset)) for plan in plans]


def rewrite(folder: Path, change: Callable[[pa.Table], pa.Table], **settings: Any) -> None:
    pq.write_table(change(pq.read_table(folder / ITEMS.file)), folder / ITEMS.file, **settings)


def with_column(name: str, values: Callable[[pa.Table], Any]) -> Callable[[pa.Table], pa.Table]:
    def change(table: pa.Table) -> pa.Table:
        kept = table.drop_columns(name) if name in table.column_names else table
        return kept.append_column(name, values(table))

    return change


def write_notes(folder: Path, ids: list[str | None]) -> None:
    fields = [field.with_nullable(True) for field in tables()["notes"].schema]
    pq.write_table(pa.table([ids, ["said"] * len(ids)], schema=pa.schema(fields)), folder / "notes.parquet")


@pytest.mark.usefixtures("notes")
def test_a_table_that_nobody_reads_retrains_nothing(folder: Path, plans: list[Plan]) -> None:
    before = fingerprints(folder, plans)
    write_notes(folder, ["a", "b"])
    assert fingerprints(folder, plans) == before
    assert "notes" in opened(folder).tables


@pytest.mark.parametrize("name", ["mood", "phash", "size_bytes"])
def test_a_column_that_nobody_reads_retrains_nothing(folder: Path, plans: list[Plan], name: str) -> None:
    before, version = fingerprints(folder, plans), opened(folder).tables["items"].version
    rewrite(folder, with_column(name, lambda table: pa.array([str(row) for row in range(table.num_rows)])))
    assert fingerprints(folder, plans) == before
    assert opened(folder).tables["items"].version != version


def test_a_column_that_is_read_retrains(folder: Path, plans: list[Plan]) -> None:
    before = fingerprints(folder, plans)
    rewrite(folder, with_column("created_s", lambda table: pa.array(range(table.num_rows), pa.int64())))
    search, sequence = fingerprints(folder, plans)
    assert search == before[0], "visual-search does not read created_s"
    assert sequence != before[1]
    rewrite(folder, with_column("title", lambda table: pa.array(["hat"] * table.num_rows)))
    assert fingerprints(folder, plans)[0] != before[0]


def test_another_picture_under_the_same_name_retrains(folder: Path, plans: list[Plan]) -> None:
    before = fingerprints(folder, plans)
    picture(5).save(folder / opened(folder).table("items")["image"][0].as_py())
    assert fingerprints(folder, plans)[0] != before[0]


def test_the_same_rows_cut_and_packed_otherwise_are_the_same(folder: Path, plans: list[Plan]) -> None:
    before = fingerprints(folder, plans)
    rewrite(folder, lambda table: table, row_group_size=3, compression="zstd", use_dictionary=False)
    assert fingerprints(folder, plans) == before


@pytest.mark.parametrize(
    ("values", "other"),
    [
        ([1, None, 0], [1, 0, None]),
        (["ab", "c"], ["a", "bc"]),
        (["", None], [None, ""]),
        ([[1.5], [], None], [[], [1.5], None]),
        ([True, False], [True, True]),
        ([{"a": 1, "b": "x"}, None], [{"a": 1, "b": "y"}, None]),
    ],
)
def test_the_hash_of_a_column_is_of_its_values_in_order(tmp_path: Path, values: list[Any], other: list[Any]) -> None:
    def hashed(title: list[Any], **settings: Any) -> str:
        pq.write_table(pa.table({"title": title}), tmp_path / ITEMS.file, **settings)
        return str(describe(tmp_path)["items"]["columns"]["title"])

    repeated, whole = values * 5, hashed(values * 5)
    assert hashed(repeated, row_group_size=2) == whole
    assert hashed(other * 5) != whole
    assert hashed(repeated[::-1]) != whole


def test_only_what_is_declared_can_be_read(folder: Path) -> None:
    dataset = opened(folder).limited({"items": ("item_id", "split")})
    assert dataset.table("items").column_names == ["item_id", "split"]
    with pytest.raises(UserError, match="the table 'events' is read and not declared; name its columns in"):
        dataset.table("events")
    with pytest.raises(UserError, match="'mine' has no table 'labels', only board_items and boards and events"):
        dataset.table("labels")


def test_a_data_set_without_a_table_or_column_that_a_system_reads_is_refused(folder: Path) -> None:
    rewrite(folder, lambda table: table.drop_columns("title"))
    (folder / "events.parquet").unlink()
    with pytest.raises(UserError, match="user-sequence needs rows in events, and data set 'mine' has none"):
        read_by("user-sequence", opened(folder))
    with pytest.raises(
        UserError, match="table 'items' of data set 'mine' has no column title; run `corkboard data val"
    ):
        read_by("visual-search", opened(folder))


def test_a_file_without_its_table_is_told_and_the_former_data_stays(folder: Path, tmp_path: Path) -> None:
    params = TablesParams(source="tables", licence="own", path=folder)
    out = prepare("mine", params, quiet, tmp_path / "out")
    before = sorted(path.name for path in out.iterdir())
    pq.write_table(pa.table({"note_id": ["a"]}), folder / "notes.parquet")
    told = r"holds notes.parquet, and nothing says what a table 'notes' has to be; write data/tables/notes.py, or"
    with pytest.raises(UserError, match=told):
        prepare("mine", params, quiet, out)
    assert sorted(path.name for path in out.iterdir()) == before
    with pytest.raises(UserError, match=told):
        check(open_dataset("mine", folder, "1"), params, tmp_path / "docs", quiet)


def test_a_table_without_rows_is_not_written(folder: Path, tmp_path: Path) -> None:
    params = TablesParams(source="tables", licence="own", path=folder)
    pq.write_table(held(folder)["events"].schema.empty_table(), folder / "events.parquet")
    out = prepare("mine", params, quiet, tmp_path / "out")
    others = {"board_items", "boards", "impressions", "items", "outfits", "qrels", "queries", "regions", "users"}
    assert set(open_dataset("mine", out, "1").rows) == others
    for name in others:
        (folder / f"{name}.parquet").unlink()
    with pytest.raises(UserError, match="has no table with rows"):
        prepare("mine", params, quiet, out)


@pytest.mark.usefixtures("notes")
def test_a_new_table_has_a_suite_of_its_key_and_values(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORKBOARD_HOME", str(tmp_path / "home"))
    params = TablesParams(source="tables", licence="own", path=folder)
    write_notes(folder, ["a", "b"])
    report = check(opened(folder), params, tmp_path / "docs", quiet)
    assert [failure for failure in report.failures if failure["table"] == "notes"] == []
    write_notes(folder, ["a", "b", "a", None])
    report = check(opened(folder), params, tmp_path / "docs", quiet)
    found = {one["check"]: one["rows"] for one in report.failures if one["table"] == "notes"}
    assert set(found) == {"key is unique", "note_id is given"}
    assert found["key is unique"] == [{"note_id": "a", "found": "2 rows"}]
