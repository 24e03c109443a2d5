"""The plan of a week: who gets which message on which channel, and when, in everybody's own time.

A slot is a day of the week, Monday first; a message goes out at the hour of the day at which the person looks most,
outside quiet hours.

Legend: N people, C channels, A arms, S slots, H hours of a day.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field

from components.volume.choice import Chooser
from data.errors import UserError, quoted
from data.params import Strict

__all__ = ["HOURS", "PLANNED", "SLOTS", "Chunk", "Plan", "Terms", "monday", "plan_week"]

HOURS, SLOTS = 24, 7
PLANNED = pa.schema(
    [
        pa.field("user_id", pa.string()),
        pa.field("week", pa.string()),  # ISO, such as 2025-W02
        pa.field("slot", pa.int8()),  # the day, 0 is Monday; a person has one message a slot
        pa.field("channel", pa.string()),
        pa.field("arm", pa.string()),  # what kind of message
        pa.field("send_at", pa.timestamp("s", tz="UTC")),
        pa.field("value", pa.float64()),  # what it gains, less what it may lose
        pa.field("item_ids", pa.list_(pa.string())),
        pa.field("reason", pa.string()),  # one sentence
    ]
)


class Terms(Strict):
    """What a week may cost people."""

    volume: int = Field(ge=0, description="messages of the week to everybody together")
    cap: int = Field(3, ge=1, le=SLOTS, description="most messages of a week to a person, one a day")
    caps: dict[str, int] = Field(description="by channel; a channel that is not named sends none")
    from_s: int = Field(0, ge=0, description="before it nothing is sent, seconds since 1970")
    quiet_from: int = Field(21, ge=0, lt=HOURS, description="hour from which nothing is sent, in the person's time")
    quiet_to: int = Field(8, ge=0, lt=HOURS, description="hour until which nothing is sent; equal: no quiet hours")

    def open_H(self) -> NDArray[np.bool_]:  # noqa: N802 - H is its shape
        """Hours at which something may be sent."""
        hour_H = np.arange(HOURS)
        since_H, length = (hour_H - self.quiet_from) % HOURS, (self.quiet_to - self.quiet_from) % HOURS
        return since_H >= length


@dataclass(frozen=True)
class Chunk:
    """Some people, in the order of the arrays.

    zone: time zone of each, such as Europe/Berlin. gain_NCA: what a message of an arm gains if it comes when the
    person looks most. cost_NCA: what it loses, whenever it comes. open_NC: channels that the person takes; of who is
    held back, none. looks_NSH: how likely each looks at each hour of the week, over the likeliest; None: as everybody.
    tires_N: see `Chooser.add`.
    """

    user_id: Sequence[str]
    zone: Sequence[str]
    gain_NCA: NDArray[np.floating]
    cost_NCA: NDArray[np.floating]
    open_NC: NDArray[np.bool_]
    looks_NSH: NDArray[np.floating]
    tires_N: NDArray[np.floating] | float = 0.0


@dataclass(frozen=True)
class Plan:
    """rows: of `PLANNED`, by time. price: what a message has to gain. refused: people who get nothing, and why."""

    rows: pa.Table
    price: float
    refused: Mapping[str, str]
    notes: tuple[str, ...]


def monday(week: str) -> date:
    """The first day of an ISO week.

    Raises:
        UserError: `week` is none.
    """
    try:
        year, number = week.split("-W")
        return date.fromisocalendar(int(year), int(number), 1)
    except ValueError:
        raise UserError(f"week is {quoted(week)}; give one such as 2025-W02") from None


def plan_week(
    people: Iterable[Chunk], terms: Terms, channels: Sequence[str], arms: Sequence[str], week: str, reason: str = ""
) -> Plan:
    """The messages of `week` that gain most together within `terms`; rows have no `item_ids` yet.

    A time zone that does not exist is refused, person by person.
    """
    first = monday(week)
    chooser = Chooser([terms.caps.get(channel, 0) for channel in channels], terms.cap, SLOTS)
    open_H, known = terms.open_H(), available_timezones()
    if not open_H.any():
        raise UserError("quiet hours fill the day; leave an hour at which something may be sent")
    users: list[str] = []
    zones: list[str] = []
    kept: list[tuple[NDArray, ...]] = []
    refused: dict[str, str] = {}
    for chunk in people:
        strange = {name for name in set(chunk.zone) if name not in known}
        open_NC = chunk.open_NC
        if strange:
            there_N = np.array([name not in strange for name in chunk.zone])
            open_NC = open_NC & there_N[:, None]
            for row in np.flatnonzero(~there_N).tolist():
                refused[chunk.user_id[row]] = f"there is no time zone {quoted(chunk.zone[row])}"
        zone_N, hours_ZSH = _hours_s(first, ["UTC" if name in strange else name for name in chunk.zone])
        looks_NSH = np.where(open_H & (hours_ZSH >= terms.from_s)[zone_N], chunk.looks_NSH, -1.0)
        hour_NS = looks_NSH.argmax(axis=2)
        looks_NS = np.take_along_axis(looks_NSH, hour_NS[:, :, None], axis=2)[:, :, 0]
        value_NCS, arm_NCS = _best(chunk, looks_NS)
        value_NCS[~open_NC] = 0.0
        value_NCS[np.broadcast_to(looks_NS[:, None] < 0, value_NCS.shape)] = 0.0  # no hour is left of the day
        chooser.add(value_NCS, chunk.tires_N)
        users += chunk.user_id
        zones += chunk.zone
        kept.append((hour_NS.astype(np.int8), arm_NCS, value_NCS))
    if not users:
        return Plan(PLANNED.empty_table(), 0.0, refused, ("there are no people",))
    chosen = chooser.choose(terms.volume)
    hour_NS, arm_NCS, value_NCS = (np.concatenate(parts) for parts in zip(*kept, strict=True))
    at = (chosen.person_M, chosen.channel_M, chosen.slot_M)
    value_M = value_NCS[at].astype(float)
    zone_M, hours_ZSH = _hours_s(first, [zones[person] for person in chosen.person_M.tolist()])
    sent_M = hours_ZSH[zone_M, chosen.slot_M, hour_NS[at[0], at[2]].astype(int)]
    names = {"channel": (channels, at[1]), "arm": (arms, arm_NCS[at].astype(int))}
    count = len(sent_M)
    rows = pa.table(
        {
            "user_id": pa.array([users[person] for person in at[0].tolist()], pa.string()),
            "week": pa.array([week] * count, pa.string()),
            "slot": pa.array(at[2].astype(np.int8)),
            **{name: pa.array(np.array(of, object)[place], pa.string()) for name, (of, place) in names.items()},
            "send_at": pa.array(sent_M, pa.timestamp("s", tz="UTC")),
            "value": pa.array(value_M),
            "item_ids": pa.array([[]] * count, pa.list_(pa.string())),
            "reason": pa.array([reason] * count, pa.string()),
        },
        schema=PLANNED,
    )
    order = np.lexsort((np.arange(count), sent_M))
    return Plan(rows.take(pa.array(order)), chosen.price, refused, _notes(count, terms, chosen.price, len(refused)))


def _best(chunk: Chunk, looks_NS: NDArray[np.floating]) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
    """Value and arm of the best message in each channel and slot."""
    people, channels, arms = chunk.gain_NCA.shape
    value_NCS = np.full((people, channels, SLOTS), -np.inf, np.float32)
    arm_NCS = np.zeros(value_NCS.shape, np.int8)
    for arm in range(arms):
        of_NCS = chunk.gain_NCA[:, :, arm, None] * looks_NS[:, None, :] - chunk.cost_NCA[:, :, arm, None]
        arm_NCS[of_NCS > value_NCS] = arm
        value_NCS = np.maximum(value_NCS, of_NCS.astype(np.float32))
    return value_NCS, arm_NCS


def _hours_s(first: date, zones: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The row of each of `zones`, and by row when each hour of the week begins there, seconds since 1970."""
    names, row_N = np.unique(np.array(zones, dtype=object).astype(str), return_inverse=True)
    hours_ZSH = np.zeros((len(names), SLOTS, HOURS), np.int64)
    for place, name in enumerate(names.tolist()):
        hours_ZSH[place] = _hours_in(first, name)
    return row_N, hours_ZSH


@lru_cache(1024)
def _hours_in(first: date, zone: str) -> list[list[int]]:
    days = [first + timedelta(days=slot) for slot in range(SLOTS)]
    local = [
        [datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(zone)) for hour in range(HOURS)] for day in days
    ]
    return [[int(hour.astimezone(UTC).timestamp()) for hour in hours] for hours in local]


def _notes(count: int, terms: Terms, price: float, refused: int) -> tuple[str, ...]:
    notes = [f"{count} messages; each gains more than {price:.4g}"] if price else [f"{count} messages gain something"]
    if not terms.volume:
        notes = ["the volume is 0; nobody gets a message"]
    elif count < terms.volume:
        notes.append(f"{terms.volume - count} of the volume are left, as no other message gains anything")
    if refused:
        notes.append(f"{refused} people are refused")
    return tuple(notes)
