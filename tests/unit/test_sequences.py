"""The text form of sequences: a line a user, attributes beside it."""

import json
from pathlib import Path
from typing import Any

import pytest

from data.errors import UserError
from data.params import SequencesParams
from data.prepare import prepare
from tests.folders import quiet
from tests.logs import frame


def made(folder: Path, text: str, attributes: Any = None) -> Path:
    (folder / "log.txt").write_text(text)
    (folder / "attributes.json").write_text(json.dumps(attributes))
    beside = {"path": folder / "attributes.json"} if attributes is not None else None
    params = SequencesParams.model_validate(
        {"source": "sequences", "licence": "own", "path": folder / "log.txt", "attributes": beside}
    )
    return prepare("mine", params, quiet, folder / "out")


def test_lines_become_events_in_their_order(tmp_path: Path) -> None:
    folder = made(tmp_path, "1 9 8 9\n\n2 7 9\n10 7\n", {"9": [3, 1], "7": [], "55": [2]})
    events = frame(folder, "events")
    assert events[["user_id", "place", "item_id", "split"]].values.tolist() == [
        ["1", 0, "9", "train"],
        ["1", 1, "8", "validation"],
        ["1", 2, "9", "test"],
        ["10", 0, "7", "train"],
        ["2", 0, "7", "train"],
        ["2", 1, "9", "train"],
    ]
    assert set(events["action"]) == {"review"}
    assert events["time_s"].isna().all()
    items = frame(folder, "items").set_index("item_id")["attributes"]
    assert {item: dict(found) for item, found in items.items()} == {"7": {}, "8": {}, "9": {"attribute": "3|1"}}
    report = json.loads((folder / "dataset.json").read_text())["report"]
    assert (report["items_without_attributes"], report["attributes_without_events"]) == (2, 1)


@pytest.mark.parametrize(
    ("text", "attributes", "said"),
    [
        ("", None, "holds no events"),
        ("1 9\n2\n", None, "line 2: user 2 has no items"),
        ("1 9\n2 8\n1 7\n", None, "line 3: user 1 was on line 1 already"),
        ("1 9\n", [1], "an object of JSON, item to a list of attributes"),
        ("1 9\n", {"9": 4}, "an object of JSON, item to a list of attributes"),
    ],
)
def test_a_file_of_another_form_says_so(tmp_path: Path, text: str, attributes: Any, said: str) -> None:
    with pytest.raises(UserError, match=said):
        made(tmp_path, text, attributes)
