"""A person who left is in no data set, bundle or list that is made afterwards."""

import json
import shutil
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from components.lifecycle.erased import releases_holding
from components.lifecycle.results import Release
from components.settings import system_settings
from components.system import load_system
from data.content import describe
from data.dataset import Dataset, open_dataset
from data.erased import erase, holders, noted, tombstones, write_tombstones
from data.tables.board_items import TABLE as BOARD_ITEMS
from data.tables.boards import TABLE as BOARDS
from data.tombstone import mark_of
from serving.discovery.declared import filling
from serving.erased import main
from serving.state import open_state
from tests.pictures import small_dataset

LEFT = "user-03"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CORKBOARD_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("CORKBOARD_STATE_URL", raising=False)
    return tmp_path / "home"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_dataset(tmp_path_factory.mktemp("whole")).path


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "data")
    return tmp_path / "data"


def traces(folder: Path) -> list[str]:
    """Files below that hold the id, in whatever column or block."""
    found = [path.name for path in folder.rglob("*") if path.is_file() and LEFT.encode() in path.read_bytes()]
    found += [path.name for path in folder.rglob("*.parquet") if LEFT in str(pq.read_table(path).to_pylist())]
    for path in folder.rglob("*.npz"):
        with np.load(path, allow_pickle=False) as arrays:
            found += [path.name for name in arrays.files if LEFT in str(arrays[name].tolist())]
    return found


def fitted(dataset: Dataset, role: str, out: Path) -> Path:
    name = filling(role)
    system, settings = load_system(name), system_settings(name)
    bundle, work = out / name / "bundle", out / name / "work"
    bundle.mkdir(parents=True)
    work.mkdir()
    limited = dataset.limited(system.reads(dataset.rows))
    system.fit(limited, system.Config.model_validate(settings.small), work, bundle, lambda *_: None)
    return bundle


def test_what_is_trained_again_holds_no_trace(folder: Path, tmp_path: Path) -> None:
    """Before, both bundles and the tables name the person, so that the test could find them."""
    before = open_dataset("small", folder, "1")
    assert {"events.parquet", "users.parquet", "impressions.parquet"} <= set(traces(folder))
    assert all(traces(fitted(before, role, tmp_path / "before")) for role in ("rank", "keep"))
    write_tombstones({mark_of(LEFT): 5})
    removed = erase(folder)
    assert removed["users"] == 1
    assert traces(folder) == []
    after = open_dataset("small", folder, "2")
    assert after.rows["users"] == before.rows["users"] - 1
    for role in ("rank", "keep"):
        assert traces(fitted(after, role, tmp_path / "after")) == []
    assert erase(folder) == {}


def test_boards_go_with_their_owner(tmp_path: Path) -> None:
    boards = [
        {"board_id": "b1", "title": "", "owner_id": LEFT, "test_rows": None},
        {"board_id": "b2", "title": "", "owner_id": "ann", "test_rows": None},
    ]
    items = [{"board_id": board, "item_id": "x", "time_s": None, "split": "train"} for board in ("b1", "b2")]
    for table, rows in ((BOARDS, boards), (BOARD_ITEMS, items)):
        pq.write_table(pa.Table.from_pylist(rows, table.schema), tmp_path / table.file)
    card = {"name": "b", "source": "boards", "licence": "CC0-1.0", "simulated": False, "truth": None, "report": {}}
    (tmp_path / "dataset.json").write_text(json.dumps(card | {"tables": describe(tmp_path)}))
    write_tombstones({mark_of(LEFT): 5})
    assert erase(tmp_path) == {"board_items": 1, "boards": 1}
    assert open_dataset("b", tmp_path, "1").rows == {"board_items": 1, "boards": 1}


def test_tombstones_come_from_the_state_and_stay(home: Path, folder: Path) -> None:
    state = open_state()
    state.erasures.add(mark_of(LEFT), 7)
    state.erasures.add(mark_of(LEFT), 9)
    state.close()
    assert main() == {"erased": 1}
    assert tombstones() == {mark_of(LEFT): 7}
    write_tombstones({})
    assert tombstones() == {mark_of(LEFT): 7}
    assert LEFT not in (home / "erased.json").read_text()
    assert holders("small", folder, 1000) == {mark_of(LEFT)}
    erase(folder)
    assert holders("small", folder, 2000) == set()
    assert noted() == {"small": {mark_of(LEFT): 1000}}


def test_releases_from_before_are_listed_until_when_they_may_stay() -> None:
    now_s = int(time.time())
    write_tombstones({mark_of(LEFT): 0})

    def release(created_s: int, dataset: str = "small") -> Release:
        created = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(created_s))
        known = {"system": "toy", "version": 2, "aliases": ("champion",), "created": created, "dataset": dataset}
        return Release.model_construct(**known)

    held = {"small": {mark_of(LEFT): now_s}}
    (one,) = releases_holding([release(now_s - 9), release(now_s + 9), release(0, "other")], held)
    assert (one.version, one.people, one.by) == ("2 (champion)", 1, "1970-01-31")
    assert one.mended_by == "corkboard run toy --dataset small"
