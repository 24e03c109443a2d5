"""How soon and how steadily the page comes up, and how it looks on a phone, in the dark and without motion."""

import os
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import Visit

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
    times_ms = []
    for _ in range(TRIES):
        browser = launch()
        visit = arrive(browser)
        page = visit.open()
        page.wait_for_function("() => measured.pictures_ms.length >= 5")
        times_ms.append(sorted(page.evaluate("() => measured.pictures_ms"))[4])  # a screen is five wide
        page.context.close()
        browser.close()
        if times_ms[-1] <= FIRST_PICTURES_MS:
            break
    visit.measured("first_pictures_ms", min(times_ms))
    if min(times_ms) > FIRST_PICTURES_MS and os.getloadavg()[0] > 2 * (os.cpu_count() or 1):
        pytest.skip(f"{min(times_ms):.0f} ms on a machine that is busy with other things says nothing of the page")
    assert min(times_ms) <= FIRST_PICTURES_MS


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
