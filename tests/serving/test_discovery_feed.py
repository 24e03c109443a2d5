"""The home feed of the composed service: pages that never repeat, what was just done, and what it does without."""

import io
import json
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps
from starlette.testclient import TestClient

from components.features.counters import Definition
from components.features.served_counts import Counted
from components.roles import Document
from serving.discovery import ahead
from serving.discovery import feed as module
from serving.discovery.catalogue import Catalogue
from serving.discovery.feed_types import Feed
from serving.discovery.rank_role import LiveRanker
from serving.state import Event, Item, open_state
from tests.discoveries import entry_app
from tests.serving.test_discovery import drawn, put

PEER = r'corkboard_system_request_total\{outcome="ok",system="([^"]+)"\} (\S+)'


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LIMIT_S", 30.0)  # on a busy machine no source is late


def page(client: TestClient, user: str, **fields: Any) -> Feed:
    answer = client.post("/v1/feed", json={"user_id": user, "k": 10, **fields})
    assert answer.status_code == 200, answer.text
    return Feed.model_validate(answer.json())


def act(client: TestClient, user: str, item_id: str, action: str) -> None:
    event = {"user_id": user, "item_id": item_id, "action": action, "surface": "home"}
    assert client.post("/v1/events", json={"events": [event]}).status_code == 202


def test_pages_show_every_item_once_though_new_ones_come(discovery: TestClient) -> None:
    first = page(discovery, "fay")
    assert first.cold
    assert first.degraded == []
    assert put(discovery, "came-since", drawn(), category="bar").status_code == 201
    seen, cursor = [item.item_id for item in first.items], first.cursor
    while cursor is not None:
        one = page(discovery, "fay", cursor=cursor)
        seen += [item.item_id for item in one.items]
        cursor = one.cursor
    assert len(seen) == len(set(seen))
    assert "came-since" in seen
    assert len(seen) >= 48
    assert discovery.delete("/v1/items/came-since").status_code == 204
    assert "came-since" not in {item.item_id for item in page(discovery, "fay", k=100).items}


def test_what_people_of_a_country_act_on_is_proposed_there(discovery: TestClient) -> None:
    def there(country: str | None) -> list[str]:
        shown = page(discovery, "lou", k=100, country=country).items
        return [item.item_id for item in shown if item.source == "trending_there"]

    assert there("NZ") == []  # begins to count
    ids = [item.item_id for item in page(discovery, "lou", k=100).items]
    done = [("NZ", item_id, user) for item_id in ids[20:26] for user in ("mia", "noa")]
    done += [("NZ", ids[26], "mia")] + [("PT", item_id, user) for item_id in ids[30:36] for user in ("mia", "noa")]
    events = [{"user_id": user, "item_id": one, "action": "save", "country": country} for country, one, user in done]
    assert discovery.post("/v1/events", json={"events": events}).status_code == 202
    deadline = time.monotonic() + 30
    while not (found := there("NZ")) or not there("PT"):
        assert time.monotonic() < deadline, "the events were not counted"
    assert set(found) <= set(ids[20:26])  # one event is no trend
    assert set(there("PT")) <= set(ids[30:36])
    assert there("XX") == there(None) == []


def test_of_near_duplicates_the_oldest_is_on_a_feed(discovery: TestClient) -> None:
    names = ("original", "copy", "copy-of-copy")

    def shown() -> set[str]:
        return {item.item_id for item in page(discovery, "kim", k=100).items} & {*names}

    content = discovery.get("/v1/items/disc-train-001/picture").content
    image = ImageOps.invert(Image.open(io.BytesIO(content)))
    for created_s, (name, scale, quality) in enumerate(zip(names, (1.0, 0.5, 1.0), (95, 90, 30), strict=True), 1000):
        smaller = image.resize((round(image.width * scale), round(image.height * scale)))
        buffer = io.BytesIO()
        smaller.save(buffer, "JPEG", quality=quality)
        assert put(discovery, name, buffer.getvalue(), created_s=created_s).status_code == 201
    assert shown() == {"original"}  # a copy takes nobody's place
    assert discovery.patch("/v1/items/original", json={"title": "Changed"}).status_code == 200
    assert shown() == {"original"}
    for gone, left in (("original", {"copy"}), ("copy", {"copy-of-copy"}), ("copy-of-copy", set())):
        assert discovery.delete(f"/v1/items/{gone}").status_code == 204
        assert shown() == left


