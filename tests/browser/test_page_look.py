"""How soon and how steadily the page comes up, and how it looks on a phone, in the dark and without motion."""

import math
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.browser.conftest import Visit, expect

FIRST_PICTURES_MS = 1500
LAYOUT_SHIFT = 0.1
TRIES = 3  # the best one counts: what else the machine does is not the page's doing
CONTRAST = 4.5  # WCAG AA for text

COLOURS = """() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const found = rgb(getComputedStyle(at).backgroundColor);
      if (found.length === 3 || found[3] === 1) return found.slice(0, 3);
    }
    return null;
  };
  const texts = [...document.querySelectorAll("p, span, h1, h2, a, button, small, b, dt, dd, kbd")];
  return texts
    .filter((at) => at.checkVisibility() && [...at.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
    .map((at) => [at.textContent, rgb(getComputedStyle(at).color).slice(0, 3), behind(at)]);
}"""


def test_first_pictures_are_soon_on_screen_in_a_browser_that_just_started(
    launch: Callable[[], Any], arrive: Callable[..., Visit]
) -> None:
    def first_pictures_ms(place: str) -> float:
        browser = launch()
        visit = arrive(browser)
        visit.page.route("**/bare", lambda route: route.fulfill(content_type="text/html", body=bare(visit)))
        visit.page.goto(f"{visit.service.address}{place}")
        visit.page.wait_for_function("() => measured.pictures_ms.length >= 5")
        times_ms: list[float] = visit.page.evaluate("() => measured.pictures_ms")
        visit.page.context.close()
        browser.close()
        visit.measured(f"first_pictures_ms of {place}", sorted(times_ms)[4])  # a screen is up to five wide
        return sorted(times_ms)[4]

    best_ms = math.inf
    for _ in range(TRIES):
        best_ms = min(best_ms, first_pictures_ms("/"))
        if best_ms <= FIRST_PICTURES_MS:
            return
    alone_ms = min(first_pictures_ms("/bare") for _ in range(TRIES))
    if alone_ms > FIRST_PICTURES_MS / 4:  # the page takes about three times as long
        pytest.skip(f"nothing but the pictures takes {alone_ms:.0f} ms here: the machine is busy with other things")
    pytest.fail(f"first pictures after {best_ms:.0f} ms, where the pictures alone take {alone_ms:.0f} ms")


def bare(visit: Visit) -> str:
    """The pictures of the first screen without the page around them."""
    items = httpx.get(f"{visit.service.address}/v1/items", params={"k": 10}).json()["items"]
    pictures = "".join(f'<img src="{item["picture"]}" width="230" elementtiming="picture">' for item in items)
    return f"<!doctype html>{pictures}"


@pytest.mark.parametrize("kind", ["visit", "phone"])
def test_nothing_jumps(kind: str, request: pytest.FixtureRequest) -> None:
    visit: Visit = request.getfixturevalue(kind)
    visit.service.fail("user-sequence")
    page = visit.open()
    for _ in range(4):
        page.mouse.wheel(0, 1200)
        page.wait_for_timeout(150)
    page.get_by_role("link", name="For you").click()
    page.locator(".degraded").wait_for()
    page.locator(".card a").nth(1).click()
    page.locator(".more .card img.here").first.wait_for()
    page.wait_for_timeout(300)
    page.get_by_role("link", name="Search with a part").click()
    page.locator(".found .card img.here").first.wait_for()
    page.wait_for_timeout(300)
    shift = sum(page.evaluate("() => measured.shifts"))
    visit.measured(f"layout_shift_{kind}", shift)
    assert shift < LAYOUT_SHIFT


def test_a_phone_in_the_dark(phone: Visit) -> None:
    page = phone.open()
    phone.shot("board-phone-dark")
    assert page.evaluate("() => document.documentElement.scrollWidth") == 390
    small = page.locator("button:visible, nav a:visible").evaluate_all(
        "(all) => all.map((at) => at.getBoundingClientRect()).filter((box) => Math.min(box.width, box.height) < 36)"
    )
    assert small == []
    page.locator(".act.save").first.tap()
    page.get_by_label("Name of a new board").fill("Living room")
    phone.shot("save-phone-dark")
    page.get_by_role("dialog").get_by_role("button", name="Save").tap()
    expect(page.locator(".act.save.on")).to_have_count(1)
    phone.shot("saved-phone-dark")
    page.locator(".card a").first.tap()
    page.locator(".more .card img.here").first.wait_for()
    phone.shot("item-phone-dark")
    page.get_by_role("link", name="Search with a part").tap()
    page.locator(".found .card img.here").first.wait_for()
    phone.shot("search-phone-dark")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out(arrive: Callable[..., Visit], scheme: str) -> None:
    visit = arrive(color_scheme=scheme)
    page = visit.open("#/for-you?colour=navy")
    page.get_by_role("button", name="Category", exact=True).click()
    faint = weak(page)
    visit.shot(f"for-you-{scheme}")
    page.locator(".card a").first.click()
    page.locator(".more .card img.here").first.wait_for()
    visit.shot(f"item-{scheme}")
    assert faint + weak(page) == []


def weak(page: Any) -> list[tuple[str, float]]:
    found = page.evaluate(COLOURS)
    assert len(found) > 15
    return [(text, contrast(colour, behind)) for text, colour, behind in found if contrast(colour, behind) < CONTRAST]


def contrast(one: list[float], other: list[float]) -> float:
    """WCAG 2.2, "contrast ratio"."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(rgb: list[float]) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (v / 255 for v in rgb)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_nothing_moves_for_who_asked_for_less_motion(arrive: Callable[..., Visit]) -> None:
    page = arrive(reduced_motion="reduce").open()
    page.locator(".card a").first.focus()
    page.keyboard.press("h")
    assert page.evaluate("() => document.getAnimations().length") == 0
