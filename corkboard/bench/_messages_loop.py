"""Eight weeks of messages in the simulated world, planned week by week in one way.

Legend: P people, C channels, A arms, M messages.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

__all__ = ["WEEKS", "Lived", "Told", "begun", "days_of", "lived", "name_of", "people_of"]

WEEKS = 8
FIRST = date(2025, 2, 3)  # a Monday
Told = Callable[
    [Any, Any, str, int], Any
]  # world, memory, ISO week and weeks that are left to the messages of each day


@dataclass(frozen=True)
class Lived:
    """Of each person (P,): days with a visit, messages, and channels that were switched off."""

    visits: np.ndarray
    messages: np.ndarray
    unsubscribed: np.ndarray


def begun(seed: int, people: int) -> tuple[Any, Any]:
    """A world and what is remembered of it after `BEFORE_DAYS` at random, of everybody alike."""
    from data.world.messages import BEFORE_DAYS, MOST, Memory, MessageWorld

    world = MessageWorld(seed, people)
    memory, rng = Memory(world), np.random.default_rng([seed, 15])
    share_P = rng.uniform(0, MOST, people)
    for _ in range(BEFORE_DAYS):
        sent = world.at_random(share_P, rng)
        memory.keep(sent, world.live(sent))
    return world, memory


def lived(begin: tuple[Any, Any], told: Told) -> Lived:
    """`WEEKS` of `told` after a beginning, which stays as it is."""
    from data.world.messages import Sent

    world, memory = deepcopy(begin)
    people = world.people
    totals = {name: np.zeros(people) for name in ("visits", "messages", "unsubscribed")}
    for week in range(WEEKS):
        year, number, _ = (FIRST + timedelta(weeks=week)).isocalendar()
        for planned in told(world, memory, f"{year}-W{number:02d}", WEEKS - week):
            on_M = world.on_PC[planned.person_M, planned.channel_M]  # opt-out counts when a message is sent
            sent = Sent(*(part[on_M] for part in (planned.person_M, planned.channel_M, planned.arm_M, planned.hour_M)))
            day = world.live(sent)
            memory.keep(sent, day)
            totals["visits"] += day.visited_P
            totals["messages"] += np.bincount(sent.person_M, minlength=people)
            totals["unsubscribed"] += np.bincount(sent.person_M[day.unsubscribed_M], minlength=people)
    return Lived(**totals)


def people_of(world: Any, memory: Any) -> Any:
    """What a plan is told of them, as `components.volume.people.PEOPLE`."""
    import pyarrow as pa

    from components.volume.people import PEOPLE
    from data.world.messages import CHANNELS

    names = np.array(CHANNELS, object)
    columns = [
        pa.array([name_of(person) for person in range(world.people)], pa.string()),
        pa.array(memory.attributes(), PEOPLE.field("attributes").type),
        pa.array(world.zone_P.tolist(), pa.string()),
        pa.array([names[on_C].tolist() for on_C in world.on_PC], PEOPLE.field("channels").type),
        pa.array(list(memory.visits_PSH.reshape(world.people, -1)), PEOPLE.field("visits").type),
    ]
    return pa.Table.from_arrays(columns, schema=PEOPLE)


def name_of(person: int) -> str:
    return f"person-{person:07d}"


def days_of(plan: Any, world: Any) -> list[Any]:
    """The messages of a plan by the day of the person's week."""
    from data.world.messages import ARMS, CHANNELS, Sent

    rows = plan.rows.to_pandas()
    person_M = rows["user_id"].str.removeprefix("person-").astype(int).to_numpy()
    hour_M, zone_M = np.zeros(len(rows), int), world.zone_P[person_M]
    for zone in set(zone_M.tolist()):
        of_M = zone_M == zone
        hour_M[of_M] = rows["send_at"][of_M].dt.tz_convert(zone).dt.hour
    channel_M, arm_M = (
        rows[name].map({one: place for place, one in enumerate(known)}).to_numpy(int)
        for name, known in (("channel", CHANNELS), ("arm", ARMS))
    )
    slot_M = rows["slot"].to_numpy()
    return [Sent(*(part[slot_M == slot] for part in (person_M, channel_M, arm_M, hour_M))) for slot in range(7)]
