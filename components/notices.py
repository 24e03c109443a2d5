"""What a plan of messages is made of: who may be told things, and what is to be told to whom, when and how."""

from datetime import datetime
from functools import cache
from typing import Literal
from zoneinfo import available_timezones

from pydantic import AwareDatetime, Field, field_validator

from data.params import Strict

__all__ = ["Channel", "Notice", "Person", "known_timezone", "week_of"]

Channel = Literal["email", "push", "in_app"]


class Person(Strict):
    """Somebody who may be told things. Between `quiet_from` and `quiet_to`, hours in `timezone`, they are not.

    left_out: items that they hid, saved or were sent lately.
    """

    user_id: str
    channels: tuple[Channel, ...] = ("in_app",)
    timezone: str = "UTC"
    quiet_from: int = Field(22, ge=0, le=23)
    quiet_to: int = Field(8, ge=0, le=23)
    left_out: tuple[str, ...] = ()

    @field_validator("timezone")
    @classmethod
    def _known(cls, name: str) -> str:
        return known_timezone(name)


class Notice(Strict):
    """A planned message. user_id, week and slot name it: of one person, week and slot there is one."""

    user_id: str = Field(min_length=1, max_length=200)
    week: str = Field(pattern=r"^\d{4}-W\d{2}$", description="of ISO 8601")
    slot: int = Field(ge=0, lt=100, description="which of the person's messages of the week")
    channel: Channel
    arm: str = Field(min_length=1, max_length=200, description="what kind of message")
    send_at: AwareDatetime = Field(description="not before then")
    item_ids: tuple[str, ...] = Field((), max_length=3, description="what it shows")
    reason: str = Field("", max_length=500, description="why it is sent, in a sentence")


def known_timezone(name: str) -> str:
    """`name`, if it is a time zone; raises `ValueError` otherwise."""
    if name not in _timezones():
        raise ValueError(f"there is no time zone {name!r}; write one such as Europe/Berlin")
    return name


@cache
def _timezones() -> frozenset[str]:
    """Reading their folder takes a millisecond."""
    return frozenset(available_timezones())


def week_of(time: datetime) -> str:
    """Such as 2026-W48."""
    year, week, _ = time.isocalendar()
    return f"{year}-W{week:02d}"
