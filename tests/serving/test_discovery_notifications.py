"""Messages in the discovery service: decided, preferred, rung on the page, ended by a signed link."""

from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from serving.discovery.notification_types import Bell, Decision
from serving.messaging.push import HOSTS
from serving.messaging.secret import KEY, decoded, secret, signed
from serving.messaging.send import Bell as ByBell
from serving.messaging.send import send_due
from serving.state import Message, Messages, open_state
from tests.serving.test_discovery import BAR, DISC

NOBODY = {"endpoint": "https://fcm.googleapis.com/fcm/send/1", "keys": {"p256dh": "BCVx", "auth": "BTBZ"}}


@pytest.fixture
def store(state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv(KEY, str(tmp_path / "notify.key"))
    opened = open_state(f"sqlite:///{state}")
    yield opened.messages
    opened.close()


def preferences(client: TestClient, user: str, **changed: Any) -> Any:
    path = f"/v1/notifications/preferences?user_id={user}"
    answer = client.put(path, json=changed) if changed else client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def decided(client: TestClient, user: str) -> Decision:
    answer = client.post("/v1/notifications/decide", json={"user_id": user})
    assert answer.status_code == 200, answer.text
    return Decision.model_validate(answer.json())


def test_preferences_are_kept_and_wrong_ones_named(discovery: TestClient, store: Messages) -> None:
    assert preferences(discovery, "pam")["channels"]["email"] == {"on": False, "why": ""}
    kept = preferences(discovery, "pam", email="pam@example.org", timezone="Asia/Tokyo", channels={"in_app": False})
    assert (kept["email"], kept["timezone"], kept["quiet_from"]) == ("pam@example.org", "Asia/Tokyo", 22)
    assert {name: one["on"] for name, one in kept["channels"].items()} == {
        "email": True,
        "push": False,
        "in_app": False,
    }
    assert preferences(discovery, "pam") == kept
    path = "/v1/notifications/preferences?user_id=pam"
    for wrong, named in (({"email": "pam"}, "email"), ({"timezone": "Mars/Base"}, "no time zone 'Mars/Base'")):
        answer = discovery.put(path, json=wrong)
        assert (answer.status_code, named in answer.json()["error"]) == (422, True)
    assert discovery.delete("/v1/users/pam").status_code == 204
    assert preferences(discovery, "pam")["email"] == ""


def test_the_link_of_an_e_mail_ends_them_with_one_click(discovery: TestClient, store: Messages) -> None:
    preferences(discovery, "ulf", email="ulf@example.org")
    token = signed(secret(), "ulf", "email")
    led = discovery.get(f"/v1/unsubscribe?token={token}", follow_redirects=False)
    assert (led.status_code, led.headers["location"]) == (303, f"/#/notifications?token={token}")
    assert preferences(discovery, "ulf")["channels"]["email"]["on"]
    for forged in (signed(bytes(32), "ulf", "email"), token[:-4], "", "a.b"):
        answer = discovery.post(f"/v1/unsubscribe?token={forged}")
        assert (answer.status_code, "not one of ours" in answer.json()["error"]) == (403, True)
    form = {"List-Unsubscribe": "One-Click"}
    answer = discovery.post(f"/v1/unsubscribe?token={token}", data=form)
    assert answer.json() == {"channel": "email", "email": "u…@example.org"}
    assert preferences(discovery, "ulf")["channels"]["email"] == {
        "on": False,
        "why": "unsubscribed by a message's link",
    }


def test_the_bell_rings_once_and_says_why(discovery: TestClient, store: Messages) -> None:
    message = Message("bea", "2026-W48", 0, "in_app", "picks", 0.0, (BAR, DISC), "they were away for a week")
    store.add([message], 0.0)
    send_due(store, {"in_app": ByBell()}, 1e9, clock=lambda: 1000.0)

    def ring() -> Bell:
        return Bell.model_validate(discovery.get("/v1/notifications?user_id=bea").json())

    (entry,) = ring().messages
    assert [item.item_id for item in entry.items] == [BAR, DISC]
    assert (entry.reason, entry.seen, ring().unseen) == ("they were away for a week", False, 1)
    assert discovery.post("/v1/notifications/seen?user_id=bea").status_code == 204
    assert ring().unseen == 0
    said = {"message_id": message.message_id, "outcome": "visited"}
    assert [discovery.post("/v1/notifications/outcomes", json=said).status_code for _ in range(2)] == [200, 200]
    assert discovery.post("/v1/notifications/outcomes", json=said | {"message_id": "0" * 32}).status_code == 404
    assert discovery.post("/v1/notifications/outcomes", json=said | {"outcome": "bounced"}).status_code == 200
    assert preferences(discovery, "bea")["channels"]["in_app"] == {"on": False, "why": "bounced"}
    shown = decided(discovery, "bea")
    assert not {item.item_id for item in shown.items} & {BAR, DISC}
    exported = discovery.get("/v1/users/bea/export").json()
    assert exported["messages"][0]["item_ids"] == [BAR, DISC]


def test_it_decides_with_a_reason_and_heeds_what_people_want(discovery: TestClient, store: Messages) -> None:
    found = [decided(discovery, f"d{number}") for number in range(6)]
    assert all(one.reason and one.send is (one.channel is not None) for one in found)
    sent = next((number for number, one in enumerate(found) if one.send), None)
    assert sent is not None, [one.reason for one in found]
    assert (found[sent].channel, len(found[sent].items)) == ("in_app", 3)
    preferences(discovery, f"d{sent}", channels={"in_app": False})
    quiet = decided(discovery, f"d{sent}")
    assert (quiet.send, quiet.arm, quiet.items) == (False, None, [])
    assert "no channel reaches the person now" in quiet.reason


def test_only_push_services_that_are_known_are_sent_to(
    discovery: TestClient, store: Messages, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(decoded(discovery.get("/v1/notifications/key").json()["key"])) == 65
    path = "/v1/notifications/subscription"
    assert discovery.put(path, json={"user_id": "sue", **NOBODY}).status_code == 204
    assert preferences(discovery, "sue")["channels"]["push"]["on"]
    for elsewhere in ("https://10.0.0.1/admin", "http://fcm.googleapis.com/1", "https://fcm.googleapis.com.evil.org/"):
        answer = discovery.put(path, json={"user_id": "sue", **NOBODY, "endpoint": elsewhere})
        assert (answer.status_code, HOSTS in answer.json()["error"]) == (422, True)
