"""The board of everything: it fills, loads more, is filtered, and forgets what one hides."""

from itertools import combinations
from typing import Any

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
    while not page.get_by_text("That is everything here.").is_visible():
        before = len(ids(page))
        page.mouse.wheel(0, 4000)
        page.wait_for_function(
            "(n) => document.querySelectorAll('.card[data-item]').length > n || document.querySelector('.last')",
            arg=before,
        )
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
    visit.shot("empty-desk")
    page.get_by_role("button", name="Clear filters").click()
    page.locator(".card img.here").first.wait_for()


def test_what_was_on_screen_for_a_second_counts_as_seen(visit: Visit) -> None:
    page = visit.open()
    on_screen = [card for card, place in zip(ids(page), page.evaluate(PLACES), strict=True) if place[3] < 820]
    seen = visit.told("view", len(on_screen))
    assert set(on_screen) <= {event["item_id"] for event in seen} < set(ids(page))
    assert {event["surface"] for event in seen} == {"explore"}
    assert {event["item_id"]: event["position"] for event in seen}[on_screen[0]] == 0
    assert len({event["user_id"] for event in seen}) == 1
    assert page.context.cookies() == []


def test_hiding_can_be_undone_and_counts_only_once_it_cannot(visit: Visit) -> None:
    page = visit.open()
    first, second = ids(page)[:2]
    for _ in range(2):
        page.locator(".card").first.hover()
        page.locator(".card").first.get_by_role("button", name="Hide").click()
    assert ids(page)[0] not in (first, second)
    page.get_by_role("button", name="Undo").last.click()
    assert ids(page)[0] == second
    assert visit.told("hide") == []
    page.get_by_role("link", name="For you").click()
    page.locator(".card img.here").first.wait_for()
    assert [event["item_id"] for event in visit.told("hide", 1)] == [first]
    page.reload()
    visit.open()
    assert first not in ids(page)
    assert second in ids(page)


def test_columns_follow_the_window(visit: Visit) -> None:
    page = visit.open()
    for width_px, columns in ((360, 2), (800, 3), (1900, 7)):
        page.set_viewport_size({"width": width_px, "height": 800})
        page.wait_for_function(f"() => new Set(({PLACES})().map(([left]) => left)).size === {columns}")
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
