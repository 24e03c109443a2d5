"""Waiting, failing and being offline are said, and end by themselves or by trying again."""

from typing import Any

from tests.browser.conftest import Visit, expect


def test_places_are_kept_while_pictures_are_on_their_way(visit: Visit) -> None:
    page = visit.page
    waiting: list[Any] = []
    page.route("**/v1/feed", lambda route: waiting.append(route))
    page.goto(visit.service.address)
    page.locator(".ghost").nth(9).wait_for()
    expect(page.get_by_role("list", name="Pictures")).to_have_attribute("aria-busy", "true")
    visit.shot("waiting-desk")
    waiting[0].continue_()
    page.locator(".card img.here").first.wait_for()
    expect(page.locator(".ghost")).to_have_count(0)
    expect(page.get_by_role("list", name="Pictures")).to_have_attribute("aria-busy", "false")
    expect(page.locator("[data-said]")).to_have_text("30 pictures.")


def test_a_failure_is_said_and_can_be_tried_again(visit: Visit) -> None:
    visit.expected.append("503")
    visit.service.fail("visual-search", "user-sequence")
    page = visit.open("#/search/object-000003")
    page.get_by_role("alert").get_by_text("This part is not answering right now.").wait_for()
    visit.shot("failed-desk")
    visit.service.fail()
    page.get_by_role("button", name="Try again").click()
    page.locator(".found .card img.here").nth(5).wait_for()


def test_offline_is_said_and_ends_by_itself(visit: Visit) -> None:
    visit.expected.append("ERR_INTERNET_DISCONNECTED")
    page = visit.open()
    page.context.set_offline(True)
    page.get_by_role("link", name="For you").click()
    page.get_by_role("heading", name="No connection").wait_for()
    page.get_by_text("You are offline. What is on screen stays").wait_for()
    visit.shot("offline-desk")
    page.context.set_offline(False)
    page.locator(".card img.here").first.wait_for()
    page.locator("[data-offline]").wait_for(state="hidden")


def test_events_that_did_not_get_through_are_sent_again(visit: Visit) -> None:
    visit.expected.append("ERR_INTERNET_DISCONNECTED")
    page = visit.open()
    page.context.set_offline(True)
    page.locator(".card a").first.focus()
    page.keyboard.press("h")
    with page.expect_event("requestfailed", tells_of_hiding):
        page.get_by_role("button", name="Close this message").click()
    with page.expect_response(lambda answer: tells_of_hiding(answer.request)) as answered:
        page.context.set_offline(False)
    assert answered.value.status == 202


def tells_of_hiding(request: Any) -> bool:
    sent = request.post_data_json["events"] if request.url.endswith("/v1/events") else ()
    return "hide" in {event["action"] for event in sent}


def test_a_key_is_asked_for_where_one_is_needed(visit: Visit) -> None:
    visit.expected.append("401")
    page = visit.page
    entered: list[str] = []

    def guarded(route: Any) -> None:
        if route.request.url.endswith("/v1/session"):
            entered.append(route.request.post_data_json["key"])
            route.fulfill(status=204 if entered[-1] == "right" else 401, json={"error": "the API key is unknown"})
        elif "right" in entered:
            route.continue_()
        else:
            route.fulfill(status=401, json={"error": "an API key is needed"})

    page.route("**/v1/**", guarded)
    visit.open()
    page.get_by_role("heading", name="A key is needed").wait_for()
    page.get_by_label("Key").fill("wrong")
    page.keyboard.press("Enter")
    page.get_by_text("This key is not known.").wait_for()
    visit.shot("locked-desk")
    page.get_by_label("Key").fill("right")
    page.keyboard.press("Enter")
    page.locator(".card img.here").first.wait_for()
