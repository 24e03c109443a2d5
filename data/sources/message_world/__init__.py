"""A month of messages in a simulated world: a digest, one's own picks or nothing, at random.

A message moves who has drifted away and still opens what comes. Who visits every day would have come anyway; who has
had many is annoyed, and may switch the channel off. Picks move those who save, a digest those who browse.

Legend: N people.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from data.params import MessageWorldParams
from data.params.messages import NONE
from data.sources.catalogue.splits import hashed_split
from data.sources.raw import Progress, Raw
from data.tables.messages import TABLE as MESSAGES
from data.tables.users import TABLE as USERS

__all__ = ["read"]

ARMS = (NONE, "digest", "picks")
DEVICES = ("phone", "tablet", "computer")
DAYS = 28


def read(params: MessageWorldParams, out: Path, progress: Progress) -> Raw:  # noqa: ARG001
    """Simulate; equal parameters give equal rows."""
    rng, count = np.random.default_rng(params.seed), params.people
    away_N = rng.gamma(1.5, 8.0, count)  # days since the last visit
    opens_N, saves_N = rng.beta(2, 3, count), rng.poisson(3.0 * rng.random(count))
    had_N = rng.poisson(2.0, count)  # messages in the month before
    arm_N = rng.integers(0, len(ARMS), count)
    usual_N = -0.6 - 0.08 * away_N + 0.1 * saves_N
    drifted_N = np.exp(-(((away_N - 12) / 8) ** 2))
    digest_N = 1.6 * opens_N * drifted_N - 0.12 * had_N
    picks_N = (0.35 * saves_N * opens_N + 0.8 * opens_N * drifted_N) - 0.15 * had_N
    moved_N = np.choose(arm_N, [np.zeros(count), digest_N, picks_N])
    visits_N = rng.random(count) < _chance(usual_N + moved_N)
    told_N = arm_N > 0
    people = pd.Series([f"person-{number:07d}" for number in range(count)], dtype=object)
    messages = pd.DataFrame(
        {
            "message_id": "message-" + people,
            "user_id": people,
            "channel": "push",
            "arm": np.array(ARMS, dtype=object)[arm_N],
            "propensity": 1 / len(ARMS),
            "sent_s": pd.array([None] * count, "Int64"),
            "opened": told_N & (rng.random(count) < opens_N),
            "visited": visits_N,
            "bought": pd.array([None] * count, "boolean"),
            "spend": pd.array([None] * count, "Float64"),
            "unsubscribed": told_N & (rng.random(count) < _chance(-5 + 0.5 * had_N - 2 * opens_N)),
            "days_active": rng.binomial(DAYS, _chance(usual_N + moved_N - 2)) + visits_N,
            "split": [hashed_split(one, params.splits) for one in people],
        }
    )
    known = zip(away_N, opens_N, saves_N, had_N, rng.choice(DEVICES, count), strict=True)
    users = pd.DataFrame({"user_id": people, "events": 0, "first_s": None, "last_s": None})
    attributes = [
        [
            ("days_away", f"{away:.1f}"),
            ("device", str(device)),
            ("messages_before", str(had)),
            ("opened_share", f"{opens:.2f}"),
            ("saves", str(saves)),
        ]
        for away, opens, saves, had, device in known
    ]
    users["attributes"] = pd.Series(attributes, users.index, dtype=object)
    return Raw(tables={MESSAGES.name: messages, USERS.name: users}, simulated=True, report={"people": count})


def _chance(value_N: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-value_N)))
