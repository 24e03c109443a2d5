"""The page by keys alone, and as a screen reader has it."""

from typing import Any

from tests.browser.conftest import Visit, expect

HERE = "() => document.activeElement.closest('.card')?.dataset.item ?? null"


def here(page: Any) -> str | None:
    found: str | None = page.evaluate(HERE)
    return found


def test_tab_enters_the_board_once_and_arrows_move_in_it(visit: Visit) -> None:
    page = visit.open()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    order = []
    for _ in range(16):
        page.keyboard.press("Tab")
        if here(page):
            order.append(here(page))
    first = page.locator(".card").first.get_attribute("data-item")
    assert set(order) == {first}  # its link, and its two buttons
    assert len(order) <= 3
    page.locator(".card a").first.focus()
    boxes = {}
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"):
        before = page.evaluate("() => document.activeElement.getBoundingClientRect().toJSON()")
        page.keyboard.press(key)
        boxes[key] = (before, page.evaluate("() => document.activeElement.getBoundingClientRect().toJSON()"))
    assert boxes["ArrowRight"][1]["left"] > boxes["ArrowRight"][0]["left"]
    assert boxes["ArrowDown"][1]["top"] > boxes["ArrowDown"][0]["top"]
    assert boxes["ArrowLeft"][1]["left"] < boxes["ArrowLeft"][0]["left"]
    assert boxes["ArrowUp"][1]["top"] < boxes["ArrowUp"][0]["top"]
    visit.shot("focus-desk")
    page.keyboard.press("Enter")
    page.locator(".sheet").wait_for()


def test_the_skip_link_leads_to_the_pictures(visit: Visit) -> None:
    page = visit.open()
    page.evaluate("() => document.activeElement.blur()")
    page.locator("[data-skip]").focus()
    page.keyboard.press("Enter")
    assert here(page) == page.locator(".card").first.get_attribute("data-item")


def test_hiding_by_key_moves_on_to_the_next_picture(visit: Visit) -> None:
    page = visit.open()
    second = page.locator(".card").nth(1).get_attribute("data-item")
    page.locator(".card a").first.focus()
    page.keyboard.press("h")
    assert here(page) == second
    expect(page.locator("[data-said]")).to_contain_text("Press Control Z to undo")


def test_slash_opens_the_search_with_pictures_where_nothing_finds_by_words(visit: Visit) -> None:
    visit.without("find")
    page = visit.open("#/search/object-000003")
    assert page.get_by_role("search").count() == 0
    page.keyboard.press("/")
    page.get_by_role("dialog", name="Search with a picture").wait_for()
    assert page.evaluate("() => document.activeElement.type") == "file"
    page.keyboard.press("Escape")
    page.locator("dialog").wait_for(state="detached")


def test_everything_has_a_role_and_a_name(visit: Visit) -> None:
    page = visit.open()
    for role, name in (
        ("banner", ""),
        ("main", ""),
        ("navigation", "Places"),
        ("list", "Pictures"),
        ("group", "Filters"),
    ):
        assert page.get_by_role(role, **({"name": name} if name else {})).count() == 1, role
    assert page.get_by_role("heading", level=1).count() == 1
    assert page.get_by_role("link", name="Explore").get_attribute("aria-current") == "page"
    devtools = page.context.new_cdp_session(page)
    nodes = devtools.send("Accessibility.getFullAXTree")["nodes"]
    controls = [node for node in nodes if not node["ignored"] and node["role"]["value"] in ("button", "link", "image")]
    assert len(controls) > 60
    assert [node for node in controls if not node.get("name", {}).get("value")] == []
    page.get_by_role("button", name="Category", exact=True).press("Enter")
    assert page.get_by_role("button", name="Category", exact=True).get_attribute("aria-expanded") == "true"
    page.keyboard.press("Escape")
    assert page.get_by_role("button", name="Category", exact=True).get_attribute("aria-expanded") == "false"
