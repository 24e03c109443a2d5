"""Messages: handed over once whatever is killed, in the forms of their standards, and never to who wants none."""

import hmac
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message as Received
from email.policy import default
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from data.errors import UserError
from serving.messaging.letter import Letters, Thing
from serving.messaging.mail import Mail
from serving.messaging.push import HOSTS, Push, encrypted, public_key
from serving.messaging.secret import KEY as KEY_FILE
from serving.messaging.secret import decoded, encoded, secret, signed, unsigned
from serving.messaging.send import Bell, quiet_until, send_due
from serving.process import free_port
from serving.state import Message, Messages, Preferences, Subscription, open_state

ROOT = Path(__file__).parents[2]
ASKED = os.environ.get("CORKBOARD_TEST_KILLS")
KILLS, PEOPLE = (int(ASKED), 50 * int(ASKED)) if ASKED else (20, 160)
KEY = bytes(range(32))
PICTURE = b"\xff\xd8 a picture \xff\xd9"
ALWAYS = Preferences(quiet_from=0, quiet_to=0)
SENDERS = """
import os, sys
from serving.messaging.letter import Letters
from serving.messaging.mail import Mail
from serving.messaging.send import Bell, send_due
from serving.state import open_state
url, port = sys.argv[1:]
for _ in sys.stdin:
    child = os.fork()
    if not child:
        letters = Letters("http://here", "we@example.org", bytes(32), lambda item_id: None)
        mail = Mail(f"smtp://127.0.0.1:{port}", "we@example.org", letters.letter)
        send_due(open_state(url).messages, {"email": mail, "in_app": Bell()}, 1e9, lease_s=0.2)
        os._exit(0)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""  # a process of its own for every line, quickly


class Post:
    """What an SMTP server took. Of `bounce@`, it says that there is no such person."""

    def __init__(self) -> None:
        self.taken: list[Received] = []
        self.lines: list[bytes] = []  # of the last one

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if address.startswith("bounce@"):
            return "550 5.1.1 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.lines = envelope.content.splitlines()
        self.taken.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"


@pytest.fixture
def post() -> Iterator[tuple[Post, int]]:
    port, taken = free_port(), Post()
    controller = Controller(taken, hostname="127.0.0.1", port=port)
    controller.start()
    yield taken, port
    controller.stop()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Messages]:
    state = open_state(f"sqlite:///{tmp_path}")
    assert state.messages is not None
    yield state.messages
    state.close()


def letters() -> Letters:
    things = {"a/b": Thing("a/b", "Red <dress>", PICTURE), "c": Thing("c", "Bar", PICTURE)}
    return Letters("https://pins.example", "we@pins.example", KEY, things.get)


def planned(user: str, channel: Any = "email", slot: int = 0, **more: Any) -> Message:
    return Message(user, "2026-W48", slot, channel, "picks", more.pop("send_at_s", time.time() - 1), **more)


def mailing(port: int) -> dict[str, Any]:
    return {"email": Mail(f"smtp://127.0.0.1:{port}", "we@pins.example", letters().letter), "in_app": Bell()}


def states(store: Messages) -> dict[tuple[str, str], int]:
    return {(channel, state): count for channel, state, _, count in store.counts()}


def test_an_e_mail_has_text_pictures_and_a_way_out(store: Messages, post: tuple[Post, int]) -> None:
    taken, port = post
    store.prefer("ann", Preferences("ann@example.org", quiet_from=0, quiet_to=0))
    message = planned("ann", item_ids=("a/b", "gone", "c"))
    assert store.add([message, message], 0.0) == 1
    carriers = mailing(port)
    assert send_due(store, carriers, 1e9)["counts"] == {"sent": 1}
    assert store.add([message], 0.0) == 0
    assert send_due(store, carriers, 1e9)["counts"] == {}
    carriers["email"].close()
    (mail,) = taken.taken
    assert mail["Message-ID"] == f"<{message.message_id}@pins.example>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    token = signed(KEY, "ann", "email")
    assert f"List-Unsubscribe: <https://pins.example/v1/unsubscribe?token={token}>".encode() in taken.lines
    assert [part.get_content_type() for part in mail.walk()] == [
        *("multipart/alternative", "text/plain", "multipart/related", "text/html", "image/jpeg", "image/jpeg")
    ]
    _, text, _, page, picture, _ = list(mail.walk())
    assert "Red <dress>: https://pins.example/#/item/a%2Fb?message=" in text.get_content()  # type: ignore[attr-defined]
    html = page.get_content()  # type: ignore[attr-defined]
    assert "Red &lt;dress&gt;" in html
    assert f'src="cid:{picture["Content-ID"].strip("<>")}"' in html
    assert picture.get_payload(decode=True) == PICTURE
    assert unsigned(KEY, token) == ("ann", "email")
    for forged in (token[:-2] + "AA", signed(bytes(32), "ann", "email"), "x", "", "ü.ü"):
        assert unsigned(KEY, forged) is None


def test_who_wants_none_gets_none(store: Messages, post: tuple[Post, int]) -> None:
    taken, port = post
    for user in ("bounce", "stopped", "night"):
        store.prefer(user, Preferences(f"{user}@example.org", quiet_from=0, quiet_to=0))
    store.prefer("wrong", Preferences("no address", quiet_from=0, quiet_to=0))
    noon_s = time.time() // 86_400 * 86_400 + 43_200.0  # at night nobody would get anything
    store.prefer("night", Preferences("night@example.org", "UTC", 12, 14))
    people = ("bounce", "stopped", "night", "wrong", "nobody")
    store.add([planned(user, send_at_s=noon_s - 1) for user in people], 0.0)
    store.add([planned("late", send_at_s=noon_s - 90_000), planned("early", send_at_s=noon_s + 90)], 0.0)
    store.stop("stopped", "email", "by the person")
    carriers = mailing(port)
    send_due(store, carriers, 1e9, clock=lambda: noon_s)
    carriers["email"].close()
    assert taken.taken == []
    found = {(state, why): count for _, state, why, count in store.counts()}
    assert found == {
        ("refused", "bounced: 550 5.1.1 no such person"): 1,
        ("refused", "switched off"): 1,
        ("refused", "no address"): 2,
        ("refused", "too late"): 1,
        ("waiting", "quiet hours"): 1,
        ("waiting", ""): 1,
    }
    assert "550" in store.preferences("bounce").stopped["email"]


def test_an_opt_out_at_the_last_moment_counts(store: Messages, post: tuple[Post, int]) -> None:
    taken, port = post
    store.prefer("ann", Preferences("ann@example.org", quiet_from=0, quiet_to=0))
    store.add([planned("ann")], 0.0)

    def late(message: Message, to: Preferences) -> Any:
        store.stop("ann", "email", "by the person")
        return letters().letter(message, to)

    mail = Mail(f"smtp://127.0.0.1:{port}", "we@pins.example", late)
    assert send_due(store, {"email": mail}, 1e9)["counts"] == {"refused": 1}
    assert taken.taken == []


def test_a_mail_server_that_is_away_loses_nothing(store: Messages) -> None:
    for user in ("ann", "ben"):
        store.prefer(user, Preferences(f"{user}@example.org", quiet_from=0, quiet_to=0))
    store.add([planned("ann"), planned("ben"), planned("ben", "in_app", 1)], 0.0)
    result = send_due(store, mailing(free_port()), 1e9)
    assert result["counts"] == {"waiting": 2, "sent": 1}
    assert "cannot be used" in result["away"]["email"]
    assert [one.channel for one in store.bell("ben", 9)] == ["in_app"]


def test_killed_at_any_moment_nobody_is_told_twice_or_forgotten(
    store: Messages, post: tuple[Post, int], tmp_path: Path
) -> None:
    taken, port = post
    users = [f"u{number}" for number in range(PEOPLE)]
    for user in users:
        store.prefer(user, Preferences(f"{user}@example.org", quiet_from=0, quiet_to=0))
    store.add([planned(user, "in_app" if number % 5 == 0 else "email") for number, user in enumerate(users)], 0.0)
    command = [sys.executable, "-c", SENDERS, f"sqlite:///{tmp_path}", str(port)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as senders:
        assert senders.stdin is not None
        assert senders.stdout is not None
        for kill in range(KILLS):
            wanted = len(taken.taken) + 1 + kill % (PEOPLE // KILLS // 2)
            print("go", file=senders.stdin, flush=True)
            child = int(senders.stdout.readline())
            while len(taken.taken) < wanted:
                time.sleep(0.0005)
            time.sleep(0.0004 * (kill % 11))
            os.kill(child, signal.SIGKILL)
            assert senders.stdout.readline() == f"{-signal.SIGKILL}\n", "all was sent before it could be killed"
    time.sleep(0.3)  # until the last dead sender's lease has ended
    send_due(store, mailing(port), 1e9, lease_s=0.2)
    times = Counter(mail["To"].partition("@")[0] for mail in taken.taken)
    belled = {user for user in users if store.bell(user, 9)}
    assert max(times.values()) == 1
    assert set(times) | belled == set(users)
    assert set(states(store)) <= {("email", "sent"), ("email", "uncertain"), ("in_app", "sent")}
    assert states(store).get(("email", "uncertain"), 0) <= KILLS
    assert states(store)[("in_app", "sent")] == len(users) // 5


def test_quiet_hours_are_those_of_the_person() -> None:
    berlin = Preferences(timezone="Europe/Berlin", quiet_from=22, quiet_to=8)
    noon_s = 1_767_268_800.0  # 2026-01-01 12:00 UTC
    assert quiet_until(berlin, noon_s) is None
    assert quiet_until(berlin, noon_s + 9 * 3600) == noon_s + 19 * 3600  # 22:00 there until 8:00, which is 7:00 UTC
    assert quiet_until(berlin, noon_s - 6 * 3600) == noon_s - 5 * 3600
    assert quiet_until(Preferences(quiet_from=3, quiet_to=3), noon_s) is None


class Browser:
    """A push service with one browser that reads what comes; `says` is its answer."""

    def __init__(self) -> None:
        self.key, self.auth = ec.generate_private_key(ec.SECP256R1()), bytes(range(16))
        self.read: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.says = 201
        told = self

        class Endpoint(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                told.headers.append(dict(self.headers))
                told.read.append(told.decrypted(body))
                self.send_response(told.says)
                self.end_headers()

            def log_message(self, *_: Any) -> None: ...

        self.server = HTTPServer(("127.0.0.1", 0), Endpoint)
        Thread(target=self.server.serve_forever, daemon=True).start()

    def subscription(self) -> Subscription:
        address = f"http://127.0.0.1:{self.server.server_port}/push/1"
        return Subscription(address, encoded(point(self.key.public_key())), encoded(self.auth))

    def decrypted(self, body: bytes) -> bytes:
        """By RFC 8188 and 8291, from the browser's side."""
        salt, length = body[:16], body[20]
        theirs = body[21 : 21 + length]
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs))
        info = b"WebPush: info\0" + point(self.key.public_key()) + theirs
        ikm = hkdf(self.auth, shared, info, 32)
        key = hkdf(salt, ikm, b"Content-Encoding: aes128gcm\0", 16)
        nonce = hkdf(salt, ikm, b"Content-Encoding: nonce\0", 12)
        padded = AESGCM(key).decrypt(nonce, body[21 + length :], None)
        return padded.rstrip(b"\0")[:-1]