def test_an_event_keeps_from_where_and_with_which_propensity_the_item_came(discovery: TestClient) -> None:
    shown = page(discovery, "lea").items
    events = [
        {"user_id": "lea", "item_id": item.item_id, "action": "view", "source": item.source}
        | ({} if item.propensity is None else {"propensity": item.propensity})
        for item in shown
    ]
    assert discovery.post("/v1/events", json={"events": events}).status_code == 202
    stored = discovery.get("/v1/users/lea/export").json()["events"]
    given = {item.item_id: (item.source, item.propensity) for item in shown}
    assert {event["item_id"]: (event["source"], event["propensity"]) for event in stored} == given
    nan = b'{"events":[{"user_id":"lea","item_id":"%b","action":"view","propensity":NaN}]}' % shown[0].item_id.encode()
    refused = discovery.post("/v1/events", content=nan, headers={"content-type": "application/json"})
    assert 400 <= refused.status_code < 500, refused.text


def test_what_was_just_done_moves_the_next_page_and_a_hide_never_comes_back(discovery: TestClient) -> None:
    before = page(discovery, "gil", k=12)
    hidden = before.items[0].item_id
    act(discovery, "gil", hidden, "hide")
    for number in range(3):
        act(discovery, "gil", f"disc-train-{number:03d}", "save")
    after = page(discovery, "gil", k=48)
    assert not after.cold
    assert {hidden, "disc-train-000"}.isdisjoint(item.item_id for item in after.items)
    for number in range(3, 6):
        act(discovery, "gil", f"disc-train-{number:03d}", "click")
    assert "interest" in {item.source for item in page(discovery, "gil", k=48).items}
    assert {"looks_alike", "kept_together"} <= {item.source for item in after.items}
    assert all(item.because.text for item in after.items)
    assert [item.score for item in before.items] != [item.score for item in after.items[:12]]


def test_later_pages_go_on_from_what_is_left_until_the_person_acts(discovery: TestClient) -> None:
    def asked() -> dict[str, float]:
        """Requests so far that each system answered."""
        found = re.findall(PEER, discovery.get("/metrics").text)
        return {system: float(count) for system, count in found}

    act(discovery, "eve", "disc-train-000", "save")
    first = page(discovery, "eve", k=4)
    before = asked()
    second = page(discovery, "eve", k=4, cursor=first.cursor)
    between = asked()
    assert between["visual-search"] == before["visual-search"]
    assert between["feed-ranking"] == before["feed-ranking"] + 1
    for one in second.items:
        act(discovery, "eve", one.item_id, "view")
    third = page(discovery, "eve", k=4, cursor=second.cursor)
    assert page(discovery, "eve", k=4, cursor=second.cursor) == third  # a page that is asked for again
    assert asked()["feed-ranking"] == between["feed-ranking"]
    shown = [one.item_id for one in (*first.items, *second.items, *third.items)]
    assert len(set(shown)) == 12
    gone = page(discovery, "eve", k=4, cursor=third.cursor).items[0].item_id
    act(discovery, "eve", gone, "hide")
    last = page(discovery, "eve", k=4, cursor=third.cursor)
    assert asked()["visual-search"] == between["visual-search"] + 1
    assert {gone, *shown}.isdisjoint(one.item_id for one in last.items)


def test_a_deleted_item_is_on_no_page_that_was_ranked_before(
    catalogue: Path, tmp_path: Path, addresses: dict[str, str]
) -> None:
    with TestClient(
        entry_app(catalogue, tmp_path, addresses), base_url="http://127.0.0.1", client=("127.0.0.1", 1)
    ) as client:
        second = page(client, "dot", k=4, cursor=page(client, "dot", k=4).cursor)
        gone = page(client, "dot", k=4, cursor=second.cursor).items[0].item_id
        assert client.delete(f"/v1/items/{gone}").status_code == 204
        third = [item.item_id for item in page(client, "dot", k=4, cursor=second.cursor).items]
        assert len(third) == 4
        assert gone not in third


