"""Ads of the composed service: marked, offered before they are shown, booked once, and never beyond a budget."""

import time
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from serving.discovery.ad_types import Ads, Campaign, Spending
from serving.discovery.feed_types import Feed
from serving.discovery.keys import KeyFile
from tests.discoveries import entry_app
from tests.serving.test_discovery_feed import act

NOW_S = int(time.time())
ITEM, OTHER = "disc-train-001", "bar-train-002"


def terms(**changes: Any) -> dict[str, Any]:
    fields = {"advertiser_id": "they", "item_id": ITEM, "objective": "impressions", "bid": 10, "budget": 100}
    return fields | {"starts_s": NOW_S - 100_000, "ends_s": NOW_S + 10_000} | changes


def put(client: TestClient, name: str, **changes: Any) -> Any:
    return client.put(f"/v1/campaigns/{name}", json=terms(**changes))


def asked(client: TestClient, user: str, **fields: Any) -> Ads:
    answer = client.post("/v1/ads", json={"user_id": user, **fields})
    assert answer.status_code == 200, answer.text
    return Ads.model_validate(answer.json())


def post(client: TestClient, offer_id: str, user: str, event: str) -> Any:
    return client.post("/v1/ads/events", json={"offer_id": offer_id, "user_id": user, "event": event})


@pytest.fixture
def campaigns(discovery: TestClient) -> Any:
    """Two that compete, of which the second pays for clicks; stopped in the end."""
    assert put(discovery, "first").status_code == 200
    assert put(discovery, "second", advertiser_id="others", item_id=OTHER, bid=8).status_code == 200
    yield discovery
    for name in ("first", "second"):
        assert put(discovery, name, active=False).status_code == 200


def test_an_ad_is_offered_and_paid_once(campaigns: TestClient) -> None:
    found = asked(campaigns, "amy", slots=1)
    (item,) = found.items
    assert (item.item_id, item.ad.campaign_id, item.ad.price) == (ITEM, "first", 8)
    assert found.filtered == {"second": "outbid"}
    assert "they pays" in item.ad.why
    assert post(campaigns, item.ad.offer_id, "amy", "click").status_code == 409
    before = Campaign.model_validate(campaigns.get("/v1/campaigns/first").json())
    told = [post(campaigns, item.ad.offer_id, "amy", "impression").json() for _ in range(2)]
    assert told == [{"booked": True, "paid": True}, {"booked": False, "paid": False}]
    after = Campaign.model_validate(campaigns.get("/v1/campaigns/first").json())
    assert after.spent - before.spent == 8
    assert 0 < after.planned <= 100
    points = Spending.model_validate(campaigns.get("/v1/campaigns/first/spending").json()).points
    past = [point for point in points if point.spent is not None]
    assert (past[0].spent, past[-1].spent, past[-1].planned) == (0, after.spent, after.planned)
    assert (points[-1].spent, points[-1].planned) == (None, 100)
    assert [point.time_s for point in points] == sorted({point.time_s for point in points})
    assert post(campaigns, item.ad.offer_id, "bob", "impression").status_code == 404
    assert post(campaigns, "0" * 32, "amy", "impression").status_code == 404
    assert put(campaigns, "first", budget=after.spent - 1, bid=1).status_code == 409


def test_the_feed_has_few_ads_and_marks_them(campaigns: TestClient) -> None:
    for item_id in (ITEM, OTHER):  # what was saved is in the feed no more
        act(campaigns, "cat", item_id, "save")
    body = {"user_id": "cat", "k": 16, "ads": True}
    page = Feed.model_validate(campaigns.post("/v1/feed", json=body).json())
    paid = [item for item in page.items if item.ad is not None]
    assert [place for place, item in enumerate(page.items) if item.ad] == [4, 13]
    assert {item.source for item in paid} == {"ad"}
    assert len({item.item_id for item in page.items}) == len(page.items) == 18
    without = Feed.model_validate(campaigns.post("/v1/feed", json=body | {"ads": False}).json())
    assert not any(item.ad for item in without.items)


