"""`python -m serving.messaging people|add|send`: what the flow `notify` asks of the outbox.

    people FILE   write who may be told things, and how, as JSON
    add FILE      let the planned messages of a JSON file wait in the outbox, each once
    send          send what is due

| variable | meaning |
|---|---|
| `CORKBOARD_SERVICE_URL` | the address of discovery, which shows the items and to which links lead |
| `CORKBOARD_SMTP_URL`, `CORKBOARD_MAIL_FROM` | the mail server, and who writes; without them e-mails wait |
| `CORKBOARD_STATE_URL` | where the outbox is, as for the service |
"""

import argparse
import json
import os
import time
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from components.notices import Notice, Person
from data.errors import UserError
from data.files import write_text
from data.params import explain
from serving.command import run
from serving.messaging.hand_over import Carrier
from serving.messaging.letter import Letters, of_service
from serving.messaging.mail import Mail
from serving.messaging.push import Push
from serving.messaging.secret import secret
from serving.messaging.send import Bell, send_due
from serving.state import Message, Messages, State, open_state
from serving.state.stores import KEPT_EVENTS

__all__ = ["main"]

SERVICE, SMTP, FROM = "CORKBOARD_SERVICE_URL", "CORKBOARD_SMTP_URL", "CORKBOARD_MAIL_FROM"
HERE = "http://127.0.0.1:3000"
LATELY_S = 28 * 86_400  # for which nothing is sent again
NOTICES = TypeAdapter(list[Notice])


def main() -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="python -m serving.messaging")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("people", "add"):
        commands.add_parser(name).add_argument("file", type=Path)
    commands.add_parser("send").add_argument("--per-second", type=float, default=10.0)
    given = parser.parse_args()
    state = open_state()
    try:
        if state.messages is None:
            raise UserError("Redis keeps no outbox; keep the state in SQLite or PostgreSQL")
        if given.command == "people":
            return _people(state, state.messages, given.file)
        if given.command == "add":
            return _added(state.messages, given.file)
        return _sent(state.messages, given.per_second)
    finally:
        state.close()


def _people(state: State, store: Messages, file: Path) -> dict[str, Any]:
    found = [
        Person(
            user_id=user_id,
            channels=tuple(
                channel
                for channel, there in (("email", bool(known.email)), ("push", subscribed), ("in_app", True))
                if there and channel not in known.stopped
            ),
            timezone=known.timezone,
            quiet_from=known.quiet_from,
            quiet_to=known.quiet_to,
            left_out=_left_out(state, store, user_id),
        )
        for user_id, (known, subscribed) in store.people().items()
    ]
    write_text(file, json.dumps([person.model_dump() for person in found]))
    return {"people": len(found)}


def _left_out(state: State, store: Messages, user_id: str) -> tuple[str, ...]:
    hidden = {event.item_id for event in state.events.last(user_id, KEPT_EVENTS, ("hide",))}
    saved = {item_id for item_ids in state.boards.of(user_id).values() for item_id in item_ids}
    return tuple(sorted(hidden | saved | store.shown(user_id, time.time() - LATELY_S)))


def _added(store: Messages, file: Path) -> dict[str, Any]:
    try:
        notices = NOTICES.validate_json(file.read_bytes())
    except ValidationError as error:
        raise UserError(f"{file} holds no plan: {explain(error)}") from None
    messages = [
        Message(**notice.model_dump(exclude={"send_at"}), send_at_s=notice.send_at.timestamp()) for notice in notices
    ]
    return {"planned": len(messages), "new": store.add(messages, time.time())}


def _sent(store: Messages, per_second: float) -> dict[str, Any]:
    service, smtp, sender = os.environ.get(SERVICE, HERE), os.environ.get(SMTP), os.environ.get(FROM)
    if bool(smtp) != bool(sender):
        raise UserError(f"{SMTP} and {FROM} belong together; set both, or neither")
    key = secret()
    letters = Letters(service, sender or "", key, of_service(service))
    carriers: dict[str, Carrier] = {"in_app": Bell()}
    if smtp and sender:
        carriers["email"] = Mail(smtp, sender, letters.letter)
        carriers["push"] = Push(key, sender, store, letters.push)
    return send_due(store, carriers, per_second)


if __name__ == "__main__":
    run(main)
