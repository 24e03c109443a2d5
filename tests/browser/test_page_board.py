"""The board of everything: it fills, loads more, is filtered, and forgets what one hides."""

from itertools import combinations
from typing import Any

import httpx

from tests.browser.conftest import Visit, expect

PLACES = """() => [...document.querySelectorAll(".card:not(.ghost)")].map((card) => {
  const { left, top, right, bottom } = card.getBoundingClientRect();
  return [left, top, right, bottom];
})"""


def ids(page: Any) -> list[str]:
    found: list[str] = page.locator(".card[data-item]").evaluate_all("(all) => all.map((card) => card.dataset.item)")
    return found


def overlap(one: list[float], other: list[float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def test_scrolling_brings_every_picture_once_and_none_over_another(visit: Visit) -> None:
    page = visit.open()
    visit.shot("board-desk")
    first = ids(page)
    assert 30 <= len(first) < 90
    visit.scroll_to_end()
    every = ids(page)
    assert every[: len(first)] == first
    assert len(every) == len(set(every)) == 90
    places = page.evaluate(PLACES)
    assert not any(overlap(one, other) for one, other in combinations(places, 2))
    expect(page.locator(".ghost")).to_have_count(0)
    assert page.locator("img:not([alt]), img[alt='']").count() == 0


def test_a_filter_narrows_the_board_and_is_kept_in_the_address(visit: Visit) -> None:
    page = visit.open()
    page.get_by_role("button", name="Colour", exact=True).click()
    visit.shot("filters-desk")
    page.get_by_role("group", name="Colour").get_by_role("button", name="navy").click()
    page.locator(".card img.here").first.wait_for()
    page.wait_for_function("() => document.querySelectorAll('.card:not(.ghost)').length < 30")
    assert page.url.endswith("#/?colour=navy")
    assert all("avy" in title for title in page.locator(".card .title").all_inner_texts())
    narrowed = ids(page)
    page.reload()
    page.locator(".card img.here").first.wait_for()
    assert ids(page) == narrowed
    page.get_by_role("button", name="Clear", exact=True).click()
    page.wait_for_function("() => document.querySelectorAll('.card[data-item]').length >= 30")
    assert page.url.endswith("#/")


def test_nothing_that_matches_is_said_and_can_be_undone(visit: Visit) -> None:
    page = visit.open("#/?category=boot&colour=red&pattern=leopard")
    page.get_by_role("heading", name="Nothing matches").wait_for()
    expect(page.locator(".card")).to_have_count(0)
    visit.shot("empty-desk")
    page.get_by_role("button", name="Clear filters").click()
    page.locator(".card img.here").first.wait_for()
    assert page.url.endswith("#/")


def test_a_filter_that_is_none_is_said_and_can_be_undone(visit: Visit) -> None:
    visit.expected.append("422")
    page = visit.open("#/?colour=plaid")
    page.get_by_role("alert").get_by_text("unknown value 'plaid' of the filter 'colour'; known: ").wait_for()
    visit.shot("unknown-filter-desk")
    page.get_by_role("button", name="Clear filters").click()
    page.locator(".card img.here").first.wait_for()
    assert page.url.endswith("#/")


def test_every_filter_can_be_seen(visit: Visit) -> None:
    page = visit.open()
    chips = page.get_by_role("group", name="Filters").locator("[data-facet]")
    expect(chips).to_have_count(6)
    page.get_by_role("button", name="more").click()
    known = httpx.get(f"{visit.service.address}/v1/filters").json()
    expect(chips).to_have_count(sum(len(values) > 1 for values in known.values()))
    visit.shot("every-filter-desk")
    assert chips.evaluate_all("(all) => all.every((chip) => chip.getBoundingClientRect().right <= innerWidth)")
    expect(chips.nth(6)).to_be_focused()
    page.get_by_role("button", name="Fewer").click()
    expect(chips).to_have_count(6)


def test_after_a_choice_only_what_it_leaves_is_offered(visit: Visit) -> None:
    page = visit.open()
    address = f"{visit.service.address}/v1/filters"
    whole = offered(httpx.get(address).json())
    left = offered(httpx.get(address, params={"category": "boot"}).json())
    assert len(left) < len(whole)
    chips = page.get_by_role("group", name="Filters").locator("[data-facet]")
    expect(chips.first).to_have_text("Category")
    chips.first.click()
    page.get_by_role("group", name="Category").get_by_role("button", name="boot").click()
    assert_offers(page, left)
    page.reload()
    assert_offers(page, left)
    visit.shot("filters-left-desk")
    colour, *_ = left["colour"]
    page.locator("[data-facet=colour]").click()
    page.locator(f"[data-value='{colour}']").click()
    expect(page.locator("[data-facet=colour]")).to_be_focused()
    assert chips.evaluate_all("(all) => all.map((chip) => chip.dataset.facet)")[:2] == ["category", "colour"]
    both = {"category": "boot", "attribute.colour": colour}
    assert_offers(page, offered(httpx.get(address, params=both).json()))
    page.get_by_role("button", name="Clear", exact=True).click()
    assert_offers(page, whole)


def offered(known: dict[str, Any]) -> dict[str, dict[str, int]]:
    return {
        name: {entry["value"]: entry["count"] for entry in values}
        for name, values in known.items()
        if len(values) > 1 or name == "category"
    }


def assert_offers(page: Any, facets: dict[str, dict[str, int]]) -> None:
    if len(facets) > 6:
        page.get_by_role("button", name="more").click()
    expect(page.locator("[data-facet]")).to_have_count(len(facets))
    for name, values in facets.items():
        page.locator(f"[data-facet='{name}']").click()
        shown = page.locator("#values [data-value]")
        expect(shown).to_have_text([f"{value}{count}" for value, count in values.items()])
        page.keyboard.press("Escape")
    if len(facets) > 6:
        page.get_by_role("button", name="Fewer").click()


def test_the_last_choice_counts_whichever_answer_comes_last(visit: Visit) -> None:
    page = visit.page
    held: list[Any] = []
    page.route("**/v1/filters?*", lambda route: held.append(route))
    visit.open()
    for value in ("boot", "shirt"):
        page.locator("[data-facet=category]").click()
        page.locator(f"[data-value='{value}']").click()
    expect(page.locator("[data-facet=category]")).to_have_text(f"Category: {value}")
    assert page.locator("[data-facet]").count() > 1  # as it was, until the answer is there
    first, last = held
    last.fulfill(json={"category": [{"value": "shirt", "count": 7}]})
    expect(page.locator("[data-facet]")).to_have_count(1)
    first.fulfill(json={})
    expect(page.locator("[data-facet=category]")).to_be_focused()
    page.locator("[data-facet=category]").click()
    expect(page.locator("[data-value]")).to_have_text(["shirt7"])


def test_on_a_phone_what_is_chosen_comes_first(phone: Visit) -> None:
    page = phone.open()
    name = page.locator("[data-facet]").nth(5).get_attribute("data-facet")
    page.locator(f"[data-facet='{name}']").tap()
    page.locator("[data-value]").first.tap()
    chip = page.locator("[data-facet]").first
    expect(chip).to_have_attribute("data-facet", name)
    expect(chip).to_be_focused()
    page.wait_for_function("() => document.querySelector('[data-facet]').getBoundingClientRect().left >= 0")
    phone.shot("filters-chosen-phone")


def test_a_board_without_anything_says_so(visit: Visit) -> None:
    page = visit.page
    page.route("**/v1/feed", lambda route: route.fulfill(json={"items": [], "cursor": None}))
    visit.open()
    page.get_by_role("heading", name="No pictures yet").wait_for()
    expect(page.get_by_role("button", name="Clear filters")).to_have_count(0)


def test_a_picture_that_does_not_come_leaves_its_name(visit: Visit) -> None:
    visit.expected.append("ERR_FAILED")
    page = visit.page
    page.route("**/picture?*", lambda route: route.abort())
    page.goto(visit.service.address)
    page.locator(".card .frame.broken").first.wait_for()
    visit.shot("broken-desk")
    title = page.locator(".card .title").first.inner_text()
    expect(page.locator(".card").first.get_by_role("link", name=title)).to_be_visible()


def test_what_was_on_screen_for_a_second_counts_as_seen(visit: Visit) -> None:
    page = visit.open()
    on_screen = [card for card, place in zip(ids(page), page.evaluate(PLACES), strict=True) if place[3] < 820]
    seen = visit.told("view", about=on_screen)
    assert {event["item_id"] for event in seen} < set(ids(page))
    assert {event["surface"] for event in seen} == {"explore"}
    assert {event["item_id"]: event["position"] for event in seen}[on_screen[0]] == 0
    assert all(event["source"] and 0 < event["propensity"] <= 1 for event in seen)
    assert len({event["user_id"] for event in seen}) == 1
    assert page.context.cookies() == []


def test_hiding_can_be_undone_and_counts_only_once_it_cannot(visit: Visit) -> None:
    visit.stop_clock()
    page = visit.open()
    first, second = ids(page)[:2]
    for _ in range(2):
        page.locator(".card").first.hover()
        page.locator(".card").first.get_by_role("button", name="Hide").click()
    assert ids(page)[0] not in (first, second)
    page.get_by_role("button", name="Undo").last.click()
    assert ids(page)[0] == second
    page.mouse.move(5, 5)  # a message stays while one points at it
    visit.run(5)  # the message goes after seven seconds
    expect(page.locator(".notice")).to_have_count(1)
    assert visit.told("hide") == []
    visit.run(4)
    expect(page.locator(".notice")).to_have_count(0)
    assert [event["item_id"] for event in visit.told("hide", about=[first])] == [first]
    page.reload()
    visit.open()
    assert first not in ids(page)
    assert second in ids(page)


def test_going_for_new_picks_counts_what_was_hidden(visit: Visit) -> None:
    visit.stop_clock()
    page = visit.open()
    hidden = ids(page)[0]
    page.locator(".card").first.hover()
    page.locator(".card").first.get_by_role("button", name="Hide").click()
    page.get_by_role("link", name="For you").click()
    page.locator(".card img.here").first.wait_for()
    assert [event["item_id"] for event in visit.told("hide", about=[hidden])] == [hidden]
    expect(page.locator(f".card[data-item={hidden}]")).to_have_count(0)


def test_columns_follow_the_window(visit: Visit) -> None:
    page = visit.open()
    for width_px, columns in ((360, 2), (800, 3), (1900, 7)):
        page.set_viewport_size({"width": width_px, "height": 800})
        page.wait_for_function(f"() => new Set(({PLACES})().map(([left]) => left)).size === {columns}")
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
