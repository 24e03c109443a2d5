"""Answers that give the values of an attribute their shares, and say so."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from data.errors import UserError
from serving.discovery.exposure import Exposure, ExposurePolicy, open_exposure
from tests.discoveries import entry_app
from tests.pictures import CATEGORIES

SHARES = {CATEGORIES[0]: 0.5, CATEGORIES[1]: 0.5}
K = 8


@pytest.fixture(scope="module")
def shared(catalogue: Path, state: Path, addresses: dict[str, str]) -> Iterator[TestClient]:
    policy = ExposurePolicy(attribute="category", shares=SHARES, most_lost=1.0)
    app = entry_app(catalogue, state, addresses, policy=policy)
    with TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 1)) as client:
        yield client


def test_an_attribute_that_no_item_has_is_said_at_once(catalogue: Path, state: Path, addresses: dict[str, str]) -> None:
    policy = ExposurePolicy(attribute="shade", shares={"deep": 0.5, "fair": 0.5})
    with (
        pytest.raises(UserError, match="no item has 'shade' with one of the values deep, fair"),
        TestClient(entry_app(catalogue, state, addresses, policy=policy)),
    ):
        pass


def categories(answer: dict[str, Any]) -> list[str]:
    return [item["category"] for item in answer["items"] if item["category"] in SHARES]


@pytest.mark.parametrize(
    ("method", "path", "fields"),
    [
        ("POST", "/v1/search", {"item_id": "disc-train-000", "k": K}),
        ("POST", "/v1/search", {"text": CATEGORIES[0], "k": K}),
        ("GET", f"/v1/items/disc-train-000/related?k={K}", {}),
        ("POST", "/v1/recommendations", {"k": K}),
        ("POST", "/v1/feed", {"user_id": "kim", "k": K}),
    ],
)
def test_every_surface_has_its_shares_and_says_so(
    discovery: TestClient, shared: TestClient, method: str, path: str, fields: dict[str, Any]
) -> None:
    plain, answer = (client.request(method, path, json=fields or None).json() for client in (discovery, shared))
    assert plain["reordered"] is None
    assert len(answer["items"]) == len(plain["items"])
    found = categories(answer)
    assert abs(found.count(CATEGORIES[0]) - found.count(CATEGORIES[1])) <= 1
    if answer["reordered"] is None:  # it had its shares already
        assert answer["items"][0]["item_id"] == plain["items"][0]["item_id"]
    else:
        assert answer["reordered"]["attribute"] == "category"
        assert 0 <= answer["reordered"]["relevance_kept"] <= 1


def test_pages_show_each_item_once(shared: TestClient) -> None:
    seen, offset = [], 0
    while offset is not None:
        page = shared.post("/v1/search", json={"item_id": "disc-train-000", "k": K, "offset": offset}).json()
        assert seen or page["reordered"]
        seen += [item["item_id"] for item in page["items"]]
        offset = page["next_offset"]
    assert len(seen) == len(set(seen)) == 47


def test_no_more_relevance_goes_than_allowed() -> None:
    items = [
        {"item_id": str(place), "score": 1 - place / 20, "category": "", "attributes": {"shade": shade}}
        for place, shade in enumerate(["fair"] * 9 + ["none"] + ["deep"] * 5)
    ]

    def shown(most_lost: float) -> tuple[list[str], Any]:
        policy = ExposurePolicy(attribute="shade", shares={"fair": 0.5, "deep": 0.5}, most_lost=most_lost)
        ordered, moved = Exposure(policy).ordered("search", items, 4)
        return [item["attributes"]["shade"] for item in ordered], moved

    free, moved = shown(1.0)
    assert free[:4].count("deep") == 2
    assert free[9] == "none"
    assert moved == {"attribute": "shade", "relevance_kept": pytest.approx((1 + 0.95 + 0.5 + 0.45) / 3.7)}
    some, moved = shown(0.15)
    assert some[:4].count("deep") == 1
    assert moved["relevance_kept"] >= 0.85
    assert shown(0.0) == ([item["attributes"]["shade"] for item in items], None)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is not JSON"),
        (json.dumps({"attribute": "shade", "shares": {"fair": 0.5, "deep": 0.4}}), "sum to 1, not to 0.9"),
        (json.dumps({"attribute": "shade"}), "shares"),
    ],
)
def test_a_wrong_policy_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, said: str) -> None:
    path = tmp_path / "exposure.json"
    path.write_text(content)
    monkeypatch.setenv("CORKBOARD_EXPOSURE", str(path))
    with pytest.raises(UserError, match=said):
        open_exposure()
