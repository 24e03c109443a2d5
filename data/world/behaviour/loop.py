"""The closed loop: whoever decides what the home feed shows meets the same people, who answer by their true tastes.

People come as the laws say, whatever they were shown before: of a better feed they save more, and come no more often.
Each session draws its luck from numbers of its own, so that two feeds are compared on the same people and chances.

Legend: L positions of a slate, N items of the stock.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.world.behaviour.choices import DONE, act, looked_at, utility
from data.world.behaviour.laws import DAY_S, START_S
from data.world.behaviour.returns import WINDOWS_S, draw_gaps
from data.world.behaviour.slates import HOME
from data.world.behaviour.truth import Truth

__all__ = ["Loop", "Visit"]

_PART_S = 5 * 3600
SLATE_S = 60  # between two slates of a session


@dataclass(frozen=True)
class Visit:
    """One slate that somebody wants. number: among all visits; the luck of a visit is drawn by it."""

    number: int
    day: int
    time_s: int
    person: int


class Loop:
    """The days of the test split of a world, for some of its people."""

    def __init__(self, truth: Truth, people: Sequence[int], seed: int = 0) -> None:
        self.truth, self.people, self._seed = truth, tuple(people), seed
        self.days = truth.splits["test"]
        self.item_id = truth.stock.item_id
        self._row_of = {item: row for row, item in enumerate(self.item_id)}
        self._taste = {day: np.asarray(truth.arrays(f"day-{day}")["taste"], np.float32) for day in self.days}
        self._looked_L = looked_at(truth.laws)[HOME]
        count = len(self.item_id)
        keys = np.asarray(truth.arrays("test")["acted"], np.int64)
        self.acted_before = {
            person: {self.item_id[key % count] for key in _own(keys, person, count)} for person in people
        }

    def visits(self) -> list[Visit]:
        """All slates that are wanted, by time; equal seeds give equal visits."""
        rng = np.random.default_rng([self._seed, 3])
        laws = self.truth.laws
        scale_U = np.asarray(self.truth.arrays("people")["gap_days"], np.float64)[list(self.people)]
        found = []
        for person, scale in zip(self.people, scale_U.tolist(), strict=True):
            day = self.days.start + int(draw_gaps(np.array([scale]), laws, rng)[0])
            while day < self.days.stop:
                part = int(rng.integers(len(WINDOWS_S)))
                begins_s = START_S + day * DAY_S + WINDOWS_S[part] + int(rng.integers(_PART_S))
                slates = 1 + int((rng.random(laws.slates - 1) < laws.stay).cumprod().sum())
                found += [(begins_s + place * SLATE_S, person, day) for place in range(slates)]
                day += max(1, int(draw_gaps(np.array([scale]), laws, rng)[0]))
        return [Visit(number, day, at, person) for number, (at, person, day) in enumerate(sorted(found))]

    def present(self, day: int) -> NDArray[np.bool_]:
        """Whether each item of the stock has arrived (N,)."""
        return np.asarray(self.truth.stock.day_N <= day)

    def respond(self, visit: Visit, slate: Sequence[str]) -> list[str | None]:
        """What the person does with each item of a slate: an action of `choices.DONE`, or nothing."""
        rows = np.array([self._row_of[item] for item in slate], np.int64)
        rng = np.random.default_rng([self._seed, 4, visit.number])
        luck = rng.random((2, self.truth.laws.slate))[:, : len(rows)]
        sure = np.cumsum(self._chances(visit, rows), axis=-1)
        done = (luck[1][:, None] >= sure).sum(axis=-1)
        seen = luck[0] < self._looked_L[: len(rows)]
        return [DONE[what] if looked and what < len(DONE) else None for what, looked in zip(done, seen, strict=True)]

    def best(self, visit: Visit, acted: set[str], among: Iterable[str] | None = None) -> list[str]:
        """The oracle's slate: what the person is most likely to save, in order, of what is there and not acted on.

        among: what may be chosen; None: the whole stock.
        """
        chance_N = self._chances(visit, np.arange(len(self.item_id)))[:, DONE.index("save")].copy()
        chance_N[~self.present(visit.day)] = -1
        chance_N[[self._row_of[item] for item in acted]] = -1
        if among is not None:
            chosen = [self._row_of[item] for item in among]
            chance_N[np.setdiff1d(np.arange(len(chance_N)), chosen)] = -1
        return [self.item_id[row] for row in np.argsort(-chance_N, kind="stable")[: self.truth.laws.slate]]

    def _chances(self, visit: Visit, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        stock, laws = self.truth.stock, self.truth.laws
        return act(utility(self._taste[visit.day], np.full(len(rows), visit.person), rows, stock, laws), laws)


def _own(keys: NDArray[np.int64], person: int, count: int) -> Iterator[int]:
    low, high = np.searchsorted(keys, [person * count, (person + 1) * count])
    yield from keys[low:high].tolist()
