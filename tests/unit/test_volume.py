"""The weekly choice reaches what an integer program reaches, and sends when people are awake."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from components.message import Message
from components.systems.user_sequence.types import Recommendation, Request, Response
from components.volume.choice import Chooser
from components.volume.content import with_content
from components.volume.week import SLOTS, Chunk, Terms, plan_week
from data.errors import UserError

CAPS, CAP = (2, 1, 1), 2
CHANNELS, ARMS = ("push", "email", "in_app"), ("digest", "picks")


def program(value_NCS: np.ndarray, volume: int) -> float:
    """The most that can be gained, by an integer program."""
    people, channels, slots = value_NCS.shape
    number_NCS = np.arange(value_NCS.size).reshape(value_NCS.shape)
    rows, bounds = [np.ones(value_NCS.size)], [volume]

    def at_most(cells: np.ndarray, most: int) -> None:
        row = np.zeros(value_NCS.size)
        row[cells.ravel()] = 1
        rows.append(row)
        bounds.append(most)

    for person in range(people):
        at_most(number_NCS[person], CAP)
        for channel in range(channels):
            at_most(number_NCS[person, channel], CAPS[channel])
        for slot in range(slots):
            at_most(number_NCS[person, :, slot], 1)
    found = milp(
        -value_NCS.ravel(),
        constraints=LinearConstraint(np.array(rows), ub=bounds),
        integrality=np.ones(value_NCS.size),
        bounds=Bounds(0, 1),
    )
    return float(-found.fun)


@pytest.mark.parametrize("volume", [0, 1, 5, 9, 500])
def test_the_choice_is_as_good_as_that_of_an_integer_program(volume: int) -> None:
    value_NCS = np.random.default_rng(volume).normal(0.2, 1, (8, 3, 4))
    chooser = Chooser(CAPS, CAP, 4)
    for part in np.array_split(value_NCS, 3):
        chooser.add(part)
    chosen = chooser.choose(volume)
    assert len(chosen.person_M) <= volume
    cells = list(zip(chosen.person_M, chosen.slot_M, strict=True))
    assert len(cells) == len(set(cells))
    assert np.bincount(chosen.person_M, minlength=1).max(initial=0) <= CAP
    reached = value_NCS[chosen.person_M, chosen.channel_M, chosen.slot_M].sum()
    assert reached == pytest.approx(program(value_NCS, volume))


def test_equal_gains_spend_the_volume_to_one_message() -> None:
    chooser = Chooser((3,), 3, 7)
    chooser.add(np.full((10, 1, 7), 0.5))
    assert [len(chooser.choose(volume).person_M) for volume in (0, 1, 7, 29, 30, 99)] == [0, 1, 7, 29, 30, 30]


def test_who_tires_gets_fewer() -> None:
    chooser = Chooser((3,), 3, 7)
    chooser.add(np.full((2, 1, 7), 0.5), np.array([0.0, 0.3]))
    assert np.bincount(chooser.choose(99).person_M).tolist() == [3, 2]


def chunk(zones: list[str], gain: float = 0.1) -> Chunk:
    people = len(zones)
    looks_NSH = np.random.default_rng(0).random((people, SLOTS, 24))
    looks_NSH[:, :, 3] = 1.0  # most look in the night
    shape = (people, len(CHANNELS), len(ARMS))
    gain_NCA = np.full(shape, gain) * np.array([1.0, 2.0])
    names = [f"person-{number}" for number in range(people)]
    return Chunk(names, zones, gain_NCA, np.full(shape, 0.01), np.ones(shape[:2], bool), looks_NSH)


TERMS = Terms(volume=6, cap=2, caps={"push": 2, "email": 1})


def test_nothing_is_sent_in_quiet_hours_of_anybodys_zone_nor_where_there_is_no_such_zone() -> None:
    zones = ["Asia/Tokyo", "America/Los_Angeles", "Europe/Berlin", "Europe/Atlantis"]
    plan = plan_week([chunk(zones)], TERMS, CHANNELS, ARMS, "2025-W14")  # Berlin's clocks went forward the day before
    zone_of = {f"person-{number}": zone for number, zone in enumerate(zones)}
    rows = plan.rows.to_pylist()
    assert len(rows) == 6
    assert [row["send_at"] for row in rows] == sorted(row["send_at"] for row in rows)
    assert {row["channel"] for row in rows} <= {"push", "email"}
    for row in rows:
        local = row["send_at"].astimezone(ZoneInfo(zone_of[row["user_id"]]))
        assert 8 <= local.hour < 21
        assert local.date() == (datetime(2025, 3, 31, tzinfo=UTC) + timedelta(days=row["slot"])).date()
        assert row["arm"] == "picks"
    assert plan.refused == {"person-3": "there is no time zone 'Europe/Atlantis'"}


@pytest.mark.parametrize(
    ("volume", "count", "note"), [(0, 0, "the volume is 0"), (10**9, 4, "999999996 of the volume are left")]
)
def test_a_volume_of_nothing_and_of_more_than_everybody_says_so(volume: int, count: int, note: str) -> None:
    terms = TERMS.model_copy(update={"volume": volume})
    plan = plan_week([chunk(["UTC", "UTC"])], terms, CHANNELS, ARMS, "2025-W14")
    assert plan.rows.num_rows == count
    assert any(note in one for one in plan.notes)


def test_a_message_that_loses_more_than_it_gains_is_not_sent() -> None:
    assert plan_week([chunk(["UTC"], gain=0.0)], TERMS, CHANNELS, ARMS, "2025-W14").rows.num_rows == 0


def test_days_and_hours_that_have_gone_by_get_no_message() -> None:
    now = datetime(2025, 4, 5, 13, tzinfo=UTC)  # of the last day but one: 21:00 in Perth, 06:00 in Los Angeles
    terms = TERMS.model_copy(update={"from_s": int(now.timestamp())})
    zones = ["UTC", "Australia/Perth", "America/Los_Angeles"]
    rows = plan_week([chunk(zones)], terms, CHANNELS, ARMS, "2025-W14").rows.to_pylist()
    assert min(row["send_at"] for row in rows) > now
    days = {
        zone: sorted(row["slot"] for row in rows if row["user_id"] == f"person-{n}") for n, zone in enumerate(zones)
    }
    assert days == {"UTC": [5, 6], "Australia/Perth": [6], "America/Los_Angeles": [5, 6]}


def test_a_week_that_is_none_is_named() -> None:
    with pytest.raises(UserError, match="2025-54"):
        plan_week([], TERMS, CHANNELS, ARMS, "2025-54")


class Tastes:
    """A recommender that has the same ten pictures for everybody."""

    item_ids = tuple(f"picture-{number}" for number in range(10))

    def answers(self, requests: Sequence[Message]) -> list[Message]:
        best = [
            [Recommendation(item_id=one, score=1.0) for one in self.item_ids[: request.fields.k]]
            for request in requests
        ]
        return [Message(Response(items=tuple(items), personal=True)) for items in best]

    def is_quick(self, request: Message) -> bool:
        return True

    def trend(self) -> None:
        return None


def test_a_message_shows_three_pictures_at_most_and_none_that_was_seen_hidden_or_in_the_last_one() -> None:
    plan = plan_week([chunk(["UTC", "UTC", "UTC"])], TERMS, CHANNELS, ARMS, "2025-W14")
    left_out = {"person-0": {"picture-0", "picture-4"}, "person-1": set(Tastes.item_ids) - {"picture-9"}}
    shown = with_content(plan, Tastes(), Request, left_out, gone=["picture-1"])
    of = {user: [] for user in ("person-0", "person-1", "person-2")}
    for row in shown.rows.to_pylist():
        of[row["user_id"]].append(row["item_ids"])
    numbers = {user: [[int(one[-1]) for one in items] for items in messages] for user, messages in of.items()}
    assert numbers == {"person-0": [[2, 3, 5], [6, 7, 8]], "person-1": [[9]], "person-2": [[0, 2, 3], [4, 5, 6]]}
    assert shown.refused == {"person-1": "no picture is left for a message"}
