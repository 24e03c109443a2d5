"""What search-relevance answers, worked by hand."""

import json
from pathlib import Path

from components.systems.search_relevance.predictor import POPULARITY, open_bundle
from components.systems.search_relevance.types import Request


def test_seen_items_do_not_come_back(tmp_path: Path) -> None:
    (tmp_path / POPULARITY).write_text(json.dumps([["hat", 0.5], ["bag", 0.3], ["shoe", 0.2]]))
    answer = open_bundle(tmp_path).answer(Request(k=2, seen=["hat"]))
    assert [hit.item_id for hit in answer.hits] == ["bag", "shoe"]
