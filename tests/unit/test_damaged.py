"""Damaged pictures stop a data set, unless its entry lets a few be excluded; those are named everywhere."""

import json
import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from pydantic import TypeAdapter, ValidationError

from data.dataset import open_dataset
from data.errors import UserError
from data.params import DatasetParams, explain
from data.prepare import prepare
from data.validation import Report, check
from tests.folders import bomb, class_folders, quiet


def entry(path: Path, **facts: Any) -> Any:
    return TypeAdapter(DatasetParams).validate_python(
        {"source": "image_folder", "licence": "own", "path": str(path)} | facts
    )


@pytest.fixture
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """120 pictures in two classes, one of them cut short."""
    monkeypatch.setenv("CORKBOARD_HOME", str(tmp_path / "home"))
    folder = class_folders(tmp_path / "raw", ("hat", "shoe"), 60)
    cut(folder / "hat" / "07.jpg")
    return folder


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:700])


def checked(folder: Path, params: Any) -> Report:
    return check(open_dataset("mine", folder, "1"), params, folder.parent / "docs", quiet)


def failures(report: Report, severity: str) -> list[str]:
    return [one["check"] for one in report.failures if one["severity"] == severity]


def test_by_default_one_damaged_picture_fails_the_data_set(raw: Path, tmp_path: Path) -> None:
    params = entry(raw)
    folder = prepare("mine", params, quiet, tmp_path / "out")
    items = pq.read_table(folder / "items.parquet").to_pandas().set_index("item_id")
    assert items.loc["hat/07", "split"] in {"train", "validation", "test"}
    assert failures(checked(folder, params), "critical") == ["file decodes"]
    assert "damaged" not in json.loads((folder / "dataset.json").read_text())["report"]


def test_excluded_ones_are_named_in_card_table_and_report(raw: Path, tmp_path: Path) -> None:
    params = entry(raw, damaged="exclude")
    folder = prepare("mine", params, quiet, tmp_path / "out")
    damaged = json.loads((folder / "dataset.json").read_text())["report"]["damaged"]
    assert (damaged["count"], damaged["share"], damaged["largest_share"]) == (1, 1 / 120, 0.01)
    (named,) = damaged["pictures"]
    assert (named["item_id"], named["image"]) == ("hat/07", "images/hat/07.jpg")
    assert "does not decode" in named["problem"]
    items = pq.read_table(folder / "items.parquet").to_pandas().set_index("item_id")
    assert items.index[items["split"] == "excluded"].tolist() == ["hat/07"]
    assert open_dataset("mine", folder, "1").damaged == 1
    report = checked(folder, params)
    assert failures(report, "critical") == []
    (failure,) = [one for one in report.failures if one["check"] == "damaged picture"]
    assert failure["severity"] == "warning"
    assert (failure["count"], failure["rows"][0]["item_id"]) == (1, "hat/07")
    assert "damaged picture" in report.docs.read_text()


def test_more_than_the_largest_share_stops_the_data_set(raw: Path, tmp_path: Path) -> None:
    (raw / "shoe" / "03.jpg").write_bytes(b"")
    bomb(raw / "shoe" / "04.png")
    said = (
        r"3 of 121 pictures \(2\.48 %\) are damaged, and `damaged` in params.yaml allows 1 %: images/hat/07.jpg does "
        r"not decode .*; images/shoe/03.jpg does not .*; images/shoe/04.png has 30000 x 30000 pixels"
    )
    with pytest.raises(UserError, match=said):
        prepare("mine", entry(raw, damaged="exclude"), quiet, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    params = entry(raw, damaged={"largest_share": 0.05})
    folder = prepare("mine", params, quiet, tmp_path / "out")
    assert open_dataset("mine", folder, "1").damaged == 3
    report = checked(folder, params)
    assert failures(report, "critical") == []
    assert next(one["count"] for one in report.failures if one["check"] == "damaged picture") == 3


def test_what_becomes_damaged_after_preparation_fails(raw: Path, tmp_path: Path) -> None:
    params = entry(raw, damaged="exclude")
    folder = prepare("mine", params, quiet, tmp_path / "out")
    cut(folder / "images" / "shoe" / "01.jpg")
    (folder / "images" / "hat" / "07.jpg").unlink()
    assert set(failures(checked(folder, params), "critical")) == {"file decodes", "file exists"}


def test_a_class_of_which_nothing_is_left_is_named(raw: Path, tmp_path: Path) -> None:
    (raw / "glove").mkdir()
    (raw / "hat" / "07.jpg").rename(raw / "glove" / "00.jpg")
    params = entry(raw, damaged="exclude")
    report = checked(prepare("mine", params, quiet, tmp_path / "out"), params)
    (failure,) = [one for one in report.failures if one["severity"] == "critical"]
    assert failure["check"] == "class has pictures"
    assert failure["rows"] == [{"category": "glove", "found": "all of its pictures are excluded"}]


@pytest.mark.parametrize("damaged", ["keep", {"largest_share": 0}, {"largest_share": 1.0}, {"most": 0.1}, True])
def test_a_share_that_cannot_be_meant_is_refused(damaged: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        entry(Path("raw"), damaged=damaged)
    assert re.search(r"damaged", explain(caught.value))
