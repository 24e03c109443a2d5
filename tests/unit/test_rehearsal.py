"""Gaps on validation: what is rehearsed knows nothing of the test, and proposes limits."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from components.lifecycle import ingest
from components.lifecycle.ingest import read_by
from components.lifecycle.plan import make_plan, merged
from components.lifecycle.rehearsal import before_test, rehearse
from components.settings import system_settings
from data.errors import UserError
from tests.pictures import small_dataset


def _rows(folder: Path, table: str) -> list[dict]:
    return pq.read_table(folder / f"{table}.parquet").to_pylist()


def _ids(rows: list[dict], split: str, key: str) -> set[str]:
    return {row[key] for row in rows if row["split"] == split}


def test_validation_becomes_the_test_and_the_test_is_gone(tmp_path: Path):
    folder, earlier = tmp_path / "small", tmp_path / "earlier"
    folder.mkdir()
    earlier.mkdir()
    dataset = small_dataset(folder)
    items = pq.read_table(folder / "items.parquet")
    place = items.column_names.index("split")
    of_all = items.slice(0, 1).set_column(place, items.schema.field(place), pa.array([None], pa.string()))
    pq.write_table(pa.concat_tables([items, of_all]), folder / "items.parquet")
    made = before_test(dataset, earlier)
    assert None in {row["split"] for row in _rows(earlier, "items")}
    assert made.path == earlier
    assert (made.file(_rows(earlier, "items")[0]["image"])).is_file()
    for table, key in (("items", "item_id"), ("ad_impressions", "impression_id")):
        before, after = _rows(folder, table), _rows(earlier, table)
        assert _ids(after, "test", key) == _ids(before, "validation", key) != set()
        drawn = _ids(after, "validation", key)
        assert 0 < len(drawn) <= 2 * len(_ids(before, "validation", key))
        assert drawn | _ids(after, "train", key) == _ids(before, "train", key)
        assert not drawn & _ids(after, "train", key)


def test_where_splits_follow_in_time_the_latest_before_the_test_play_it(tmp_path: Path):
    folder, earlier = tmp_path / "small", tmp_path / "earlier"
    folder.mkdir()
    earlier.mkdir()
    dataset = small_dataset(folder)
    before_test(dataset, earlier)
    times = {split: [] for split in ("train", "validation", "test")}
    for row in _rows(earlier, "impressions"):
        times[row["split"]].append(row["time_ms"])
    assert max(times["train"]) < min(times["validation"]) <= max(times["validation"]) < min(times["test"])
    cut = min(row["time_ms"] for row in _rows(folder, "impressions") if row["split"] == "test")
    assert max(times["test"]) < cut


def test_a_gap_is_measured_on_validation_with_the_limit_that_follows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("data", "run"):
        (tmp_path / name).mkdir()
    dataset = small_dataset(tmp_path / "data")
    monkeypatch.setattr(ingest, "version", lambda _: dataset.version)
    entry = system_settings("ads")
    gaps = [{"slices": ["surface"], "metric": "predicted_over_observed", "difference": 1, "ratio": 0}]
    plan = make_plan("ads", "ad-world", merged(entry.small, {"gate": {"gaps": gaps}}))
    found = rehearse(plan, read_by("ads", dataset), tmp_path / "run", lambda *_: None)
    assert [one.kind for one in found] == ["difference", "ratio"]
    difference, ratio = found
    assert difference.high <= difference.proposed < difference.high + 0.05
    assert ratio.low - 0.05 < ratio.proposed <= ratio.low
    assert difference.limit == 1

    without = make_plan("ads", "ad-world", {"gate.gaps": []})
    with pytest.raises(UserError, match="limits no gap on ad-world"):
        rehearse(without, read_by("ads", dataset), tmp_path, lambda *_: None)