def test_what_is_left_of_a_feed_is_kept_for_a_while_and_of_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "MOST", 2)
    kept, rest = ahead.Ahead(), ahead.Rest({"lamp": ["new", ""]}, [[["lamp", {"score": 0.5}]]], 100)  # type: ignore[list-item]
    for key in (b"1", b"2", b"3"):
        kept.keep(key, rest, 100)
    assert kept.find(b"1", 100) is None
    kept.keep(b"4", rest, 90 + ahead.KEPT_S)  # a later page of the same candidates
    assert kept.find(b"4", 100 + ahead.KEPT_S) == kept.find(b"3", 100 + ahead.KEPT_S) == rest
    assert kept.find(b"4", 101 + ahead.KEPT_S) is None
    assert kept.find(b"4", 100) is None  # nothing too old is kept
    kept.keep(b"5", rest, 100)
    assert kept.find(b"5", 99) is None  # a clock that runs back
    seen, hid = {"item_id": "lamp", "action": "view"}, {"item_id": "lamp", "action": "hide"}
    keys = {
        ahead.key_of(*who, done) for who in (("ann", 4, "x"), ("ben", 4, "x"), ("ann", 5, "x")) for done in ([], [hid])
    }
    assert len(keys) == 6
    assert ahead.key_of("ann", 4, "x", [seen]) == ahead.key_of("ann", 4, "x", [])


def test_a_source_that_is_late_is_left_out_and_named(discovery: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LIMIT_S", 0.0)
    answer = discovery.post("/v1/feed", json={"user_id": "hal"}).json()
    assert {one["system"] for one in answer["degraded"]} >= {"for_you"}
    assert all(one["reason"] for one in answer["degraded"])


def test_without_what_ranks_the_sources_take_turns(catalogue: Path, state: Path, addresses: dict[str, str]) -> None:
    app = entry_app(catalogue, state, {name: at for name, at in addresses.items() if name != "feed-ranking"})
    with TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 1)) as client:
        found = page(client, "ida")
    assert len(found.items) == 10
    assert found.degraded == []
    assert len({one.source for one in found.items[:4]}) > 1


def test_what_ranks_follows_the_items_and_what_everybody_does(catalogue: Path, tmp_path: Path) -> None:
    class Told:
        """A ranker that only listens."""

        def __init__(self) -> None:
            self.items: list[str] = []
            self.known: dict[str, str] = {}

        def put(self, documents: Sequence[Document]) -> None:
            self.known |= {one.item_id: one.category for one in documents}

        def counted_until_s(self) -> float:
            return 5.0

        def counts(self, item_ids: Sequence[str], time_s: float) -> Counted:
            definition = Definition(entities=((),), outcomes=("shown",), half_lives_h=(1.0,))
            none = [[[[0.0]]]] * len(item_ids)
            return Counted(definition=definition, outcome_of={}, time_ms=int(time_s * 1000), count_NEHO=none)

        def observe(self, event_id: str, item_id: str, action: str, time_s: float) -> bool:
            self.items.append(item_id)
            return bool(event_id and action and time_s)

    address = f"sqlite:///{tmp_path}"
    state = open_state(address)
    state.events.append([Event("ann", "counted before", "save", 5.0), Event("ann", "lamp", "save", 6.0)])
    live = LiveRanker(told := Told(), open_state(address), Catalogue(catalogue), tmp_path, lambda: 9.0)  # type: ignore[arg-type]
    assert told.items == ["lamp"]
    assert told.known == {line["item_id"]: line["category"] for line in Catalogue(catalogue)}
    for category in ("lamp", "vase"):
        state.items.put(Item("new", "", category, {}, "", b"", np.ones(2, np.float32), "model", {}))
    state.events.append([Event("ben", f"item-{number}", "view", 7.0) for number in range(1500)])
    live.catch_up()
    assert told.known["new"] == "vase"
    assert told.items == ["lamp", *(f"item-{number}" for number in range(1500))]
    live.stop()
    state.close()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"cursor": "no cursor"}, "cursor"),
        ({"cursor": "AAAA"}, "cursor"),
        ({"k": 0}, "k"),
        ({"country": "de"}, "country"),
        ({"more": 1}, "more"),
    ],
)
def test_odd_requests_are_refused(discovery: TestClient, fields: dict[str, Any], said: str) -> None:
    answer = discovery.post("/v1/feed", content=json.dumps(fields), headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert said in answer.json()["error"]
