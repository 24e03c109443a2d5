"""The ways of telling people things that are lived side by side in the simulated world.

The released policy, a response model without what a channel costs, as many messages at random, a message to everybody
every day, and the truth in the same plan. All hold back the same people.

Legend: P people, C channels, A arms.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from corkboard.bench._messages_loop import Told, days_of, name_of, people_of

__all__ = ["Arms", "Response"]

A_WEEK = 1.0  # messages of a week for each person


@dataclass(frozen=True)
class Response:
    """A model of who comes, of those who got a message."""

    covariates: Any
    model: Any

    @classmethod
    def learn(cls, tables: Any) -> "Response":
        """tables: of the simulated log, without its test split."""
        from components.uplift.config import Learning
        from components.uplift.learners import fit_model
        from data.covariates import Covariates

        rows = tables["messages"][lambda one: (one["split"] != "test") & (one["arm"] != "none")]
        known = tables["users"].set_index("user_id")["attributes"]
        pairs = zip(rows["user_id"], rows["channel"], strict=True)
        told = [dict(known[user]) | {"channel": channel} for user, channel in pairs]
        covariates = Covariates.learn(told)
        outcome_N = rows["visited"].to_numpy(float)
        return cls(covariates, fit_model("trees", covariates.matrix(told), outcome_N, "sigmoid", Learning()))

    def of(self, people: list[dict[str, str]], channel: str) -> np.ndarray:
        """The probability (P,) that each comes after a message on `channel`."""
        value_P = self.model(self.covariates.matrix([one | {"channel": channel} for one in people]))
        return np.asarray(1 / (1 + np.exp(-value_P)))


class Arms:
    """Each method is one way; `seed` is that of what is drawn at random."""

    def __init__(self, plan: Any, notifier: Any, response: Response, people: int, seed: int) -> None:
        from components.volume.week import Terms

        self._plan, self._response, self._seed = plan, response, seed
        self._names = [name_of(person) for person in range(people)]
        self._free_P = ~np.array([notifier.is_held_back(name) for name in self._names])
        self._terms = Terms(volume=round(A_WEEK * people), cap=3, caps={"push": 2, "email": 2, "in_app": 3})

    def policy(self, share: float | None = None) -> Told:
        """share: of a message a day to everybody; None: the volume of all ways."""
        from components.volume.week import Terms
        from data.world.messages import CHANNELS

        terms = self._terms
        if share is not None:
            volume = round(share * 7 * int(self._free_P.sum()))
            terms = Terms(volume=volume, cap=7, caps=dict.fromkeys(CHANNELS, 7))
        return lambda world, memory, week, _: days_of(self._plan(people_of(world, memory), terms, week), world)

    def response(self, world: Any, memory: Any, week: str, left: int) -> list[Any]:  # noqa: ARG002
        from components.volume.people import likely_hours
        from data.world.messages import ARMS, CHANNELS

        known = [dict(one) for one in memory.attributes()]
        gain_PC1 = np.stack([self._response.of(known, channel) for channel in CHANNELS], axis=1)[:, :, None]
        looks_PSH = likely_hours(memory.visits_PSH)
        return self._planned(world, gain_PC1, np.zeros_like(gain_PC1), looks_PSH, (ARMS[0],), week)

    def oracle(self, world: Any, memory: Any, week: str, left: int) -> list[Any]:  # noqa: ARG002
        from data.world.messages import ARMS

        gain_PCA = world.gain_PCA()
        lost_PC = world.unsubscribes_PC() * gain_PCA.max(axis=2) * A_WEEK * left / 2
        cost_PCA = np.repeat(lost_PC[:, :, None], len(ARMS), axis=2)
        return self._planned(world, gain_PCA, cost_PCA, world.looks_PSH, ARMS, week)

    def _planned(self, world: Any, gain: Any, cost: Any, looks: Any, arms: Any, week: str) -> list[Any]:
        from components.volume.week import Chunk, plan_week
        from data.world.messages import CHANNELS

        chunk = Chunk(self._names, world.zone_P.tolist(), gain, cost, world.on_PC & self._free_P[:, None], looks)
        return days_of(plan_week([chunk], self._terms, CHANNELS, arms, week), world)

    def random(self, world: Any, memory: Any, week: str, left: int) -> list[Any]:  # noqa: ARG002
        from data.world.messages import Sent

        rng, days = np.random.default_rng([self._seed, 16, left]), []
        for _ in range(7):
            one = world.at_random(self._free_P.astype(float), rng)
            some = rng.permutation(len(one.person_M))[: round(self._terms.volume / 7)]
            days.append(Sent(*(part[some] for part in (one.person_M, one.channel_M, one.arm_M, one.hour_M))))
        return days

    def everyone(self, world: Any, memory: Any, week: str, left: int) -> list[Any]:  # noqa: ARG002
        from data.world.messages import ARMS, AWAKE, Sent

        rng, days = np.random.default_rng([self._seed, 17, left]), []
        for _ in range(7):
            channel_P = np.where(world.on_PC, rng.random(world.on_PC.shape), -1.0).argmax(axis=1)
            person_M = np.flatnonzero(self._free_P & world.on_PC.any(axis=1))
            arm_M, hour_M = rng.integers(0, len(ARMS), len(person_M)), rng.integers(*AWAKE, len(person_M))
            days.append(Sent(person_M, channel_P[person_M], arm_M, hour_M))
        return days
