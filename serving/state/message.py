"""A message of the outbox and what a person prefers, as they are stored."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["CHANNELS", "Channel", "Message", "MessageState", "Preferences", "Subscription", "message_id_of"]

Channel = Literal["email", "push", "in_app"]
MessageState = Literal["waiting", "claimed", "sending", "sent", "refused", "uncertain"]
CHANNELS: tuple[Channel, ...] = ("email", "push", "in_app")


@dataclass(frozen=True)
class Message:
    """One message to one person; `user_id`, `week` and `slot` together occur once.

    week: of ISO 8601, such as 2026-W48. slot: which of the person's messages of the week. item_ids: what it shows. why:
    the reason of its state, where it was not sent. changed_s: when its state changed.
    """

    user_id: str
    week: str
    slot: int
    channel: Channel
    arm: str
    send_at_s: float
    item_ids: Sequence[str] = ()
    reason: str = ""
    state: MessageState = "waiting"
    why: str = ""
    changed_s: float = 0.0
    seen: bool = False

    @property
    def message_id(self) -> str:
        """The same for the same person, week and slot, whoever plans it and how often."""
        return message_id_of(self.user_id, self.week, self.slot)


@dataclass(frozen=True)
class Preferences:
    """How a person may be told things. stopped: channels that are switched off, and why.

    quiet_from, quiet_to: hours of the day in `timezone` between which nothing is sent; equal: there are none.
    """

    email: str = ""
    timezone: str = "UTC"
    quiet_from: int = 22
    quiet_to: int = 8
    stopped: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Subscription:
    """Where a browser takes messages, and by which keys it reads them, base64url (RFC 8291)."""

    endpoint: str
    p256dh: str
    auth: str


def message_id_of(user_id: str, week: str, slot: int) -> str:
    return hashlib.sha256(f"{week}|{slot}|{user_id}".encode()).hexdigest()[:32]
