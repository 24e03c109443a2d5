"""What a message says: an e-mail with its pictures inside, and the few words of a push or the bell."""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from textwrap import shorten
from typing import Any
from urllib.parse import quote, urlsplit

from data.errors import UserError
from serving.messaging.secret import signed
from serving.state import Message, Preferences

__all__ = ["Letters", "Thing", "of_service", "words_of"]

MOST = 3  # pictures of one message
PICTURE_PX = 480
MOST_LETTERS = 60  # of a title in a line
WHY = "You get this because you asked Corkboard to write to you."


@dataclass(frozen=True)
class Thing:
    """An item that a message shows. picture: JPEG."""

    item_id: str
    title: str
    picture: bytes


Find = Callable[[str], Thing | None]


class Letters:
    """Makes e-mails and pushes. address: of the page, for links. find: an item, None for one that is not shown."""

    def __init__(self, address: str, sender: str, key: bytes, find: Find) -> None:
        self._address, self._sender, self._key, self._find = address.rstrip("/"), sender, key, find

    def letter(self, message: Message, to: Preferences) -> EmailMessage:
        """As text and as HTML; its links and headers end the e-mails with one click (RFC 8058)."""
        things = self._things(message)
        subject, stop = words_of([thing.title for thing in things]), self._stop(message)
        made = EmailMessage()
        made["From"], made["To"], made["Subject"] = f"Corkboard <{self._sender}>", to.email, subject
        made["Message-ID"] = f"<{message.message_id}@{self._sender.rpartition('@')[2]}>"
        made["Date"] = formatdate(message.send_at_s)
        made["Auto-Submitted"] = "auto-generated"
        made["List-Unsubscribe"] = f"<{self._address}/v1/unsubscribe?token={stop}>"
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        page = f"{self._address}/#/notifications?token={stop}"
        links = [f"{thing.title}: {self._link(thing, message)}" for thing in things]
        made.set_content("\n\n".join([subject, *links, f"{WHY}\nStop these e-mails: {page}"]) + "\n")
        made.add_alternative(self._html(message, subject, things, page), subtype="html")
        body = made.get_payload()[1]  # type: ignore[index]
        for thing in things:
            body.add_related(thing.picture, "image", "jpeg", cid=f"<{_cid(thing)}>", disposition="inline")  # type: ignore[union-attr]
        return made

    def push(self, message: Message) -> dict[str, Any]:
        """What the service worker shows."""
        things = self._things(message)
        first = f"/v1/items/{quote(things[0].item_id)}/picture" if things else None
        link = self._link(things[0], message) if things else f"{self._address}/#/for-you"
        return {
            "message_id": message.message_id,
            "title": words_of([thing.title for thing in things]),
            "image": first,
            "link": link,
        }

    def _things(self, message: Message) -> list[Thing]:
        found = [self._find(item_id) for item_id in message.item_ids[:MOST]]
        return [thing for thing in found if thing is not None]

    def _stop(self, message: Message) -> str:
        return signed(self._key, message.user_id, message.channel)

    def _link(self, thing: Thing, message: Message) -> str:
        return f"{self._address}/#/item/{quote(thing.item_id, safe='')}?message={message.message_id}"

    def _html(self, message: Message, subject: str, things: Sequence[Thing], page: str) -> str:
        cells = "".join(
            f'<p style="margin:0 0 24px"><a href="{html.escape(self._link(thing, message))}" '
            f'style="color:#1d1a16;text-decoration:none"><img src="cid:{_cid(thing)}" width="{PICTURE_PX}" alt="" '
            f'style="width:100%;border-radius:16px;display:block"><b style="display:block;padding-top:8px">'
            f"{html.escape(thing.title)}</b></a></p>"
            for thing in things
        )
        return (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(subject)}</title></head>'
            '<body style="margin:0;background:#faf7f2;font:16px/1.5 sans-serif;color:#1d1a16">'
            f'<div style="max-width:{PICTURE_PX}px;margin:0 auto;padding:24px">'
            f'<h1 style="font-size:22px">{html.escape(subject)}</h1>{cells}'
            f'<p style="font-size:13px;color:#655d52">{WHY} <a href="{html.escape(page)}" style="color:#655d52">'
            "Stop these e-mails, or choose what you get</a>.</p></div></body></html>"
        )


def words_of(titles: Sequence[str]) -> str:
    """One line that says what a message shows."""
    named = [shorten(title, MOST_LETTERS, placeholder=" …") for title in titles if title.strip()]
    if not named:
        return "New pictures for you"
    return named[0] if len(named) == 1 else f"{named[0]}, and {len(named) - 1} more for you"


def of_service(address: str) -> Find:
    """Items as the running service shows them; what it does not show is in no message."""
    import httpx

    client = httpx.Client(base_url=address, timeout=10.0)

    def find(item_id: str) -> Thing | None:
        path = f"/v1/items/{quote(item_id)}"
        try:
            item, picture = client.get(path), client.get(f"{path}/picture")
        except httpx.HTTPError as error:
            host = urlsplit(address).netloc
            raise UserError(f"the service at {host} cannot be asked for items ({error}); start it, then send") from None
        if item.status_code == 404 or picture.status_code == 404:
            return None
        if not (item.is_success and picture.is_success):
            raise UserError(f"the service answered {item.status_code} for an item; see its log, then send again")
        return Thing(item_id, item.json()["title"], picture.content)

    return find


def _cid(thing: Thing) -> str:
    return f"{quote(thing.item_id, safe='')}@corkboard"
