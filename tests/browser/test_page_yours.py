"""What is inferred and what was hidden, taken back on the page; and what waits for review, decided there."""

import io

import httpx
from PIL import Image

from tests.browser.conftest import Visit, expect


def test_an_interest_goes_and_what_was_hidden_comes_back(visit: Visit) -> None:
    page = visit.open("#/for-you")
    user = page.evaluate("() => localStorage.getItem('corkboard.user')")
    items = httpx.get(f"{visit.service.address}/v1/items?k=3").json()["items"]
    did = zip(items, ("save", "hide", "save"), strict=True)
    done = [{"user_id": user, "item_id": item["item_id"], "action": action} for item, action in did]
    assert httpx.post(f"{visit.service.address}/v1/events", json={"events": done}).status_code == 202
    page.get_by_role("link", name="Your interests, and what you saved and hid").click()
    interest = page.get_by_role("button", name="Remove").first
    interest.wait_for()
    visit.shot("yours-desk")
    page.get_by_role("button", name="Forget").first.click()
    expect(page.get_by_role("button", name="Forget")).to_have_count(1)
    page.get_by_role("button", name="Remove").first.click()  # all is inferred of the save that is left
    expect(page.get_by_role("button", name="Remove")).to_have_count(0)
    expect(page.get_by_text("You saved nothing.")).to_be_visible()
    page.get_by_role("button", name="Show again").click()
    expect(page.get_by_role("button", name="Show again")).to_have_count(0)
    page.reload()
    for none in ("You saved nothing.", "You hid nothing."):
        expect(page.get_by_text(none)).to_be_visible()
    expect(page.get_by_text("Nothing is inferred of you yet")).to_be_visible()
    visit.check()


def test_what_waits_is_decided_with_a_reason(visit: Visit) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (60, 60), (200, 30, 30)).save(picture, "PNG")
    item = f"{visit.service.address}/v1/items/odd-cup"
    held = httpx.put(item, files={"picture": picture.getvalue()}, data={"title": "An odd cup"})
    assert held.status_code == 202
    page = visit.page
    page.goto(f"{visit.service.address}/#/reviews")
    page.get_by_text("An odd cup").wait_for()
    visit.shot("reviews-desk")
    page.get_by_role("button", name="Refuse").click()  # without a reason nothing is sent
    page.get_by_label("Reason for An odd cup").fill("too odd")
    page.get_by_role("button", name="Refuse").click()
    expect(page.get_by_role("button", name="Refuse")).to_have_count(0)
    expect(page.get_by_text("Refused by this machine")).to_be_visible()
    visit.shot("reviews-decided-desk")
    (decided,) = httpx.get(f"{visit.service.address}/v1/reviews?decided=true").json()["reviews"]
    assert (decided["decision"], decided["reason"]) == ("refuse", "too odd")
    assert httpx.get(item).status_code == 404
    page.reload()
    expect(page.get_by_text("Nothing waits for a decision.")).to_be_visible()
    visit.check()
