"""The home is a feed: what one saves moves it, and each picture says why it is there."""

import time

import httpx

from tests.browser.conftest import WAIT_MS, Visit, expect
from tests.browser.test_page_board import ids


def test_what_looks_like_three_saved_lamps_comes_first(visit: Visit) -> None:
    page = visit.open()
    page.locator(".card img.here").first.wait_for()
    visit.shot("home-before-desk")
    before = ids(page)
    expect(page.locator(".card[data-item] .reason").first).not_to_be_empty()
    address = visit.service.address
    lamps = httpx.get(f"{address}/v1/items", params={"category": "lamp", "k": 3}).json()["items"]
    user = page.evaluate("() => localStorage.getItem('corkboard.user')")
    saves = [{"user_id": user, "item_id": lamp["item_id"], "action": "save", "surface": "home"} for lamp in lamps]
    httpx.post(f"{address}/v1/events", json={"events": saves}).raise_for_status()
    page.reload()
    page.locator(".card img.here").first.wait_for()
    visit.shot("home-after-desk")
    after = ids(page)
    assert after != before
    assert not {lamp["item_id"] for lamp in lamps} & set(after)
    reasons = page.locator(".card[data-item] .reason").all_inner_texts()[:8]
    assert any(lamp["title"] in reason for lamp in lamps for reason in reasons)


def test_what_people_of_the_same_country_save_is_proposed_there(visit: Visit) -> None:
    """Chromium speaks the English of the United States here."""
    page = visit.open()
    page.locator(".card img.here").first.wait_for()
    assert {event["country"] for event in visit.told("view", 1)} == {"US"}
    address = visit.service.address
    vases = [item["item_id"] for item in httpx.get(f"{address}/v1/items", params={"k": 100}).json()["items"]][60:100]
    saves = [
        {"user_id": user, "item_id": vase, "action": "save", "country": "US"}
        for vase in vases
        for user in ("anna", "bert", "carl")
    ]
    httpx.post(f"{address}/v1/events", json={"events": saves}).raise_for_status()
    there = page.locator(".card .reason", has_text="Liked where you are just now")
    deadline = time.monotonic() + WAIT_MS / 1000
    while not there.count():
        assert time.monotonic() < deadline, "nothing of the country is proposed"
        page.reload()
        page.locator(".card img.here").first.wait_for()
    visit.shot("home-there-desk")
