"""Searching by words: suggestions, what was understood, words said of a picture, addresses, and finding nothing."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.browser.conftest import Visit, expect

NARROW = {"width": 360, "height": 740}
SHIFT = 0.02


def shown(page: Any) -> list[str]:
    page.locator(".card img.here").first.wait_for()
    found: list[str] = page.locator(".card[data-item]").evaluate_all("(all) => all.map((card) => card.dataset.item)")
    return found


def of(visit: Visit, **filters: str) -> set[str]:
    """The items that have these facts."""
    query = {name if name == "category" else f"attribute.{name}": value for name, value in filters.items()}
    items = httpx.get(f"{visit.service.address}/v1/items", params={"k": 100, **query}).json()["items"]
    return {item["item_id"] for item in items}


def test_words_are_typed_suggested_understood_and_shared(visit: Visit, arrive: Callable[..., Visit]) -> None:
    visit.stop_clock()
    page = visit.open()
    field = page.get_by_role("combobox", name="Search")
    options = page.get_by_role("listbox", name="Suggestions").get_by_role("option")
    field.wait_for()
    page.keyboard.press("/")
    expect(field).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_text("red sofa")  # asked most
    visit.shot("suggestions-desk")
    page.keyboard.press("Escape")
    expect(options).to_have_count(0)
    with page.expect_response("**/v1/suggest?text=red&*") as asked:
        page.keyboard.type("red")
        visit.run(1)
    suggested = asked.value.json()["suggestions"]
    assert [address for address in visit.asked if "text=r&" in address or "text=re&" in address] == []
    expect(options).to_have_text(suggested)
    expect(page.locator("[data-said]")).to_contain_text(f"{len(suggested)} suggestions.")
    for key, chosen in (("ArrowDown", 0), ("ArrowDown", 1), ("ArrowUp", 0), ("ArrowUp", None), ("ArrowDown", 0)):
        page.keyboard.press(key)
        assert field.get_attribute("aria-activedescendant") == (None if chosen is None else f"option-{chosen}")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Results for {suggested[0]}")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(field).to_have_value(suggested[0])

    field.fill("a RED snaeker")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Results for a red sneaker instead of a RED snaeker")
    shown(page)
    chip = page.get_by_role("group", name="Understood").get_by_role("button", name="Category: sneaker")
    expect(chip).to_have_attribute("aria-pressed", "false")
    visit.shot("words-desk")
    chip.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".card[data-item]")).to_have_count(len(of(visit, category="sneaker")))
    expect(chip).to_have_attribute("aria-pressed", "true")
    expect(chip).to_be_focused()
    expect(page.locator("[data-facet=category]")).to_have_text("Category: sneaker")
    visit.shot("words-filtered-desk")

    other = arrive().open(f"#{page.url.partition('#')[2]}")  # the address, as somebody else opens it
    assert shown(other) == shown(page)
    assert set(shown(other)) == of(visit, category="sneaker")
    expect(other.get_by_role("combobox", name="Search")).to_have_value("a RED snaeker")
    assert sum(other.evaluate("() => measured.shifts")) < SHIFT

    chip.click()
    expect(chip).to_have_attribute("aria-pressed", "false")
    assert "category" not in page.url
    page.go_back()
    expect(field).to_have_value(suggested[0])
    page.go_back()
    expect(field).to_have_value("")
    page.go_forward()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Results for {suggested[0]}")


def test_words_say_what_should_be_otherwise(visit: Visit) -> None:
    page = visit.open("#/search/object-000003")
    before = shown(page)
    field = page.get_by_role("searchbox", name="Like this, but")
    with page.expect_response("**/v1/search") as answered:
        field.fill("yellow sneaker")
        page.keyboard.press("Enter")
    sent = answered.value.request.post_data_json
    assert (sent["text"], sent["item_id"]) == ("yellow sneaker", "object-000003")
    page.get_by_text("Like this, but yellow sneaker").wait_for()
    expect(page.locator(".found .card").first.locator(".title")).to_contain_text("sneaker")
    assert shown(page) != before
    visit.shot("composed-desk")
    assert page.url.endswith("#/search/object-000003?but=yellow+sneaker")
    page.reload()
    expect(field).to_have_value("yellow sneaker")
    expect(page.locator(".found .card").first.locator(".title")).to_contain_text("sneaker")
    field.fill("")
    page.get_by_text("Like this, but yellow sneaker").wait_for(state="hidden")
    page.wait_for_url(lambda address: "but" not in address)
    expect(page.locator(".found .card[data-item]").first).to_have_attribute("data-item", before[0])


def test_no_result_leads_on_and_any_script_fits_a_phone(arrive: Callable[..., Visit]) -> None:
    visit = arrive(viewport=NARROW, has_touch=True, is_mobile=True, device_scale_factor=2)
    page = visit.open("#/search?q=%F0%9F%99%82")
    page.get_by_text("These searches come nearest:").wait_for()
    visit.shot("nothing-phone")
    page.get_by_role("link", name="red sofa").tap()
    shown(page)
    visit.shot("words-phone")
    field = page.get_by_role("combobox", name="Search")
    for text in ("מנורה אדומה", "赤い花瓶赤い花瓶赤い花瓶" * 6, "red" + "x" * 400):
        field.fill(text)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text(text)
        page.get_by_text("These searches come nearest:").wait_for()
        assert page.evaluate("() => document.documentElement.scrollWidth") == NARROW["width"]
    visit.shot("long-phone")
    field.fill("מ")
    page.get_by_role("option", name="מנורה אדומה").wait_for()
    visit.shot("suggestions-phone")
    page.get_by_role("option", name="מנורה אדומה").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("Results for מנורה אדומה")


@pytest.mark.parametrize("text", ["<img src=x onerror=\"document.title='run'\">", "'; DROP TABLE items; --"])
def test_what_is_typed_or_described_is_text(visit: Visit, text: str) -> None:
    page = visit.page
    item = httpx.get(f"{visit.service.address}/v1/items/object-000003").json()
    page.route("**/v1/items/object-000003", lambda route: route.fulfill(json=item | {"description": text}))
    visit.open("#/item/object-000003")
    expect(page.locator(".description")).to_have_text(text)
    field = page.get_by_role("combobox", name="Search")
    field.fill(text)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Results for {text}")
    expect(page).to_have_title(f"{text} · Corkboard")
