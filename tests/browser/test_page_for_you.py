"""The board for the visitor: what others like at first, then what follows from what was just done."""

from typing import Any

from tests.browser.conftest import Visit, expect


def reasons(page: Any) -> list[str]:
    page.locator(".card img.here").first.wait_for()
    found: list[str] = page.locator(".card .reason").all_inner_texts()
    return found


def renewed(page: Any) -> None:
    with page.expect_response("**/v1/recommendations") as answered:
        page.get_by_role("button", name="Show new picks").click()
    assert answered.value.ok
    expect(page.get_by_role("list", name="Pictures for you")).to_have_attribute("aria-busy", "false")


def test_it_changes_with_what_was_just_done(visit: Visit) -> None:
    page = visit.open("#/for-you")
    page.get_by_text("You have not done anything yet").wait_for()
    assert reasons(page) == []
    page.get_by_role("link", name="Explore").click()
    page.locator(".card img.here").first.wait_for()
    link = page.locator(".card a").nth(2)
    title = link.locator("img").get_attribute("alt")
    link.click()
    page.get_by_role("heading", level=1, name=title).wait_for()
    page.goto("about:blank")  # what was done just before leaving counts as well
    visit.open("#/for-you")
    for _ in range(60):  # the browser may still be sending it
        if reasons(page):
            break
        page.wait_for_timeout(100)
        renewed(page)
    expect(page.locator(".card .reason").first).to_have_text(f"Because of {title}")
    assert set(reasons(page)) == {f"Because of {title}"}
    visit.shot("for-you-desk")
    first = page.locator(".card").first
    hidden = first.get_attribute("data-item")
    first.locator("a").focus()
    page.keyboard.press("h")
    renewed(page)
    assert [event["item_id"] for event in visit.told("hide", 1)] == [hidden]
    expect(page.locator(f".card[data-item={hidden}]")).to_have_count(0)


def test_more_picks_come_until_there_are_no_more(visit: Visit) -> None:
    page = visit.open("#/for-you?category=dress")
    expect(page.locator(".card[data-item]")).to_have_count(3)
    page.goto(f"{visit.service.address}/#/for-you")
    visit.scroll_to_end()
    shown = page.locator(".card").evaluate_all("(all) => all.map((card) => card.dataset.item)")
    assert len(shown) == len(set(shown)) >= 80


def test_a_system_that_fails_is_named_and_the_rest_is_shown(visit: Visit) -> None:
    visit.service.fail("user-sequence")
    page = visit.open("#/for-you")
    page.get_by_text("Personal picks are not available right now.").wait_for()
    page.locator(".card[data-item]").nth(10).wait_for()
    assert reasons(page) == []
    visit.shot("degraded-desk")
