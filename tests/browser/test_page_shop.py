"""Shop the look: dots on what a scene shows, what completes a thing, and the scenes that it stands in."""

import io
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.browser.conftest import Visit, expect

SCENE = "scene-000000"


def regions(visit: Visit) -> list[dict[str, Any]]:
    answer = httpx.post(f"{visit.service.address}/v1/parse", json={"item_id": SCENE}, timeout=30)
    found: list[dict[str, Any]] = answer.json()["regions"]
    return found


def test_dots_open_what_a_scene_shows(visit: Visit) -> None:
    page = visit.open(f"#/item/{SCENE}")
    known = regions(visit)
    dots = page.get_by_role("group", name="Things in this picture").get_by_role("button")
    expect(dots).to_have_count(len(known))
    matches = page.get_by_role("region", name="Shop the look")
    matches.get_by_role("img").first.wait_for()
    visit.shot("scene-desk")
    assert page.locator(".dot[aria-pressed=true]").count() == 1  # the first is open
    box = page.locator(".sheet .frame").bounding_box()
    for place, region in enumerate(known):
        dot = dots.nth(place)
        assert region["label"] in dot.get_attribute("aria-label")
        at = dot.bounding_box()
        across = (at["x"] + at["width"] / 2 - box["x"]) / box["width"]
        x0, _, x1, _ = region["box"]
        width = region["mask"]["size"][1]
        assert x0 / width - 0.01 <= across <= x1 / width + 0.01
    dots.nth(1).focus()
    page.keyboard.press("Enter")
    expect(dots.nth(1)).to_have_attribute("aria-pressed", "true")
    expect(matches.get_by_role("heading")).to_have_text(known[1]["label"])
    outline = page.locator(".outline path").get_attribute("d")
    assert outline.startswith("M")
    page.keyboard.press("Enter")  # closes it
    expect(page.locator(".dot[aria-pressed=true]")).to_have_count(0)
    assert page.locator(".outline path").get_attribute("d") == ""
    expect(page.get_by_role("region", name="Goes well with").get_by_role("img").first).to_be_visible()


def test_a_match_leads_to_its_page_and_what_completes_it(visit: Visit) -> None:
    page = visit.open(f"#/item/{SCENE}")
    dots = page.get_by_role("group", name="Things in this picture").get_by_role("button")
    dots.last.click()
    link = page.get_by_role("region", name="Shop the look").get_by_role("link").first
    title = link.get_attribute("title")
    link.click()
    page.get_by_role("heading", level=1, name=title).wait_for()
    page.get_by_role("region", name="Complete the look").get_by_role("img").first.wait_for()
    seen = page.get_by_role("region", name="Seen in")
    seen.get_by_role("img").first.wait_for()
    expect(seen.locator(".mark").first).to_be_visible()
    page.locator(".more .card img.here").first.wait_for()
    visit.shot("completed-desk")
    seen.get_by_role("link").first.click()
    page.get_by_role("group", name="Things in this picture").wait_for()


@pytest.fixture
def photo(visit: Visit, tmp_path: Path) -> Path:
    item = httpx.get(f"{visit.service.address}/v1/items/{SCENE}").json()
    picture = Image.open(io.BytesIO(httpx.get(visit.service.address + item["picture"]).content))
    path = tmp_path / "room.jpg"
    picture.resize((picture.width * 2, picture.height * 2)).save(path)
    return path


def test_an_upload_is_taken_apart_and_a_dot_searches_with_its_part(visit: Visit, photo: Path) -> None:
    page = visit.open()
    page.get_by_role("button", name="Search with a picture").click()
    page.get_by_label("Choose a picture").set_input_files(photo)
    dots = page.get_by_role("group", name="Things in this picture").get_by_role("button")
    with page.expect_response("**/v1/search") as answered:
        dots.first.click()
    label = regions(visit)[0]["label"]
    assert answered.value.request.post_data_json is None  # a form, with the picture
    page.get_by_text(f"Searching for: {label}.").wait_for()
    page.locator(".found .card img.here").first.wait_for()
    assert "box=" in page.url
    visit.shot("shop-upload-desk")
    page.get_by_role("button", name="Whole picture").click()
    expect(page.locator(".dot[aria-pressed=true]")).to_have_count(0)


def test_what_no_system_does_is_not_offered(visit: Visit) -> None:
    visit.without("parse", "complete")
    page = visit.open(f"#/item/{SCENE}")
    page.locator(".more .card img.here").first.wait_for()
    assert page.locator(".dot, .matches, .goes-with, .seen-in").count() == 0
    assert not any("shop-the-look" in address or "/scenes" in address for address in visit.asked)


def test_a_system_that_fails_takes_nothing_else_along(visit: Visit) -> None:
    visit.service.fail("shop-the-look")
    page = visit.open(f"#/item/{SCENE}")
    page.get_by_role("region", name="Shop the look").get_by_role("img").first.wait_for()
    page.get_by_text("What goes with it is not available right now.").wait_for()


def test_a_scene_on_a_phone_in_the_dark(phone: Visit) -> None:
    page = phone.open(f"#/item/{SCENE}")
    page.get_by_role("region", name="Shop the look").get_by_role("img").first.wait_for()
    page.locator(".more .card img.here").first.wait_for()
    assert page.evaluate("() => document.documentElement.scrollWidth") == 390
    page.locator(".dot").first.tap()
    phone.shot("scene-phone-dark")
