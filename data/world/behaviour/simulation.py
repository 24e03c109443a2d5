"""The simulation: day after day people come back, see slates, act, and change.

Everything is drawn in one process in a fixed order, so equal parameters give equal bytes on any number of cores.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from data.errors import UserError
from data.world.behaviour.acted import Acted
from data.world.behaviour.laws import DAY_S, LAWS, START_S, Laws
from data.world.behaviour.log import Events, LogWriter
from data.world.behaviour.market import open_market
from data.world.behaviour.people import People, draw_people
from data.world.behaviour.record import Record
from data.world.behaviour.returns import WINDOWS_S, draw_gaps, put_off
from data.world.behaviour.sessions import Add, hold_sessions
from data.world.behaviour.shown import Impressions, Shown
from data.world.behaviour.slates import Shelves, stock_shelves
from data.world.behaviour.stock import Goods, Stock, make_stock
from data.world.behaviour.tally import Tally
from data.world.behaviour.tastes import drift

if TYPE_CHECKING:
    from data.params import WorldBehaviour

__all__ = ["Behaviour", "simulate"]

BLOCK = 8192  # people whose sessions are drawn together; part of what the bytes depend on
_PART_S = 5 * 3600  # in which sessions begin


@dataclass(frozen=True)
class Behaviour:
    """Files of events with `LOG_COLUMNS`, and the second since when each item given can be shown.

    impressions: of the home feed; None where they were not wanted. item_id: of the numbers in them.
    """

    events: tuple[Path, ...]
    created_s: dict[str, int]
    impressions: Impressions | None = None
    item_id: tuple[str, ...] = ()


def simulate(
    params: "WorldBehaviour",
    seed: int,
    goods: Sequence[Goods],
    out: Path,
    progress: Callable[[str, int, int], None],
    laws: Laws = LAWS,
) -> Behaviour:
    """Let people act on the goods: events go to `out/log`, the truth to `out/truth`.

    Raises:
        UserError: there are so few people and days that nobody came.
    """
    rng = np.random.default_rng([seed, 2, 0])
    stock = make_stock(goods, params.days, laws, rng)
    people = draw_people(params.users, params.days, stock, laws, rng)
    acted, tally = Acted(len(stock.item_id)), Tally(laws)
    record = Record(out, params, seed, laws, stock)
    writer = LogWriter(out / "log", params.users, stock.item_id)
    popularity = np.zeros(len(stock.item_id))
    shown = Shown() if params.impressions else None

    def add(events: Events) -> None:
        positive = (events["action"] == 1) | (events["action"] == 2)
        np.add.at(today, events["item"][positive], 1)
        writer.add(events)

    for day in range(params.days):
        rng = np.random.default_rng([seed, 2, 1 + day])
        if day:
            drift(people.taste_UD, people.home_UD, people.archetype_U, people.archetypes_AD, stock.offsets, laws, rng)
        today = np.zeros(len(stock.item_id))
        shelves = stock_shelves(open_market(day, stock, popularity, laws))
        record.open_day(day, people, popularity, acted)
        _live_a_day(day, people, stock, shelves, acted, tally, record, laws, rng, add, shown)
        acted.settle()
        popularity = popularity * laws.popularity_decay + today
        progress("simulate days", day + 1, params.days)
    record.close(people, tally)
    files = writer.close()
    if not files:
        raise UserError(f"none of {params.users} people came within {params.days} days; give behaviour more of either")
    created_s = dict(zip(stock.item_id, stock.created_s.tolist(), strict=True))
    return Behaviour(files, created_s, shown.whole() if shown else None, stock.item_id)


def _live_a_day(
    day: int,
    people: People,
    stock: Stock,
    shelves: Shelves,
    acted: Acted,
    tally: Tally,
    record: Record,
    laws: Laws,
    rng: np.random.Generator,
    add: Add,
    shown: Shown | None,
) -> None:
    """Hold the sessions due today, and draw when those people come back."""
    people.due_U[put_off(people.due_U == day, day, laws, rng)] += 1
    for part, begins_s in enumerate(WINDOWS_S):
        due = np.flatnonzero((people.due_U == day) & (people.part_U == part))
        for start in range(0, len(due), BLOCK):
            person = due[start : start + BLOCK]
            start_s = START_S + day * DAY_S + begins_s + rng.integers(0, _PART_S, len(person))
            record.came(day, person)
            hold_sessions(person, start_s, people, stock, shelves, acted, tally, laws, rng, add, shown)
        gap = draw_gaps(people.gap_days_U[due], laws, rng)
        again_today = (gap == 0) & (part + 1 < len(WINDOWS_S))
        people.due_U[due] = np.where(again_today, day, day + np.maximum(gap, 1))
        people.part_U[due] = np.where(again_today, part + 1, rng.integers(0, len(WINDOWS_S), len(due)))
