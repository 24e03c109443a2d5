"""People who are told things: each looks at hours of their own, likes some channels, tires, and may switch one off.

A message is seen by who likes its channel and looks at that hour, and brings back who is interested and not tired of
messages. Who comes every day comes anyway. What would have happened without messages is drawn apart, so that it is
the same whatever is sent.

Legend: P people, C channels, A arms, S days of a week, Monday first, H hours, D days, M messages.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["ARMS", "AWAKE", "BEFORE_DAYS", "CHANNELS", "HORIZON_DAYS", "MOST", "Day", "Memory", "MessageWorld", "Sent"]

CHANNELS, ARMS = ("push", "email", "in_app"), ("digest", "picks")
ZONES = ("Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Asia/Tokyo")
BEFORE_DAYS, HORIZON_DAYS = 56, 28  # at random before anything is tested; over which visits are counted
MOST = 0.8  # messages a day of who has most of them at random; everybody's number is drawn
WEEK, HOURS = 7, 24
FADES, TIRES = 0.8, 0.3  # a day; of a message's interest, for each message that is not yet forgotten
AWAKE = (8, 21)  # hours at which something is sent at random


@dataclass(frozen=True)
class Sent:
    """Messages of a day: to whom, on which channel, which arm, and the hour in the person's own time."""

    person_M: NDArray[np.int64]
    channel_M: NDArray[np.int64]
    arm_M: NDArray[np.int64]
    hour_M: NDArray[np.int64]


@dataclass(frozen=True)
class Day:
    """visited_P: whether the person came; opened_M, unsubscribed_M: of each message."""

    visited_P: NDArray[np.bool_]
    opened_M: NDArray[np.bool_]
    unsubscribed_M: NDArray[np.bool_]


class MessageWorld:
    """Equal seeds and messages give equal days. People begin with all channels, and tired of nothing."""

    def __init__(self, seed: int, people: int) -> None:
        rng = np.random.default_rng([seed, 12])
        self.seed, self.people = seed, people
        self.usual_P = 0.6 * rng.beta(0.8, 3.0, people)  # of a visit on a day without any message
        self.like_PC = rng.beta(0.7, 0.7, (people, len(CHANNELS)))
        self.like_PC[:, 2] *= np.minimum(1, 5 * self.usual_P)  # who never comes sees nothing in the app
        self.saves_P = rng.poisson(4.0 * rng.random(people))
        self.interest_PA = np.stack([2.5 - 0.9 * self.saves_P, -2.5 + 1.1 * self.saves_P], axis=1)
        self.interest_PA += rng.normal(0, 0.7, (people, 1))
        self.will_P = rng.normal(0, 0.8, people)
        self.zone_P = np.array(ZONES)[rng.integers(0, len(ZONES), people)]
        peak_P = np.where(rng.random(people) < 0.7, rng.normal(19, 2, people), rng.normal(9, 1.5, people)) % HOURS
        apart_PH = np.abs(np.arange(HOURS) - peak_P[:, None])
        hour_PH = 0.05 + np.exp(-((np.minimum(apart_PH, HOURS - apart_PH) / 4) ** 2))
        day_PS = np.where(np.arange(WEEK) >= 5, rng.uniform(0.4, 2.0, people)[:, None], 1.0)
        looks_PSH = day_PS[:, :, None] * hour_PH[:, None, :]
        self.looks_PSH = looks_PSH / looks_PSH.max(axis=(1, 2), keepdims=True)
        self.tired_P = np.zeros(people)
        self.on_PC = np.ones((people, len(CHANNELS)), bool)
        self.day = 0

    def interested_PA(self) -> NDArray[np.float64]:  # noqa: N802 - PA is its shape
        """The probability with which a message that is seen today brings each person back."""
        return _chance(self.interest_PA) * np.exp(-TIRES * self.tired_P)[:, None]

    def gain_PCA(self) -> NDArray[np.float64]:  # noqa: N802
        """True visits that a message adds today, if it comes when the person looks most."""
        return np.asarray(((1 - self.usual_P)[:, None] * self.like_PC)[:, :, None] * self.interested_PA()[:, None, :])

    def unsubscribes_PC(self) -> NDArray[np.float64]:  # noqa: N802
        """The true probability with which a message today has its channel switched off."""
        return _chance(-5.6 + (self.will_P + 0.7 * self.tired_P)[:, None] - 2.0 * self.like_PC)

    def live(self, sent: Sent) -> Day:
        """A day goes by. Messages on channels that are switched off must not be sent."""
        rng = np.random.default_rng([self.seed, 13, self.day])
        luck_P = rng.random(self.people)
        seen_PC, moved_PC, left_PC = rng.random((3, self.people, len(CHANNELS)))
        at, weekday = (sent.person_M, sent.channel_M), self.day % WEEK
        assert self.on_PC[at].all(), "a channel that is switched off takes no message"
        seen_M = seen_PC[at] < self.like_PC[at] * self.looks_PSH[sent.person_M, weekday, sent.hour_M]
        opened_M = seen_M & (moved_PC[at] < self.interested_PA()[sent.person_M, sent.arm_M])
        left_M = left_PC[at] < self.unsubscribes_PC()[at]
        visited_P = luck_P < self.usual_P
        visited_P[sent.person_M[opened_M]] = True
        self.on_PC[sent.person_M[left_M], sent.channel_M[left_M]] = False
        self.tired_P = self.tired_P * FADES + np.bincount(sent.person_M, minlength=self.people)
        self.day += 1
        return Day(visited_P, opened_M, left_M)

    def at_random(self, share_P: NDArray[np.float64], rng: np.random.Generator) -> Sent:
        """A message at random to each person with a probability, of those who have the channel that was drawn on."""
        draws = rng.random(self.people) < share_P
        channel_P, arm_P = rng.integers(0, len(CHANNELS), self.people), rng.integers(0, len(ARMS), self.people)
        hour_P = rng.integers(*AWAKE, self.people)
        person_M = np.flatnonzero(draws & self.on_PC[np.arange(self.people), channel_P])
        return Sent(person_M, channel_P[person_M], arm_P[person_M], hour_P[person_M])


