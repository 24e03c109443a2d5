"""Logs of ads, read and checked: money is whole, a sample says what it stands for, and no feature is an outcome."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pydantic import TypeAdapter

from data.dataset import Dataset, open_dataset
from data.errors import UserError
from data.params import DatasetParams
from data.prepare import prepare
from data.validation import check
from tests.folders import quiet

ROWS = 600


def rows() -> pd.DataFrame:
    number = pd.Series(range(ROWS))
    return pd.DataFrame(
        {
            "clicked": (number % 7 == 0).astype(int),
            "who": "user-" + (number % 50).astype(str),
            "what": number % 9,
            "bid": 10,
            "paid": number % 10,
            "city": (number % 3).map({0: "here", 1: "there", 2: "null"}),
        }
    )


def prepared(folder: Path, given: pd.DataFrame, **changes: Any) -> tuple[Dataset, Any]:
    given.to_csv(folder / "log.csv", index=False)
    columns = {"click": "clicked", "user": "who", "ad": "what", "bid": "bid", "price": "paid"}
    features = {name: name for name in given if name not in columns.values()}
    fields = {
        "source": "ad_log",
        "licence": "own",
        "path": folder / "log.csv",
        "columns": columns,
        "features": features,
    }
    fields |= {"splits": {"salt": "", "digest": "sha1", "train": 60, "validation": 10}}
    params = TypeAdapter(DatasetParams).validate_python(fields | changes)
    return open_dataset("mine", prepare("mine", params, quiet, folder / "mine"), "1"), params


def test_a_log_becomes_a_table(tmp_path: Path) -> None:
    dataset, params = prepared(tmp_path, rows(), sampled_from=ROWS * 10)
    found = dataset.table("ad_impressions").to_pandas()
    assert check(dataset, params, tmp_path / "docs", quiet).failures == []
    assert found["weight"].sum() == pytest.approx(ROWS * 10)
    assert set(found.loc[found["click"], "weight"]) == {1}
    assert found.groupby("user_id")["split"].nunique().max() == 1
    assert dict(found["features"][0]) == {"city": "here"}
    assert dict(found["features"][2]) == {}  # null is nothing


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"clicked": 2}, "not 0 or 1"),
        ({"bid": 1.5}, "whole numbers"),
        ({"paid": "much"}, "whole numbers"),
    ],
)
def test_what_is_no_log_is_refused(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        prepared(tmp_path, rows().assign(**changes))


def test_bad_rows_are_named(tmp_path: Path) -> None:
    given = rows()
    given["after"] = given["clicked"].map({0: "stayed", 1: "left"})
    given["tag"] = given["clicked"].where(given.index % 5 > 0, "x").astype(str)
    given.loc[3, "bid"] = -1
    dataset, params = prepared(tmp_path, given)
    failures = {one["check"]: one for one in check(dataset, params, tmp_path / "docs", quiet).failures}
    assert failures["money in bounds"]["count"] == 1
    assert "after says whether it was clicked" in str(failures["outcomes are no features"]["rows"])
    assert failures["no value is nearly all clicks"]["severity"] == "warning"


def test_campaigns_are_checked(tmp_path: Path) -> None:
    params = TypeAdapter(DatasetParams).validate_python(
        {"source": "ad_world", "seed": 1, "people": 50, "visits": 300, "days": 12}
    )
    dataset = open_dataset("world", prepare("world", params, quiet, tmp_path / "world"), "1")
    assert check(dataset, params, tmp_path / "docs", quiet).failures == []
    assert dataset.simulated
    path = dataset.path / "campaigns.parquet"
    campaigns = pd.read_parquet(path)
    campaigns.loc[0, "budget"], campaigns.loc[1, "ends_s"], campaigns.loc[2, "bid"] = 0, 0, -5
    campaigns.iloc[:40].to_parquet(path)
    found = {one["check"] for one in check(dataset, params, tmp_path / "docs", quiet).failures}
    assert {"budget in bounds", "ends after it starts", "bid in bounds", "campaign exists"} <= found
