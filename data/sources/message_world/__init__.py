"""Twelve weeks of messages at random in a simulated world, and a test on one day after two thirds of them.

On that day everybody is drawn a channel and an arm, one of them `none`; whoever switched the channel off before is not
in the test. The truth keeps what a message of each arm would have added, and who comes without any.

Legend: P people, A arms, M messages.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from data.dataset import TRUTH
from data.params import MessageWorldParams
from data.params.messages import NONE
from data.sources.catalogue.splits import hashed_split
from data.sources.raw import Progress, Raw
from data.tables.messages import TABLE as MESSAGES
from data.tables.users import TABLE as USERS
from data.world.messages import ARMS, AWAKE, BEFORE_DAYS, CHANNELS, HORIZON_DAYS, MOST, Memory, MessageWorld, Sent

__all__ = ["read"]

START_S = 1_736_121_600  # Monday 2025-01-06, 00:00 UTC
DAY_S = 86_400


def read(params: MessageWorldParams, out: Path, progress: Progress) -> Raw:
    """Simulate; equal parameters give equal rows."""
    world = MessageWorld(params.seed, params.people)
    memory, rng = Memory(world), np.random.default_rng([params.seed, 15])
    share_P = rng.uniform(0, MOST, params.people)

    def lived(days: int, after: np.ndarray | None = None) -> None:
        for _ in range(days):
            sent = world.at_random(share_P, rng)
            day = world.live(sent)
            memory.keep(sent, day)
            if after is not None:
                after += day.visited_P
            progress("simulate", world.day, BEFORE_DAYS + HORIZON_DAYS + 1)

    lived(BEFORE_DAYS)
    attributes, names = memory.attributes(), (NONE, *ARMS)
    arm_P, channel_P = rng.integers(0, len(names), params.people), rng.integers(0, len(CHANNELS), params.people)
    tested = np.flatnonzero(world.on_PC[np.arange(params.people), channel_P])
    told = tested[arm_P[tested] > 0]
    mean_P = world.looks_PSH[:, world.day % 7, slice(*AWAKE)].mean(axis=1)
    gain_PA = world.gain_PCA()[np.arange(params.people), channel_P] * mean_P[:, None]
    hour_M = rng.integers(*AWAKE, len(told))
    sent = Sent(told, channel_P[told], arm_P[told] - 1, hour_M)
    day, after_P = world.live(sent), np.zeros(params.people, int)
    memory.keep(sent, day)
    lived(HORIZON_DAYS, after_P)
    opened_P, left_P = np.zeros((2, params.people), bool)
    opened_P[told], left_P[told] = day.opened_M, day.unsubscribed_M
    people = pd.Series([f"person-{number:07d}" for number in range(params.people)], dtype=object)
    rows = people[tested].reset_index(drop=True)
    hour_P = np.zeros(params.people, int)
    hour_P[told] = hour_M
    messages = pd.DataFrame(
        {
            "message_id": "message-" + rows,
            "user_id": rows,
            "channel": np.array(CHANNELS, object)[channel_P[tested]],
            "arm": np.array(names, object)[arm_P[tested]],
            "propensity": 1 / len(names),
            "sent_s": START_S + BEFORE_DAYS * DAY_S + 3600 * hour_P[tested],
            "opened": opened_P[tested],
            "visited": day.visited_P[tested],
            "bought": pd.array([None] * len(rows), "boolean"),
            "spend": pd.array([None] * len(rows), "Float64"),
            "unsubscribed": left_P[tested],
            "days_active": after_P[tested],
            "split": [hashed_split(one, params.splits) for one in rows],
        }
    )
    truth = pd.DataFrame({"user_id": rows, "visited": world.usual_P[tested]})
    for place, name in enumerate(ARMS):
        truth[f"gain_{name}"] = gain_PA[tested, place]
    (out / TRUTH).mkdir(parents=True, exist_ok=True)
    truth.to_parquet(out / TRUTH / "messages.parquet", index=False)
    users = pd.DataFrame({"user_id": people, "events": 0, "first_s": None, "last_s": None})
    users["attributes"] = pd.Series(attributes, users.index, dtype=object)
    return Raw(tables={MESSAGES.name: messages, USERS.name: users}, simulated=True, report={"people": params.people})