class Memory:
    """What a service knows of each person after some days: visits, messages and what was opened."""

    def __init__(self, world: MessageWorld) -> None:
        self._world, self._seen_DP, self._had_DP = world, np.zeros((0, world.people), bool), np.zeros((0, world.people))
        shape = (world.people, len(CHANNELS))
        self.sent_PC, self.opened_PC = np.zeros(shape, int), np.zeros(shape, int)
        self.sent_PA, self.opened_PA = (
            np.zeros((world.people, len(ARMS)), int),
            np.zeros((world.people, len(ARMS)), int),
        )
        self.visits_PSH = np.zeros((world.people, WEEK, HOURS), np.int32)
        self._away_P = np.full(world.people, HORIZON_DAYS)

    def keep(self, sent: Sent, day: Day) -> None:
        """Call it once for each day that was lived."""
        world, rng = self._world, np.random.default_rng([self._world.seed, 14, self._world.day])
        np.add.at(self.sent_PC, (sent.person_M, sent.channel_M), 1)
        np.add.at(self.opened_PC, (sent.person_M[day.opened_M], sent.channel_M[day.opened_M]), 1)
        np.add.at(self.sent_PA, (sent.person_M, sent.arm_M), 1)
        np.add.at(self.opened_PA, (sent.person_M[day.opened_M], sent.arm_M[day.opened_M]), 1)
        had_P = np.bincount(sent.person_M, minlength=world.people)
        self._seen_DP = np.concatenate([self._seen_DP[1 - HORIZON_DAYS :], day.visited_P[None]])
        self._had_DP = np.concatenate([self._had_DP[1 - WEEK :], had_P[None]])
        self._away_P = np.where(day.visited_P, 0, self._away_P + 1)
        weekday = (world.day - 1) % WEEK
        looks_PH = world.looks_PSH[:, weekday].cumsum(axis=1)
        hour_P = (rng.random((world.people, 1)) * looks_PH[:, -1:] > looks_PH).sum(axis=1)
        came = np.flatnonzero(day.visited_P)
        self.visits_PSH[came, weekday, hour_P[came]] += 1

    def attributes(self) -> list[list[tuple[str, str]]]:
        """Of each person, as the table `users` has them."""
        share_PC = (self.opened_PC + 0.5) / (self.sent_PC + 3)
        share_PA = (self.opened_PA + 0.5) / (self.sent_PA + 3)
        columns = {
            "days_away": np.minimum(self._away_P, HORIZON_DAYS),
            "messages_week": self._had_DP.sum(axis=0).astype(int),
            "saves": self._world.saves_P,
            "visits": self._seen_DP.sum(axis=0),
            **{f"opened_{name}": np.round(share_PC[:, place], 3) for place, name in enumerate(CHANNELS)},
            **{f"opened_{name}": np.round(share_PA[:, place], 3) for place, name in enumerate(ARMS)},
        }
        texts = [[(name, str(value)) for value in column.tolist()] for name, column in columns.items()]
        return [list(one) for one in zip(*texts, strict=True)]


def _chance(value: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-value)))
