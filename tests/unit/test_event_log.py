"""A user's own log is one entry: columns, words, times and items as `params.yaml` says, or as they usually are."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import TypeAdapter, ValidationError

from data.errors import UserError
from data.files import sha256_file
from data.origin import content_of
from data.params import DatasetParams
from data.prepare import prepare
from data.project import MIRROR
from tests.folders import quiet
from tests.logs import START_S, frame, log_rows, prepared


def entry(**facts: Any) -> Any:
    return TypeAdapter(DatasetParams).validate_python({"source": "event_log", "licence": "own"} | facts)


def test_the_usual_names_need_no_mapping(tmp_path: Path) -> None:
    rows = log_rows().rename(
        columns={"user": "visitorId", "item": "product_id", "time": "Timestamp", "action": "event"}
    )
    folder = prepared(tmp_path, rows.assign(note="x", event=rows["event"].str.upper()))
    assert len(frame(folder, "events")) == len(rows)
    assert set(frame(folder, "events")["action"]) == {"view", "click", "save"}
    report = json.loads((folder / "dataset.json").read_text())["report"]
    assert report["columns"] == {"user": "visitorId", "item": "product_id", "action": "event", "time": "Timestamp"}


@pytest.mark.parametrize(
    ("unit", "shown"),
    [
        (None, lambda time_s: time_s),
        ("ms", lambda time_s: time_s * 1000 + 999),
        ("us", lambda time_s: time_s * 1_000_000 + 1),
        (None, lambda time_s: pd.Timestamp(time_s, unit="s").isoformat()),
        ("iso", lambda time_s: pd.Timestamp(time_s, unit="s").isoformat(sep=" ") + ".25"),
        (None, lambda time_s: pd.Timestamp(time_s, unit="s", tz="Europe/Amsterdam").isoformat()),
        (None, lambda time_s: pd.Timestamp(time_s, unit="s").isoformat() + "Z"),
        (None, lambda time_s: f"{time_s}.75"),
    ],
)
def test_times_become_whole_seconds(tmp_path: Path, unit: str | None, shown: Any) -> None:
    rows = log_rows()
    given = rows.assign(time=rows["time"].map(shown))
    events = frame(prepared(tmp_path, given, **({"time_unit": unit} if unit else {})), "events")
    assert sorted(events["time_s"]) == sorted(rows["time"])


def test_words_and_columns_are_mapped_and_what_is_unknown_stays(tmp_path: Path) -> None:
    rows = pd.DataFrame(
        {
            "who": [1, 1, 2],
            "what": ["007", "8", "8"],
            "did": ["BOUGHT", "Stared", "view"],
            "t": [START_S, START_S + 1, START_S],
            "where": ["home", None, "search"],
            "rank": [0, 3, None],
        }
    )
    columns = {"user": "who", "item": "what", "action": "did", "time": "t", "surface": "where"}
    events = frame(prepared(tmp_path, rows, columns=columns, actions={"BOUGHT": "purchase"}), "events")
    assert events["action"].tolist() == ["purchase", "stared", "view"]
    assert events["item_id"].tolist() == ["007", "8", "8"]
    assert events["surface"].tolist() == ["home", "", "search"]
    assert events["position"].tolist()[:2] == [0, 3]


@pytest.mark.parametrize(
    ("change", "facts", "said"),
    [
        ({"user": None}, {}, r"no user \(user\) in row 1, 2, 3, 4, 5 and others"),
        ({"time": "yesterday"}, {}, r"row 1: time of log\.csv is 'yesterday', which is no time"),
        (
            {"time": lambda rows: ["2024-01-01 10:00Z", "2024-01-01 10:01", *["2024-01-02 10:00Z"] * (len(rows) - 2)]},
            {},
            r"row 2: time of log\.csv is '2024-01-01 10:01', without a zone, and others have one",
        ),
        ({}, {"columns": {"user": "wer"}}, r"no column 'wer'.*its columns are user, item, action, time"),
        ({}, {"columns": {"item": "i"}, "actions": {"a": "view"}}, "no column 'i'"),
        ({"user_id": "x"}, {}, r"several columns that could be the user: user, user_id; name one"),
        ({"position": "top"}, {}, r"'position' is no position"),
    ],
)
def test_a_log_that_cannot_be_read_says_why(tmp_path: Path, change: Any, facts: Any, said: str) -> None:
    with pytest.raises(UserError, match=said):
        prepared(tmp_path, log_rows().assign(**change), **facts)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("user,item,time\n", "no rows"),
        ("a,b\n1,2\n", "no column that is plainly the user; its columns are a, b"),
    ],
)
def test_an_empty_or_foreign_file_says_so(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "log.csv").write_bytes(text.encode("latin-1"))
    with pytest.raises(UserError, match=said):
        prepare("mine", entry(path=tmp_path / "log.csv"), quiet, tmp_path / "out")
    with pytest.raises(UserError, match=r"gone.csv is missing"):
        prepare("mine", entry(path=tmp_path / "gone.csv"), quiet, tmp_path / "out")


@pytest.mark.parametrize(("value", "kind"), [(True, "bool"), (pd.Timestamp("2024-01-01"), "timestamp")])
def test_ids_of_another_type_are_refused(tmp_path: Path, value: Any, kind: str) -> None:
    log_rows().assign(item=value).to_parquet(tmp_path / "log.parquet")
    with pytest.raises(UserError, match=rf"item of log.parquet, the item, is {kind}.*; ids have to be text or whole"):
        prepare("mine", entry(path=tmp_path / "log.parquet"), quiet, tmp_path / "out")


def test_parquet_and_a_zip_from_the_mirror_give_what_the_csv_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = log_rows()
    expected = frame(prepared(tmp_path, rows), "events")
    pq.write_table(pa.Table.from_pandas(rows.assign(time=pd.to_datetime(rows["time"], unit="s"))), tmp_path / "log.pq")
    prepare("mine", entry(path=tmp_path / "log.pq"), quiet, tmp_path / "parquet")
    pd.testing.assert_frame_equal(frame(tmp_path / "parquet", "events"), expected)
    with zipfile.ZipFile(tmp_path / "log.zip", "w") as packed:
        packed.write(tmp_path / "log.csv", "data/log.csv")
        packed.writestr("README", "about")
    monkeypatch.setenv(MIRROR, str(tmp_path))
    file = {"file": "log.zip", "page": "https://example.org", "sha256": sha256_file(tmp_path / "log.csv")}
    with pytest.raises(UserError, match=r"holds data/log.csv, README, and one file is needed"):
        prepare("mine", entry(file=file), quiet, tmp_path / "zip")
    prepare("mine", entry(file=file | {"member": "data/log.csv"}), quiet, tmp_path / "zip")
    pd.testing.assert_frame_equal(frame(tmp_path / "zip", "events"), expected)
    with pytest.raises(UserError, match=r"is not what params.yaml promises: sha256"):
        prepare("mine", entry(file=file | {"member": "README"}), quiet, tmp_path / "other")
    monkeypatch.delenv(MIRROR)
    monkeypatch.setenv("CORKBOARD_HOME", str(tmp_path / "home"))
    with pytest.raises(UserError, match=r"log.zip is missing.*https://example.org"):
        prepare("mine", entry(file=file), quiet, tmp_path / "other")


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_an_item_file_tells_of_items(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"items.{suffix}"
    things = pd.DataFrame(
        {
            "id": [f"i{k}" for k in range(8)],
            "title": ["A hat", None, *["A shoe"] * 6],
            "description": [None, "Warm.", *[""] * 6],
            "category": "worn",
            "created_at": START_S,
            "colour": ["red", None, *["blue"] * 6],
        }
    )
    if suffix == "csv":
        things.to_csv(path, index=False)
    elif suffix == "jsonl":
        things.to_json(path, orient="records", lines=True)
    else:
        things.to_parquet(path)
    folder = prepared(tmp_path, log_rows(), items={"path": str(path)})
    items = frame(folder, "items").set_index("item_id")
    assert len(items) == 8
    assert items.loc["i0", ["title", "category", "created_s"]].tolist() == ["A hat", "worn", START_S]
    assert [dict(items.loc[item, "attributes"]) for item in ("i0", "i1")] == [{"colour": "red"}, {}]
    assert items.loc["i1", ["title", "description"]].tolist() == ["i1", "Warm."]
    assert (items["description"] == "").sum() == 7


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,title\ni0,A hat\n,A shoe\n", r"things\.csv: no id \(id\) in row 2, counted from 1"),
        ("id,created\ni0,2024-01-01\ni1,soon\n", r"row 2: created of things\.csv is 'soon', which is no time"),
        ("id,title\n", r"things\.csv has no rows"),
    ],
)
def test_an_item_file_that_cannot_be_read_says_where(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "things.csv").write_text(text)
    with pytest.raises(UserError, match=said):
        prepared(tmp_path, log_rows(), items={"path": str(tmp_path / "things.csv")})


def test_a_change_of_the_file_is_seen(tmp_path: Path) -> None:
    prepared(tmp_path, log_rows())
    before = content_of(entry(path=tmp_path / "log.csv"))
    log_rows(users=9).to_csv(tmp_path / "log.csv", index=False)
    assert before != content_of(entry(path=tmp_path / "log.csv"))


def test_an_entry_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(ValidationError, match="give either file or path"):
        entry()
    with pytest.raises(ValidationError, match="Input should be 'view', 'click'"):
        entry(path="log.csv", actions={"BOUGHT": "bought"})
    with pytest.raises(ValidationError, match="give actions for a log with such a column"):
        entry(path="log.csv", actions={"BOUGHT": "purchase"}, action="view")
    with pytest.raises(ValidationError, match="the column 'who' is named twice"):
        entry(path="log.csv", columns={"user": "who", "item": "who"})