def test_people_who_did_other_things_see_other_ads(discovery: TestClient) -> None:
    """The predictor has learned that people click ads of categories that they like."""
    hidden = {"ivy": ("bar-train-003", "bar-train-004"), "joe": ("disc-train-002", "disc-train-003")}
    for user, items in hidden.items():
        for item_id in (ITEM, OTHER):  # what was saved is in the feed no more
            act(discovery, user, item_id, "save")
        for item_id in items:
            act(discovery, user, item_id, "hide")
    for name, item_id in (("discs", ITEM), ("bars", OTHER)):
        assert put(discovery, name, advertiser_id=name, item_id=item_id, objective="clicks").status_code == 200
    page = {"k": 8, "ads": True}
    assert (
        put(discovery, "hidden", advertiser_id="more", item_id="bar-train-003", objective="clicks").status_code == 200
    )
    assert asked(discovery, "ivy", slots=3).filtered == {"hidden": "hidden"}
    assert put(discovery, "hidden", item_id="bar-train-003", active=False).status_code == 200
    fed = {user: discovery.post("/v1/feed", json={"user_id": user, **page}).json()["items"] for user in hidden}
    found = {user: [item.ad.campaign_id for item in asked(discovery, user, slots=2).items] for user in hidden}
    told = {"features": {"likes": "disc"}}  # what comes with the request goes before what is known
    moment = [item.ad.campaign_id for item in asked(discovery, "joe", slots=2, **told).items]
    for name in ("discs", "bars"):
        assert put(discovery, name, active=False).status_code == 200
    assert found == {"ivy": ["discs", "bars"], "joe": ["bars", "discs"]}
    assert moment == ["discs", "bars"]
    assert {user: [one["ad"]["campaign_id"] for one in items if one["ad"]] for user, items in fed.items()} == {
        "ivy": ["discs"],
        "joe": ["bars"],
    }


def test_whoever_hides_an_advertiser_sees_none_of_its_ads(campaigns: TestClient) -> None:
    for item in asked(campaigns, "dan", slots=2).items:
        assert post(campaigns, item.ad.offer_id, "dan", "hide").status_code == 200
    assert asked(campaigns, "dan", slots=2).items == []
    assert asked(campaigns, "dan", slots=2).filtered == {"first": "hidden", "second": "hidden"}
    assert campaigns.delete("/v1/users/dan").status_code == 204
    assert len(asked(campaigns, "dan", slots=2).items) == 2


def test_nothing_is_spent_on_what_cannot_be_shown(campaigns: TestClient) -> None:
    second = {"advertiser_id": "others", "item_id": OTHER}
    assert put(campaigns, "second", **second, targeting={"city": "there"}).status_code == 200
    assert asked(campaigns, "eve", slots=2).filtered["second"] == "targeting"
    assert asked(campaigns, "eve", slots=2, features={"city": "there"}).items[1].ad.why.endswith("where city is there")
    assert put(campaigns, "second", **second, ends_s=NOW_S - 5).status_code == 200
    found = asked(campaigns, "eve", slots=2)
    assert [item.ad.campaign_id for item in found.items] == ["first"]
    assert "second" not in found.filtered


def test_a_second_campaign_of_an_item_leaves_its_place_to_others(campaigns: TestClient) -> None:
    assert put(campaigns, "third", advertiser_id="more", bid=9).status_code == 200  # of the first one's item
    found = asked(campaigns, "fay", slots=2)
    assert put(campaigns, "third", active=False).status_code == 200
    assert [(item.ad.campaign_id, item.ad.price) for item in found.items] == [("first", 9), ("second", 0)]
    assert found.filtered == {"third": "there"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"budget": 0}, "budget"),
        ({"bid": -1}, "bid"),
        ({"bid": 1.5}, "bid"),
        ({"bid": 101}, "bid is above budget"),
        ({"ends_s": NOW_S - 200_000}, "ends after it starts"),
        ({"objective": "fame"}, "objective"),
        ({"item_id": "no such"}, "no such"),
    ],
)
def test_campaigns_that_cannot_be_are_refused(discovery: TestClient, changes: dict[str, Any], said: str) -> None:
    answer = put(discovery, "odd", **changes)
    assert answer.status_code in (404, 422)
    assert said in answer.json()["error"]
    assert discovery.get("/v1/campaigns/odd").status_code == 404


def test_campaigns_need_a_key_with_their_scope(catalogue: Path, state: Path) -> None:
    scopes = {"reader": ("read", "write", "review", "admin"), "payer": ("advertise",)}
    known = [{"name": name, "sha256": sha256(name.encode()).hexdigest(), "scopes": of} for name, of in scopes.items()]
    keys = KeyFile.model_validate({"keys": known, "loopback": True})
    asked = [("GET", path, None) for path in ("", "/mine", "/mine/spending")] + [("PUT", "/mine", terms())]
    with TestClient(entry_app(catalogue, state, {}, keys)) as client:
        for key, said in ((None, {401}), ("nobody", {401}), ("reader", {403}), ("payer", {200, 404})):
            headers = {"authorization": f"Bearer {key}"} if key else {}
            found = [
                client.request(how, f"/v1/campaigns{path}", json=body, headers=headers) for how, path, body in asked
            ]
            assert {answer.status_code for answer in found} == said
        assert [answer.status_code for answer in found] == [200, 404, 404, 200]
