"""The bell, what people want, the end of e-mails by their link, and pushes that the service worker shows."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from components.notices import week_of
from serving.messaging.letter import Letters, of_service
from serving.messaging.secret import secret, signed
from serving.messaging.send import Bell, send_due
from serving.state import Message, Preferences, open_state
from tests.browser.conftest import Service, Visit, expect


def told(service: Service, user: str, item_ids: list[str]) -> Message:
    state = open_state(service.state)
    assert state.messages is not None
    week = week_of(datetime.now(UTC))
    message = Message(user, week, 0, "in_app", "picks", time.time() - 1, tuple(item_ids), "You were away for a week.")
    state.messages.add([message], time.time())
    send_due(state.messages, {"in_app": Bell()}, 1e9)
    state.close()
    return message


def items_of(service: Service) -> list[str]:
    return [item["item_id"] for item in httpx.get(f"{service.address}/v1/items?k=3").json()["items"]]


def preferences(service: Service, user: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{service.address}/v1/notifications/preferences?user_id={user}").json()
    return found


def test_the_bell_rings_and_leads_to_what_was_picked(visit: Visit, service: Service) -> None:
    page = visit.open("#/")
    user = page.evaluate("() => localStorage.getItem('corkboard.user')")
    message = told(service, user, items_of(service))
    page.reload()
    bell = page.get_by_role("link", name="Messages, 1 new")
    bell.wait_for()
    visit.shot("bell-desk")
    bell.click()
    page.get_by_text("Why this came").click()
    page.get_by_text("You were away for a week.").wait_for()
    expect(page.get_by_role("link", name="Messages", exact=True)).to_have_count(1)
    visit.shot("messages-desk")
    page.locator(".entries a").first.click()
    page.wait_for_url(f"**/#/item/**message={message.message_id}")
    visit.check()


def test_people_say_how_they_are_told_things(visit: Visit, service: Service) -> None:
    page = visit.page
    page.goto(f"{service.address}/#/notifications")
    page.get_by_placeholder("you@example.org").wait_for()
    user = page.evaluate("() => localStorage.getItem('corkboard.user')")
    page.get_by_placeholder("you@example.org").fill("ann@example.org")
    page.get_by_label("On this page").uncheck()
    page.get_by_label("Quiet from").select_option("21:00")
    visit.shot("preferences-desk")
    page.get_by_role("button", name="Save").click()
    page.locator(".notice").get_by_text("Saved.").wait_for()
    kept = preferences(service, user)
    assert (kept["email"], kept["quiet_from"]) == ("ann@example.org", 21)
    assert {name: one["on"] for name, one in kept["channels"].items()} == {
        "email": True,
        "push": False,
        "in_app": False,
    }
    page.reload()
    expect(page.get_by_placeholder("you@example.org")).to_have_value("ann@example.org")
    expect(page.get_by_label("On this page")).not_to_be_checked()
    visit.check()


def test_the_link_of_an_e_mail_ends_here(phone: Visit, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(service.state.removeprefix("sqlite:///"))
    monkeypatch.setenv("CORKBOARD_NOTIFY_KEY", str(folder / "notify.key"))
    user = "mona"
    answer = httpx.put(
        f"{service.address}/v1/notifications/preferences?user_id={user}", json={"email": "mona@example.org"}
    )
    assert answer.status_code == 200
    page = phone.page
    page.goto(f"{service.address}/v1/unsubscribe?token={signed(secret(), user, 'email')}")
    page.get_by_text("You came by the link of an e-mail.").wait_for()
    assert preferences(service, user)["channels"]["email"]["on"]
    phone.shot("unsubscribe-phone")
    page.get_by_role("button", name="Stop these e-mails").click()
    page.get_by_text("No more e-mails go to m…@example.org.").wait_for()
    phone.shot("unsubscribed-phone")
    assert not preferences(service, user)["channels"]["email"]["on"]
    phone.check()


def test_a_push_is_shown_and_an_e_mail_looks_as_it_should(arrive: Any, service: Service) -> None:
    visit = arrive(permissions=["notifications"], service_workers="allow")
    page = visit.open("#/")
    letters = Letters(service.address, "we@example.org", bytes(32), of_service(service.address))
    message = Message("ann", "2026-W48", 0, "push", "picks", 0.0, tuple(items_of(service)))
    registered = (
        "async () => { await navigator.serviceWorker.register('/worker.js'); await navigator.serviceWorker.ready; }"
    )
    page.evaluate(registered)
    session = page.context.new_cdp_session(page)
    found: list[dict[str, Any]] = []
    session.on("ServiceWorker.workerRegistrationUpdated", lambda event: found.extend(event["registrations"]))
    session.send("ServiceWorker.enable")
    while not found:
        page.wait_for_timeout(20)
    payload = httpx.Response(200, json=letters.push(message)).text
    for _ in range(2):  # a second one takes the place of the first
        asked = {"origin": service.address, "registrationId": found[0]["registrationId"], "data": payload}
        session.send("ServiceWorker.deliverPushMessage", asked)
    shown = "async () => (await (await navigator.serviceWorker.ready).getNotifications()).map((n) => [n.title, n.tag])"
    until = time.monotonic() + 5
    while not page.evaluate(shown) and time.monotonic() < until:
        time.sleep(0.05)
    ((title, tag),) = page.evaluate(shown)
    assert tag == message.message_id
    assert title.endswith("and 2 more for you")

    mail = letters.letter(message, Preferences("ann@example.org"))
    _, _, _, html, *pictures = list(mail.walk())
    text = html.get_content()  # type: ignore[attr-defined]
    for picture in pictures:  # as a mail program puts them in
        cid = picture["Content-ID"].strip("<>")
        inside = "".join(str(picture.get_payload()).split())
        text = text.replace(f"cid:{cid}", f"data:image/jpeg;base64,{inside}")
    page.goto("about:blank")  # without the service's rules for its own page
    page.set_content(text)
    visit.shot("e-mail-desk")
    widths = page.evaluate("() => [...document.images].map((image) => image.naturalWidth)")
    assert len(widths) == 3
    assert min(widths) > 0
