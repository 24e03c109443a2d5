"""A small crowd that follows what is new and what its own half acts on: pictures, and six days of events."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from data.content import describe
from data.dataset import CARD, Dataset, open_dataset
from data.files import write_json
from data.tables.events import TABLE as EVENTS
from data.tables.items import TABLE as ITEMS
from data.tables.users import TABLE as USERS
from data.times import DAY_S
from tests.pictures import CATEGORIES, drawn_item

__all__ = ["small_crowd"]

START_S = 1_700_000_000
DAYS, NEW_A_DAY, PEOPLE, VISITS = 6, 12, 40, 4
KNOWN = ["train"] * (DAYS - 2) + ["validation", "test"]  # the split of each day
FOLLOWING = 0.8  # of what is done that one's own half did lately
LATELY_S = DAY_S // 6


def small_crowd(folder: Path, seed: int = 0) -> Dataset:
    """Twelve items come every day. People look at four things a visit, save or click most, and hide some.

    Two halves of the people act on different items. The last day is the test split, the one before it validation.
    """
    generator = np.random.default_rng(seed)
    items = [
        drawn_item(folder, generator, KNOWN[number // NEW_A_DAY], CATEGORIES[number % 3], number)
        | {"created_s": START_S + number // NEW_A_DAY * DAY_S + int(generator.integers(DAY_S // 2))}
        for number in range(DAYS * NEW_A_DAY)
    ]
    items.sort(key=lambda item: str(item["item_id"]))
    events = _events(generator, items)
    users = [
        {"user_id": user_id, "events": 1, "first_s": None, "last_s": None, "attributes": []}
        for user_id in sorted({event["user_id"] for event in events})
    ]
    pq.write_table(pa.Table.from_pylist(items, ITEMS.schema), folder / ITEMS.file)
    pq.write_table(pa.Table.from_pylist(users, USERS.schema), folder / USERS.file)
    pq.write_table(pa.Table.from_pylist(events, EVENTS.schema), folder / EVENTS.file)
    card = {"name": "crowd", "source": "tables", "licence": "Apache-2.0", "simulated": True}
    write_json(folder / CARD, card | {"tables": describe(folder), "truth": None, "report": {}})
    return open_dataset("small-crowd", folder, f"seed-{seed}")


def _events(generator: np.random.Generator, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    visits = sorted(
        (START_S + day * DAY_S + int(generator.integers(DAY_S)), day, user)
        for day in range(DAYS)
        for user in range(PEOPLE)
        if generator.random() < 0.8
    )
    lately: list[tuple[int, int, int]] = []  # when, whose half, item
    places = [0] * PEOPLE
    events = []
    for start_s, day, user in visits:
        there = [row for row, item in enumerate(items) if start_s - 2 * DAY_S < item["created_s"] < start_s]
        time_s = start_s
        for _ in range(VISITS if there else 0):
            time_s += int(generator.integers(2))  # some of the same second
            followed = [item for when, half, item in lately if half == user % 2 and time_s - when < LATELY_S]
            follows = followed and generator.random() < FOLLOWING
            row = int(generator.choice(followed if follows else there))
            action = str(generator.choice(["view", "click", "save", "hide"], p=[0.2, 0.4, 0.35, 0.05]))
            if action in ("click", "save"):
                lately.append((time_s, user % 2, row))
            events.append(
                {
                    "user_id": f"user-{user:02d}",
                    "place": places[user],
                    "item_id": items[row]["item_id"],
                    "action": action,
                    "surface": "home" if follows else "search",
                    "time_s": time_s,
                    "session_id": f"{user}-{day}",
                    "position": None,
                    "propensity": None,
                    "split": KNOWN[day],
                }
            )
            places[user] += 1
    return sorted(events, key=lambda event: (event["user_id"], event["place"]))
