"""Logs of impressions, read and checked: days split them, copies are dropped, and outcomes are never known before."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import TypeAdapter

from components.message import Message
from corkboard.bench._closed_loop import History, Policies
from corkboard.bench._feed_variety import varied
from data.content import describe
from data.dataset import CARD, open_dataset
from data.errors import UserError
from data.files import write_json
from data.params import DatasetParams, WorldParams
from data.prepare import prepare
from data.tables.impressions import TABLE
from data.validation import check
from data.world.behaviour.log import user_name
from data.world.behaviour.loop import Loop, Visit
from data.world.behaviour.truth import open_truth
from tests.folders import quiet

DAY_MS = 86_400_000
START_MS = 1_650_000_000_000 // DAY_MS * DAY_MS


def log(folder: Path, **changed: Any) -> Any:
    """Twenty people who see five things on each of five days, one of them twice."""
    rng = np.random.default_rng(0)
    rows = [
        {"who": user, "what": int(rng.integers(9)), "at": START_MS + day * DAY_MS + 1000 * (60 * user + place)}
        | {"clicked": int(rng.random() < 0.4), "tab": place % 3}
        for day in range(5)
        for user in range(20)
        for place in range(5)
    ]
    pd.DataFrame([*rows, rows[7]]).assign(**changed).to_parquet(folder / "log.parquet")
    (folder / "items.csv").write_text(
        "what,tag,made,maker\n" + "".join(f"{n},{n % 3},2022-04-01,m{n}\n" for n in range(9))
    )
    (folder / "users.csv").write_text("who,age\n" + "".join(f"{n},{20 + n}.0\n" for n in range(20)))
    pd.DataFrame({"who": range(20), "seen": [[1, 2]] * 20}).to_parquet(folder / "before.parquet")
    return {
        "source": "impression_log",
        "licence": "own",
        "logs": [{"path": folder / "log.parquet"}],
        "columns": {"user": "who", "item": "what", "time_ms": "at", "surface": "tab", "outcomes": {"click": "clicked"}},
        "items": {"path": folder / "items.csv", "key": "what", "category": "tag", "created": "made"},
        "users": {"path": folder / "users.csv", "key": "who"},
        "histories": {"path": folder / "before.parquet", "key": "who"},
        "duplicates": "drop",
        "splits": {"validation_days": 1, "test_days": 2},
    }


def entry(fields: dict[str, Any]) -> Any:
    return TypeAdapter(DatasetParams).validate_python(fields)


def test_a_log_becomes_tables(tmp_path: Path) -> None:
    params = entry(log(tmp_path))
    dataset = open_dataset("mine", prepare("mine", params, quiet, tmp_path / "out"), "1")
    rows = dataset.table("impressions").to_pandas()
    assert len(rows) == 500
    assert rows["split"].value_counts().to_dict() == {"train": 200, "validation": 100, "test": 200}
    assert rows["save"].isna().all()
    assert dict(dataset.table("users").to_pandas()["attributes"][1]) == {"age": "21", "seen": "1|2"}
    item = dataset.table("items").to_pandas().iloc[4]
    assert (item["category"], dict(item["attributes"])["maker"], item["created_s"]) == ("1", "m4", 1_648_771_200)
    assert check(dataset, params, tmp_path / "docs", quiet).failures == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"duplicates": "refuse"}, "set `duplicates: drop`"),
        ({"splits": {"validation_days": 3, "test_days": 2}}, "give splits fewer days"),
        ({"columns": {"user": "who", "item": "what", "time_ms": "at", "outcomes": {"clik": "clicked"}}}, "'clik'"),
        ({"columns": {"user": "who", "item": "what", "time_ms": "when", "outcomes": {"click": "clicked"}}}, "'when'"),
    ],
)
def test_a_log_that_cannot_be_read_is_refused(changed: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=said):
        prepare("mine", entry(log(tmp_path) | changed), quiet, tmp_path / "out")


def test_bad_impressions_are_named(tmp_path: Path) -> None:
    """One row each is wrong, but an outcome that the surface gives away is wrong in all of them."""
    params = entry(log(tmp_path))
    folder = prepare("mine", params, quiet, tmp_path / "out")
    rows = pq.read_table(folder / TABLE.file).to_pandas()
    rows["surface"] = rows["click"].map({True: "yes", False: "no"})
    rows.loc[1, "time_ms"] = 5
    rows.loc[2, "item_id"] = "none"
    rows.loc[3, "propensity"] = 2.0
    rows.loc[4, "position"] = -1
    rows.loc[5, "place"] = 77
    rows.loc[6, "split"] = "test"
    pq.write_table(pa.Table.from_pandas(rows, TABLE.schema, preserve_index=False), folder / TABLE.file)
    card = {"name": "mine", "source": "impression_log", "licence": "own", "simulated": False, "truth": None}
    write_json(folder / CARD, card | {"tables": describe(folder), "report": {"items_without_picture": 9}})
    failures = check(open_dataset("mine", folder, "2"), params, tmp_path / "docs", quiet).failures
    assert {
        "time in bounds",
        "item exists",
        "propensity in bounds",
        "position in bounds",
        "place counts from 0",
        "split in order",
        "outcomes are no features",
    } <= {failure["check"] for failure in failures}


def test_a_world_shows_its_home_feed_and_answers_a_closed_loop(tmp_path: Path) -> None:
    people = {"users": 60, "days": 12, "splits": {"validation_days": 2, "test_days": 5}, "impressions": True}
    fields = {"source": "world", "seed": 3, "objects": 200, "scenes": 0, "pictures": False, "behaviour": people}
    params = WorldParams.model_validate(fields)
    dataset = open_dataset("mine", prepare("mine", params, quiet, tmp_path / "out"), "1")
    assert [
        one for one in check(dataset, params, tmp_path / "docs", quiet).failures if one["severity"] == "critical"
    ] == []
    rows, events = dataset.table("impressions").to_pandas(), dataset.table("events").to_pandas()
    home = events[(events["surface"] == "home") & (events["action"] != "view")]
    for action in ("click", "save", "hide"):
        assert rows[action].sum() == (home["action"] == action).sum()
    assert len(rows) > (events["surface"] == "home").sum()
    first, last = rows[rows["position"] == 0], rows[rows["position"] == 11]
    assert first[["click", "save"]].mean().sum() > last[["click", "save"]].mean().sum()
    loop = Loop(open_truth(dataset.path), range(30))
    visits = loop.visits()
    assert visits == Loop(open_truth(dataset.path), range(30)).visits()
    best = sum(loop.respond(one, loop.best(one, loop.acted_before[one.person])).count("save") for one in visits)
    others = [item for item, there in zip(loop.item_id, loop.present(visits[0].day), strict=True) if there]
    plain = sum(loop.respond(one, others[one.number % 100 :][:12]).count("save") for one in visits)
    assert best > 2 * plain
    items, before = dataset.table("items").to_pandas(), events[events["split"] != "test"]
    saves = events[(events["split"] == "test") & (events["action"] == "save")]
    of_kind = items.sort_values("category")["item_id"].tolist()

    def ranked(*_: object, k: int, diversity: float = 1.0, explore: bool) -> list[str]:
        assert not explore
        return of_kind[:: len(of_kind) // k][:k] if diversity else of_kind[:k]

    policies = SimpleNamespace(loop=loop, proposed=lambda *_: {}, ranked=ranked)
    found = {row.metric: row for row in varied(policies, before, saves, items)}  # type: ignore[arg-type]
    distance = found["intra_list_distance"]
    assert 0 < distance.peer < distance.ours < 1  # type: ignore[operator]
    assert found["intra_list_distance_gained"].ours == pytest.approx(distance.ours - distance.peer)  # type: ignore[operator]
    of_these = (
        saves[saves["user_id"].isin({user_name(visit.person) for visit in visits})]
        .groupby("user_id")["item_id"]
        .agg(set)
    )
    assert found["first_pages"].ours == len(of_these)
    expected = np.mean([len(own & set(of_kind[:20])) / len(own) for own in of_these])
    assert found["recall_at_20"].peer == pytest.approx(expected)


def test_what_lies_on_boards_with_the_latest_wishes_joins_the_candidates() -> None:
    """What was clicked, what has not arrived, what nobody knows and what another source names do not."""
    asked: list[SimpleNamespace] = []

    def answers(requests: list[Message]) -> list[Message]:
        asked.extend(request.fields for request in requests)
        found = ("clicked", "later", "unknown", "popular", "kept")
        return [Message(SimpleNamespace(items=[SimpleNamespace(item_id=item) for item in found]))]

    created_s = {"clicked": 0, "later": 11, "popular": 0, "kept": 10, "seen": 0}
    keep = SimpleNamespace(model_validate=lambda fields: SimpleNamespace(**fields))
    keeper: Any = SimpleNamespace(answers=answers)
    policies: Any = Policies(None, created_s, None, None, keeper, {"keep": keep})  # type: ignore[arg-type]
    policies.proposed = lambda *_: {"popular": "trending"}
    policies.ranked = lambda _visit, _user, _history, sources: sources
    history = History()
    assert policies.with_boards(Visit(0, 0, 10, 0), "ann", history) == {"popular": "trending"}
    history.add("ann", "seen", "view", 5, 0)
    history.add("ann", "clicked", "click", 5, 0)
    assert policies.with_boards(Visit(0, 0, 10, 0), "ann", history) == {"popular": "trending", "kept": "boards"}
    assert [one.items for one in asked] == [["clicked"]]
