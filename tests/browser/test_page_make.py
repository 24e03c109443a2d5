"""Pictures made of an item: another background, compared, and saved to a board as what it is."""

import io
import re

import httpx
import numpy as np
from PIL import Image

from tests.browser.conftest import Visit, expect

LIGHT = 140  # the darkest channel of a backdrop


def on_light(address: str) -> str:
    """An item before a light backdrop."""
    for item in httpx.get(f"{address}/v1/items", params={"k": 60}).raise_for_status().json()["items"]:
        with Image.open(io.BytesIO(httpx.get(f"{address}{item['picture']}").content)) as image:
            darkest = np.asarray(image.convert("RGB")).min(axis=2)
        border = np.concatenate([darkest[0], darkest[-1], darkest[:, 0], darkest[:, -1]])
        if item["category"] and (border >= LIGHT).mean() > 0.9 and (darkest < LIGHT).mean() > 0.1:
            return str(item["item_id"])
    raise AssertionError("every backdrop is dark")


def test_a_new_background_is_compared_kept_and_saved_as_generated(visit: Visit) -> None:
    page = visit.open(f"#/item/{on_light(visit.service.address)}")
    opener = page.get_by_role("button", name="New background")
    opener.click()
    dialog = page.get_by_role("dialog", name="New background")
    whiteness = dialog.get_by_label("How white the background is")
    whiteness.fill(str(LIGHT))
    mask = dialog.get_by_role("img", name="What is made anew is tinted")
    middle_alpha = "mask => mask.getContext('2d').getImageData(mask.width / 2, mask.height / 2, 1, 1).data[3]"
    mask.click()
    assert mask.evaluate(middle_alpha) > 0
    dialog.get_by_label("Draw what stays").check()
    mask.click()
    assert mask.evaluate(middle_alpha) == 0
    visit.shot("make-mask")
    visit.expected.append("422")
    page.route("**/pictures/0", lambda route: route.fulfill(status=422, json={"error": "ask with another seed"}))
    dialog.get_by_role("button", name="Make").click()
    dialog.get_by_text("ask with another seed").wait_for()
    expect(dialog.locator("img")).to_have_attribute(
        "src", re.compile("/v1/items/")
    )  # and no preview of what was refused
    page.unroute("**/pictures/0")
    with page.expect_response("**/v1/canvas/background") as started:
        dialog.get_by_role("button", name="Make").click()
    assert started.value.status == 202
    slider = dialog.get_by_label("Before and after")
    expect(slider).to_be_focused()
    page.keyboard.press("Home")
    expect(dialog.locator("img.after")).to_have_attribute("style", "--cut: 0%;")
    visit.shot("make-compared")
    dialog.get_by_role("button", name="Keep it").click()
    page.locator(".notice", has_text="Kept, and marked as generated.").wait_for()
    page.get_by_role("heading", level=1, name="Like ").wait_for()
    expect(page.locator(".facts div", has_text="generated")).to_contain_text("yes")
    page.locator(".sheet [data-save]").click()
    page.get_by_label("Name of a new board").fill("Made")
    page.keyboard.press("Enter")
    page.locator(".notice", has_text="Saved to Made.").last.wait_for()
    visit.shot("make-saved")


def test_a_variation_is_made_of_what_the_item_is_once_the_service_can(visit: Visit) -> None:
    visit.expected.append("422")
    page = visit.open(f"#/item/{on_light(visit.service.address)}")
    page.get_by_role("button", name="Make a variation").click()
    dialog = page.get_by_role("dialog", name="Make a variation")
    expect(dialog.get_by_label("How white the background is")).to_have_count(0)
    dialog.get_by_label("What it should be like").fill("made of glass")
    page.keyboard.press("Enter")
    dialog.get_by_text("this model reads no words").wait_for()
    dialog.get_by_label("What it should be like").fill("")
    with page.expect_request("**/v1/canvas/generate") as started:
        page.keyboard.press("Enter")
    assert started.value.post_data_json["category"]
    expect(dialog.get_by_label("Before and after")).to_be_focused()
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
