"""Requests and answers about messages to people."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from components.notices import Channel, known_timezone
from data.params import Strict
from serving.discovery.types import Degraded, Item, ReviewId, UserId
from serving.messaging.mail import ADDRESS

__all__ = [
    "Because",
    "Bell",
    "BellQuery",
    "Decide",
    "Decision",
    "Outcome",
    "Preferences",
    "PreferencesChange",
    "PushKey",
    "Recorded",
    "Subscribe",
    "Token",
    "Unsubscribed",
    "Whose",
]

Hour = Annotated[int, Field(ge=0, le=23)]
Text = Annotated[str, Field(min_length=1, max_length=500)]
Key = Annotated[str, Field(max_length=200, pattern=r"^[A-Za-z0-9_-]+=*$")]


class Whose(Strict):
    user_id: UserId = "somebody"


class BellQuery(Whose):
    k: int = Field(20, ge=1, le=100)


class Decide(Strict):
    """Whether to tell somebody something now."""

    user_id: UserId
    attributes: dict[Text, Text] = Field(default_factory=dict, max_length=500, description="what is known of them")
    k: int = Field(3, ge=1, le=3, description="most pictures")


class Because(Strict):
    """What is known of a person, and what it adds to the gain of the best message."""

    covariate: str
    gain: float


class Decision(Strict):
    send: bool
    arm: str | None
    channel: str | None
    items: list[Item] = Field(
        description="what to show; nothing that was hidden, saved, or sent in the last four weeks"
    )
    reason: str
    because: list[Because] = Field(description="what moves the gain of the best message most")
    held_back: bool = Field(description="whether they get nothing so that others can be measured against them")
    degraded: list[Degraded]


class Switch(Strict):
    on: bool
    why: str = Field(description="why it is off, where it is not the person's choice alone")


class Preferences(Strict):
    """How a person may be told things."""

    email: str = Field(description="empty: no e-mail is sent")
    timezone: str
    quiet_from: Hour
    quiet_to: Hour
    channels: dict[Channel, Switch]


class PreferencesChange(Strict):
    """All of it at once. Between the hours `quiet_from` and `quiet_to` of their day nothing is sent."""

    email: str = Field("", max_length=320, pattern=f"{ADDRESS}|^$")
    timezone: str = "UTC"
    quiet_from: Hour = 22
    quiet_to: Hour = 8
    channels: dict[Channel, bool] = Field(default_factory=dict, description="those that are left out are on")

    @field_validator("timezone")
    @classmethod
    def _known(cls, name: str) -> str:
        return known_timezone(name)


class PushKey(Strict):
    key: str = Field(description="to which a browser subscribes, base64url")


class PushKeys(Strict):
    p256dh: Key
    auth: Key


class Subscribe(Strict):
    """A browser that takes messages, as its `PushSubscription` says it."""

    user_id: UserId
    endpoint: str = Field(max_length=2000, pattern=r"^https?://[\x21-\x7e]+$")
    keys: PushKeys


class Outcome(Strict):
    """What came of a message. After `bounced` and `unsubscribed` its channel is off."""

    message_id: ReviewId
    outcome: Literal["opened", "visited", "bought", "unsubscribed", "bounced"]


class Recorded(Strict):
    recorded: Literal[True] = True


class BellEntry(Strict):
    message_id: str
    text: str
    items: list[Item]
    reason: str = Field(description="why it was sent")
    sent_s: float
    seen: bool


class Bell(Strict):
    messages: list[BellEntry] = Field(description="the latest first")
    unseen: int


class Token(Strict):
    token: str = Field("", max_length=2000)


class Unsubscribed(Strict):
    channel: Channel
    email: str = Field(description="the address, with all but its first letter hidden")
