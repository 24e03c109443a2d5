"""Searching with a picture that is chosen, dropped or pasted, and with a part of it by mouse, touch and keys."""

import base64
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from PIL import Image

from tests.browser.conftest import PHONE, Visit, expect

COPY = """async (text) => {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  await navigator.clipboard.write([new ClipboardItem({ "image/png": new Blob([bytes], { type: "image/png" }) })]);
}"""


@pytest.fixture
def photo(visit: Visit, tmp_path: Path) -> Path:
    """A picture of an item, as somebody would have it: larger, and turned by EXIF."""
    item = httpx.get(f"{visit.service.address}/v1/items", params={"k": 3}).json()["items"][2]
    picture = Image.open(io.BytesIO(httpx.get(visit.service.address + item["picture"]).content))
    exif = picture.getexif()
    exif[0x0112] = 6  # shown turned by 90° to the right
    path = tmp_path / f"{item['item_id']}.jpg"
    picture.resize((picture.width * 8, picture.height * 8)).rotate(90, expand=True).save(path, exif=exif)
    return path


def found(page: Any) -> str:
    """The item that looks most like the picture."""
    page.locator(".found .card img.here").first.wait_for()
    first: str = page.locator(".found .card").first.get_attribute("data-item")
    return first


def drag(page: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Over the picture, in fractions of its sides."""
    box = page.locator(".stage").bounding_box()
    (x0, y0), (x1, y1) = (
        (box["x"] + across * box["width"], box["y"] + down * box["height"]) for across, down in (start, end)
    )
    page.mouse.move(x0, y0)
    page.mouse.down()
    page.mouse.move((x0 + x1) / 2, (y0 + y1) / 2)
    page.mouse.move(x1, y1)
    page.mouse.up()


def part(page: Any) -> list[float]:
    return [float(side) for side in urlsplit(page.url).fragment.partition("box=")[2].split("%2C")]


def test_a_chosen_picture_finds_itself_and_a_part_of_it_finds_others(visit: Visit, photo: Path) -> None:
    page = visit.open()
    page.get_by_role("button", name="Search with a picture").click()
    visit.shot("ask-desk")
    with page.expect_request("**/v1/search") as asked:
        page.get_by_label("Choose a picture").set_input_files(photo)
    assert found(page) == photo.stem
    assert asked.value.sizes()["requestBodySize"] < photo.stat().st_size  # made smaller first
    page.get_by_text("Probably").wait_for()
    whole = page.locator(".found .card").evaluate_all("(all) => all.map((card) => card.dataset.item)")
    with page.expect_response("**/v1/search"):
        drag(page, (0.5, 0.1), (0.9, 0.5))
    found(page)
    visit.shot("search-desk")
    assert part(page) == pytest.approx([0.5, 0.1, 0.9, 0.5], abs=0.02)
    some = page.locator(".found .card").evaluate_all("(all) => all.map((card) => card.dataset.item)")
    assert some[:10] != whole[:10]
    page.get_by_role("button", name="Whole picture").click()
    assert found(page) == photo.stem
    page.wait_for_url(lambda address: "box" not in address)


def test_a_picture_can_be_dropped_anywhere(visit: Visit, photo: Path) -> None:
    page = visit.open()
    devtools = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        data = {"items": [], "files": [str(photo)], "dragOperationsMask": 1}
        devtools.send("Input.dispatchDragEvent", {"type": kind, "x": 400, "y": 400, "data": data})
        if kind == "dragOver":
            page.get_by_text("Drop the picture to search with it").wait_for()
            visit.shot("drop-desk")
    assert found(page) == photo.stem
    page.locator("[data-drop]").wait_for(state="hidden")


def test_a_picture_can_be_pasted_anywhere(visit: Visit, photo: Path) -> None:
    page = visit.open()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    buffer = io.BytesIO()
    Image.open(photo).rotate(-90, expand=True).save(buffer, "PNG")
    page.evaluate(COPY, base64.b64encode(buffer.getvalue()).decode())
    page.keyboard.press("Control+V")
    assert found(page) == photo.stem
    page.get_by_role("link", name="Explore").click()
    page.get_by_role("button", name="Search with a picture").click()
    with page.expect_response("**/v1/search"):
        page.get_by_role("button", name="Paste a copied picture").click()
    assert found(page) == photo.stem


def test_what_is_no_picture_is_refused_where_one_looks(visit: Visit, tmp_path: Path) -> None:
    (tmp_path / "notes.jpg").write_text("no picture")
    page = visit.open()
    page.get_by_role("button", name="Search with a picture").click()
    page.get_by_label("Choose a picture").set_input_files(tmp_path / "notes.jpg")
    page.get_by_role("alert").get_by_text("notes.jpg is not a picture that can be read").wait_for()
    assert not any(address.endswith("/v1/search") for address in visit.asked)


def test_a_part_is_chosen_by_keys(visit: Visit) -> None:
    visit.stop_clock()
    page = visit.open("#/search/object-000003")
    page.locator(".part").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "Shift+ArrowRight", "Shift+ArrowUp"):
        page.keyboard.press(key)
    with page.expect_response("**/v1/search") as answered:
        visit.run(1)
    item = httpx.get(f"{visit.service.address}/v1/items/object-000003").json()
    sides = [item["width_px"], item["height_px"]] * 2
    box = [side * share for side, share in zip(sides, (0.22, 0.22, 0.84, 0.80), strict=True)]
    assert answered.value.request.post_data_json["box"] == pytest.approx(box, abs=0.5)
    expect(page.locator(".part")).to_have_attribute("aria-label", "Part from 22% to 84% across and 22% to 80% down")
    found(page)
    assert "object-000003" not in page.locator(".found .card").first.get_attribute("data-item")
    page.keyboard.press("Escape")
    visit.run(1)
    page.wait_for_url(lambda address: "box" not in address)


def test_what_is_found_can_be_filtered(visit: Visit) -> None:
    page = visit.open("#/search/object-000003")
    page.get_by_role("button", name="Category", exact=True).click()
    with page.expect_response("**/v1/search") as answered:
        page.get_by_role("group", name="Category").get_by_role("button", name="sneaker").click()
    assert answered.value.request.post_data_json["filters"] == {"category": "sneaker"}
    expect(page.locator(".found .card[data-item]")).to_have_count(3)
    expect(page.locator(".found .title").first).to_contain_text("sneaker")
    assert page.url.endswith("#/search/object-000003?category=sneaker")


def test_a_part_is_chosen_by_touch(arrive: Callable[..., Visit]) -> None:
    visit = arrive(viewport=PHONE, has_touch=True, is_mobile=True, device_scale_factor=2)
    page = visit.open("#/search/object-000007")
    box = page.locator(".stage").bounding_box()
    devtools = page.context.new_cdp_session(page)

    def touch(kind: str, across: float = 0, down: float = 0) -> None:
        point = {"x": box["x"] + across * box["width"], "y": box["y"] + down * box["height"]}
        points = [] if kind == "touchEnd" else [point]
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    with page.expect_response("**/v1/search"):
        touch("touchStart", 0.2, 0.3)
        touch("touchMove", 0.5, 0.5)
        touch("touchMove", 0.8, 0.9)
        touch("touchEnd")
    found(page)
    visit.shot("search-phone")
    assert part(page) == pytest.approx([0.2, 0.3, 0.8, 0.9], abs=0.02)
    assert page.evaluate("() => scrollY") == 0
