"""A picture's page: what it is, what goes with it and why, and the way back."""

from typing import Any

from tests.browser.conftest import Visit, expect


def test_a_picture_opens_with_related_ones_and_why(visit: Visit) -> None:
    visit.stop_clock()  # a click is told at once, not after a while
    page = visit.open()
    link = page.locator(".card a").nth(4)
    title = link.locator("img").get_attribute("alt")
    item_id = page.locator(".card").nth(4).get_attribute("data-item")
    link.click()
    page.get_by_role("heading", level=1, name=title).wait_for()
    page.locator(".card .reason", has_text="Looks alike").first.wait_for()
    page.locator(".card .reason", has_text="On 14 boards together with this").first.wait_for()
    page.locator(".card img.here").first.wait_for()
    visit.shot("item-desk")
    expect(page).to_have_title(f"{title} · Corkboard")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    [click] = visit.told("click", 1)
    assert (click["item_id"], click["surface"]) == (item_id, "explore")


def test_going_back_finds_the_board_as_it_was_left(visit: Visit) -> None:
    page = visit.open()
    page.mouse.wheel(0, 1500)
    page.wait_for_function("() => scrollY > 1000")
    card = page.locator(".card[data-item]").nth(20)
    card.scroll_into_view_if_needed()
    card.locator("img.here").wait_for()
    before = page.evaluate("() => scrollY")
    count = page.locator(".card[data-item]").count()
    card.locator("a").click()
    page.get_by_role("heading", level=1).wait_for()
    page.wait_for_function("() => scrollY === 0")
    page.get_by_role("button", name="Back", exact=True).click()
    page.wait_for_function("(y) => Math.abs(scrollY - y) < 2", arg=before)
    expect(page.locator(".card[data-item]").nth(count - 1)).to_be_attached()
    expect(card.locator("a")).to_be_focused()


def test_hiding_on_its_page_takes_it_off_the_board_that_led_there(visit: Visit) -> None:
    visit.stop_clock()
    page = visit.open()
    card = page.locator(".card").first
    item_id = card.get_attribute("data-item")
    card.locator("a").click()
    page.get_by_role("button", name="Hide this picture").click()
    page.locator(".card img.here").first.wait_for()
    expect(page.locator(f".card[data-item={item_id}]")).to_have_count(0)
    page.keyboard.press("Control+z")
    page.get_by_role("button", name="Hide this picture").wait_for()
    assert visit.told("hide") == []


def test_a_picture_that_is_not_here_says_so(visit: Visit) -> None:
    visit.expected.append("404")
    page = visit.open("#/item/object-999999")
    page.get_by_role("heading", name="Not here any more").wait_for()
    page.get_by_role("link", name="To the start", exact=True).click()
    page.locator(".card img.here").first.wait_for()


def test_what_a_title_holds_is_text(visit: Visit) -> None:
    page = visit.page
    title = "<img src=x onerror=\"document.title='run'\">"
    page.route("**/v1/feed", lambda route: titled(route, title))
    visit.open()
    expect(page.locator(".card .title").first).to_have_text(title)
    assert page.title() == "Explore · Corkboard"


def titled(route: Any, title: str) -> None:
    answer = route.fetch()
    content = answer.json()
    content["items"][0]["title"] = title
    route.fulfill(response=answer, json=content)
