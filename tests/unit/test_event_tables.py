"""Logs become tables: order, splits, users and items, worked by hand; the same bytes on either engine."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from data import engine
from data.errors import UserError
from data.files import sha256_tree
from data.project import root
from data.tables.events import TABLE as EVENTS
from data.tables.users import TABLE as USERS
from data.times import DAY_S
from tests.logs import START_S, frame, log_rows, prepared

TIME = {"validation_days": 1, "test_days": 2}


def one_user(times: list[int], **columns: Any) -> pd.DataFrame:
    count = len(times)
    return pd.DataFrame(
        {"user": "u", "item": [f"i{k}" for k in range(count)], "action": "view", "time": times} | columns
    )


def test_events_are_in_the_order_of_time_and_then_of_rows(tmp_path: Path) -> None:
    times = [START_S + 9, START_S, START_S + 5, START_S]
    events = frame(prepared(tmp_path, one_user(times)), "events")
    assert events["item_id"].tolist() == ["i1", "i3", "i2", "i0"]
    assert events["place"].tolist() == [0, 1, 2, 3]
    assert events["time_s"].tolist() == sorted(times)


def test_leave_one_out_takes_the_last_two_of_those_who_have_three(tmp_path: Path) -> None:
    rows = pd.concat([one_user([START_S + k for k in range(count)]).assign(user=f"u{count}") for count in (1, 2, 3, 5)])
    events = frame(prepared(tmp_path, rows), "events")
    assert events.groupby("user_id")["split"].agg(list).to_dict() == {
        "u1": ["train"],
        "u2": ["train", "train"],
        "u3": ["train", "validation", "test"],
        "u5": ["train", "train", "train", "validation", "test"],
    }


def test_windows_are_whole_days_of_utc_at_the_end(tmp_path: Path) -> None:
    midnight = START_S + 10 * DAY_S
    times = [START_S, midnight - 3 * DAY_S - 1, midnight - 3 * DAY_S, midnight - 2 * DAY_S - 1, midnight - 2 * DAY_S]
    folder = prepared(tmp_path, one_user([*times, midnight - DAY_S + 7]), splits=TIME)
    assert frame(folder, "events")["split"].tolist() == ["train", "train", "validation", "validation", "test", "test"]
    report = json.loads((folder / "dataset.json").read_text())["report"]["log"]
    assert report["splits"] == {"train": 2, "validation": 2, "test": 2}
    assert (report["validation_from"], report["test_from"]) == ("2023-11-22T00:00:00Z", "2023-11-23T00:00:00Z")


def test_windows_longer_than_the_log_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"2023-11-15.*nothing is left to train on.*give fewer days"):
        prepared(tmp_path, one_user([START_S, START_S + 2 * DAY_S]), splits=TIME)
    with pytest.raises(UserError, match="no times"):
        prepared(tmp_path, one_user([START_S]).drop(columns="time"), splits=TIME)


def test_users_and_items_are_those_of_the_log(tmp_path: Path) -> None:
    rows = log_rows().assign(country=[f"c{k % 2}" if k % 3 else None for k in range(len(log_rows()))])
    folder = prepared(tmp_path, rows.sample(frac=1, random_state=1), user_attributes={"country": "country"})
    users = frame(folder, "users").set_index("user_id")
    for user, theirs in rows.groupby("user"):
        assert users.loc[user, "events"] == len(theirs)
        assert (users.loc[user, "first_s"], users.loc[user, "last_s"]) == (theirs["time"].min(), theirs["time"].max())
        said = theirs["country"].dropna()
        assert dict(users.loc[user, "attributes"]) == ({"country": said.iloc[-1]} if len(said) else {})
    items = frame(folder, "items").set_index("item_id")
    assert items["created_s"].to_dict() == rows.groupby("item")["time"].min().to_dict()
    assert items["image"].isna().all()


def test_copies_are_kept_unless_they_are_to_be_dropped(tmp_path: Path) -> None:
    rows = pd.concat([log_rows(), log_rows().iloc[[3, 3, 5]]])
    assert len(frame(prepared(tmp_path / "kept", rows), "events")) == len(rows)
    folder = prepared(tmp_path / "dropped", rows, duplicates="drop")
    assert len(frame(folder, "events")) == len(log_rows())
    assert json.loads((folder / "dataset.json").read_text())["report"]["log"]["duplicates_dropped"] == 3


def test_the_bytes_do_not_depend_on_threads_or_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = log_rows(users=40, days=30)
    first = prepared(tmp_path / "first", rows)
    monkeypatch.setattr(engine, "BATCH_ROWS", 7)
    monkeypatch.setattr(engine, "SETTINGS", {**engine.SETTINGS, "threads": 1})
    second = prepared(tmp_path / "second", rows)
    for table in (EVENTS, USERS):
        assert (first / table.file).read_bytes() == (second / table.file).read_bytes()
    assert sorted(path.name for path in first.iterdir()) == sorted(
        ["dataset.json", *(f"{name}.parquet" for name in ("events", "items", "users"))]
    )


@pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java, and there is none on the PATH")
def test_spark_gives_the_same_bytes(tmp_path: Path) -> None:
    rows = log_rows(users=12, days=9).assign(
        country=lambda given: ["NL", "", "BR"] * (len(given) // 3) + [""] * (len(given) % 3)
    )
    rows = pd.concat([rows, rows.iloc[[4, 9]]]).sample(frac=1, random_state=2)
    facts = {"user_attributes": {"country": "country"}, "duplicates": "drop", "splits": TIME}
    here = prepared(tmp_path / "duckdb", rows, **facts)
    code = (
        "import sys; from pathlib import Path; from tests.folders import quiet; from tests.logs import event_log; "
        "import pandas as pd; from data.prepare import prepare; "
        f"params = event_log(Path(sys.argv[1]), pd.read_csv(sys.argv[1], keep_default_na=False), **{facts!r}); "
        "prepare('mine', params, quiet, Path(sys.argv[2]), 'spark')"
    )
    there = tmp_path / "spark"
    command = [sys.executable, "-c", code, str(tmp_path / "duckdb" / "log.csv"), str(there)]
    done = subprocess.run(
        command, cwd=root(), env=os.environ | {"PYTHONPATH": str(root())}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert sha256_tree(here) == sha256_tree(there)


def test_without_java_spark_says_what_to_install(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from data.engine import connect\n"
        f"with connect('spark', Path({str(tmp_path)!r})): pass"
    )
    environment = {name: value for name, value in os.environ.items() if name != "JAVA_HOME"} | {"PATH": "/nowhere"}
    done = subprocess.run([sys.executable, "-c", code], cwd=root(), env=environment, capture_output=True, text=True)
    assert "UserError: `engine: spark` in params.yaml needs Java 17" in done.stderr