def point(public: Any) -> bytes:
    raw: bytes = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return raw


def hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    mixed = hmac.digest(salt, secret, "sha256")
    return hmac.digest(mixed, info + b"\1", "sha256")[:length]


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    monkeypatch.setenv(HOSTS, "127.0.0.1")
    made = Browser()
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_a_push_is_read_by_its_browser_alone_and_a_browser_that_is_gone_switches_it_off(
    store: Messages, browser: Browser
) -> None:
    store.prefer("ann", ALWAYS)
    store.prefer("ben", ALWAYS)
    store.subscribe("ann", browser.subscription())
    store.add([planned("ann", "push", item_ids=("c",)), planned("ben", "push")], 0.0)
    push = Push(KEY, "we@pins.example", store, letters().push)
    assert send_due(store, {"push": push, "email": push}, 1e9)["counts"] == {"sent": 1, "refused": 1}
    (read,) = map(json.loads, browser.read)
    message_id = planned("ann").message_id
    assert read["title"] == "Bar"
    assert read["link"] == f"https://pins.example/#/item/c?message={message_id}"
    (headers,) = browser.headers
    assert headers["Topic"] == message_id
    kind, token, key = re.match(r"(\w+) t=(.*), k=(.*)", headers["Authorization"]).groups()  # type: ignore[union-attr]
    assert (kind, key) == ("vapid", public_key(KEY))
    words, _, signature = token.rpartition(".")
    claims = json.loads(decoded(words.partition(".")[2]))
    assert claims["aud"] == f"http://127.0.0.1:{browser.server.server_port}"
    raw = decoded(signature)
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    known = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(key))
    known.verify(der, words.encode(), ec.ECDSA(SHA256()))  # raises if it is not ours

    browser.says = 503
    store.add([planned("ann", "push", 1)], 0.0)
    assert send_due(store, {"push": push, "email": push}, 1e9)["counts"] == {"waiting": 1}
    browser.says = 410
    store.add([planned("ann", "push", 2)], 0.0)
    assert send_due(store, {"push": push, "email": push}, 1e9)["counts"] == {"refused": 1}
    push.close()
    assert store.preferences("ann").stopped == {"push": "every browser is gone"}
    assert store.subscriptions("ann") == []


def test_pushes_are_encrypted_as_the_standards_example(monkeypatch: pytest.MonkeyPatch) -> None:
    private = int.from_bytes(decoded("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big")
    monkeypatch.setattr(ec, "generate_private_key", lambda curve: ec.derive_private_key(private, curve))
    monkeypatch.setattr("os.urandom", lambda _: decoded("DGv6ra1nlYgDCS1FRnbzlw"))
    to = Subscription(
        "",
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "BTBZMqHH6r4Tts7J_aSIgg",
    )
    assert encoded(encrypted(b"When I grow up, I want to be a watermelon", to)) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3"
        "jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_the_secret_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "keys" / "notify.key"
    monkeypatch.setenv(KEY_FILE, str(path))
    assert secret() == secret()
    assert path.stat().st_mode & 0o077 == 0
    assert [one.name for one in path.parent.iterdir()] == ["notify.key"]
    path.write_bytes(b"short")
    with pytest.raises(UserError, match="give back the file"):
        secret()
