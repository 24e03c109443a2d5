"""Ads in the feed, marked and with why they are there; and the page of who pays for them."""

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.browser.conftest import Service, Visit, expect

NOW_S = int(time.time())
BUDGET, BID = 1000, 90


@pytest.fixture
def campaign(service: Service) -> Iterator[dict[str, Any]]:
    """One that pays for clicks, at its bid at most; stopped in the end."""
    item = httpx.get(f"{service.address}/v1/items?k=90").json()["items"][-1]  # a feed of new things has it late
    terms = {"advertiser_id": "Wool and Sons", "item_id": item["item_id"], "bid": BID, "budget": BUDGET}
    terms |= {"starts_s": NOW_S - 2 * 86_400, "ends_s": NOW_S + 5 * 86_400}
    address = f"{service.address}/v1/campaigns/woollens"
    for name, bid in (("woollens", BID), ("others", BID - 9)):  # who comes second sets the price
        given = terms | {"bid": bid, "advertiser_id": "Wool and Sons" if name == "woollens" else "Others"}
        assert httpx.put(f"{service.address}/v1/campaigns/{name}", json=given).status_code == 200
    yield httpx.get(address).json()
    for name in ("woollens", "others"):
        assert httpx.put(f"{service.address}/v1/campaigns/{name}", json=terms | {"active": False}).status_code == 200


def clicked(answer: Any) -> bool:
    return answer.url.endswith("/v1/ads/events") and answer.request.post_data_json["event"] == "click"


def test_an_ad_is_marked_says_why_and_its_campaign_shows_what_it_cost(visit: Visit, campaign: dict[str, Any]) -> None:
    page = visit.open()
    card = page.locator(f".feed .card[data-item='{campaign['item_id']}']").first
    expect(card.locator(".ad")).to_have_text("Ad")
    expect(card.locator(".reason")).to_contain_text("Wool and Sons pays to show it")
    card.locator(".reason").scroll_into_view_if_needed()
    card.get_by_role("button", name="Ad: why this one").click()
    expect(page.locator(".notice")).to_contain_text("Wool and Sons pays to show it")
    visit.shot("ad-desk")
    with page.expect_response(clicked) as booked:
        card.locator("a.open").click()
    assert booked.value.json() == {"booked": True, "paid": True}
    page.goto(f"{visit.service.address}/#/campaigns")
    row = page.get_by_role("listitem", name="woollens")
    expect(row).to_contain_text(f"{BID - 9} of {BUDGET} spent")
    expect(row.get_by_role("img", name=f"By now {BID - 9} is spent")).to_be_visible()
    visit.shot("campaigns-desk")
    visit.check()


def test_terms_are_changed_on_the_page(phone: Visit, campaign: dict[str, Any]) -> None:
    page = phone.page
    page.goto(f"{phone.service.address}/#/campaigns")
    row = page.get_by_role("listitem", name="woollens")
    phone.shot("campaigns-phone")
    phone.expected.append("422")
    row.get_by_label("bid").fill(str(BUDGET + 1))
    row.get_by_role("button", name="Change").click()
    expect(row.get_by_role("alert")).to_contain_text("bid is above budget")
    row.get_by_label("bid").fill("50")
    row.get_by_role("button", name="Stop").click()
    expect(row).to_contain_text("stopped")
    changed = httpx.get(f"{phone.service.address}/v1/campaigns/woollens").json()
    assert (changed["bid"], changed["budget"], changed["active"]) == (50, BUDGET, False)
    assert {**changed, "bid": BID, "active": True, "planned": 0} == {**campaign, "planned": 0}
    phone.check()


def test_a_key_without_the_scope_is_asked_for_another(visit: Visit) -> None:
    refused = {"status": 403, "json": {"error": "the key 'reader' has no scope 'advertise'; use one that has"}}
    visit.page.route("**/v1/campaigns", lambda route: route.fulfill(**refused))
    visit.expected.append("403")
    visit.page.goto(f"{visit.service.address}/#/campaigns")
    expect(visit.page.get_by_text("Your key does not allow this.")).to_be_visible()
    expect(visit.page.get_by_label("Key")).to_be_visible()
    visit.check()
