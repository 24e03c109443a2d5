"""A served world: day after day people ask for their home, are shown items and act, in the lines of a service's log.

From a day on something may be different: new styles come and are wanted, a season turns, a client loses a feature, a
bot clicks. Items are not drawn: they have a category, a colour, a pattern and a cut.

Legend: N items, U people, V visits of a day, D columns of a taste, L positions.
"""

import copy
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from data.world.behaviour.choices import DONE, act, looked_at, utility
from data.world.behaviour.laws import DAY_S, LAWS, START_S
from data.world.behaviour.people import People, draw_people
from data.world.behaviour.returns import WINDOWS_S, draw_gaps, put_off
from data.world.behaviour.slates import HOME
from data.world.behaviour.stock import CATEGORY_NAMES, PALETTE_NAMES, Goods, Stock, make_stock
from data.world.behaviour.tastes import drift
from data.world.patterns import PATTERNS

__all__ = ["CHANGES", "Change", "Served", "served_world"]

Change = Literal["styles", "feature", "season", "bot"]
CHANGES: tuple[Change, ...] = ("styles", "feature", "season", "bot")
NEW = ("leopard", "terrazzo")  # patterns that are in no item before they come
WANTED = ("jacket", "hoodie", "longsleeve", "boot")  # in the other season
UNWANTED = ("dress", "shorts", "skirt", "t-shirt")
SHIFT = 2.5  # of a taste, where everybody wants more of something
LOST = 0.4  # of the events of a broken client, those whose colour is not told
BOT_PAGES, BOT_CLICKS, BOT_WANTS = 40, 0.9, "sneaker"
HALF_DAYS, NOISE = 5.0, 0.7  # of popularity; of the order
PATTERN_NAMES = tuple(PATTERNS)
DIMENSIONS, LOOKS_SD = 16, 0.5
SETTLE_DAYS = 10  # until people come and go evenly


@dataclass
class Served:
    """The home of a world, which learns by counting. day: the next one, drawn by `seed`.

    vectors: of each item's looks, by its mark. own_UK: what each person wished for, by category and palette.
    done_UN: what each person acted on.
    """

    goods: list[Goods]
    stock: Stock
    people: People
    seed: int
    day: int
    vectors: dict[str, NDArray[np.float32]]
    popular_N: NDArray[np.float64]
    own_UK: NDArray[np.float64]
    done_UN: NDArray[np.bool_]

    def __post_init__(self) -> None:
        self.marks = list(self.vectors)

    def branch(self) -> "Served":
        """Another course of the same world from here on."""
        return copy.deepcopy(self)

    def live(self, change: Change | None = None) -> list[dict[str, Any]]:
        """The lines of the next day. change: what is different by now."""
        rng = np.random.default_rng([self.seed, self.day, 11])
        people, stock = self.people, self.stock
        drift(people.taste_UD, people.home_UD, people.archetype_U, people.archetypes_AD, stock.offsets, LAWS, rng)
        person_V, time_V = self._visits(rng)
        new_N = np.array([one.attributes["pattern"] in NEW for one in self.goods])
        there_N = (stock.day_N <= self.day) & (~new_N if change != "styles" else True)
        category_N, palette_N = stock.codes_NB[:, 0], stock.codes_NB[:, 1]
        own_VK = self.own_UK[person_V] / self.own_UK[person_V].sum(axis=1, keepdims=True)
        score_VN = np.log(own_VK[:, category_N] * own_VK[:, palette_N])
        score_VN += 0.5 * np.log1p(self.popular_N) + rng.gumbel(0, NOISE, score_VN.shape)
        score_VN += 1.5 * new_N  # what is new is shown
        score_VN[~there_N[None] | self.done_UN[person_V]] = -np.inf
        best_VL = np.argpartition(-score_VN, LAWS.slate, axis=1)[:, : LAWS.slate]
        order_VL = np.argsort(-np.take_along_axis(score_VN, best_VL, 1), axis=1)
        rows_VL = np.take_along_axis(best_VL, order_VL, 1)
        wanted_VD = people.taste_UD[person_V] + self._shift(change)
        sure_VLA = np.cumsum(act(utility(wanted_VD, np.arange(len(person_V))[:, None], rows_VL, stock, LAWS), LAWS), -1)
        what_VL = (rng.random((*rows_VL.shape, 1)) >= sure_VLA).sum(axis=-1)
        what_VL[rng.random(rows_VL.shape) >= looked_at(LAWS)[HOME][: rows_VL.shape[1]]] = len(DONE)
        lines: list[dict[str, Any]] = []
        for number, (person, at_s) in enumerate(zip(person_V.tolist(), time_V.tolist(), strict=True)):
            scores = np.take(score_VN[number], rows_VL[number])
            lines += self._lines(number, person, at_s, rows_VL[number], scores, what_VL[number], change, rng)
        if change == "bot":
            lines += self._bot(there_N, rng)
        self._learn(person_V, rows_VL, what_VL)
        self.day += 1
        return lines

    def _visits(self, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Who asks, once for each page, and when; people who came are due again later."""
        people, day = self.people, self.day
        people.due_U[put_off(people.due_U == day, day, LAWS, rng)] += 1
        due = np.flatnonzero(people.due_U == day)
        people.due_U[due] = day + np.maximum(draw_gaps(people.gap_days_U[due], LAWS, rng), 1)
        pages = 1 + (rng.random((len(due), LAWS.slates - 1)) < LAWS.stay).cumprod(axis=1).sum(axis=1)
        begin = START_S + day * DAY_S + rng.choice(WINDOWS_S, len(due)) + rng.integers(0, 5 * 3600, len(due))
        page = np.arange(pages.sum()) - np.repeat(np.cumsum(pages) - pages, pages)
        return np.repeat(due, pages), np.repeat(begin, pages) + 60 * page

    def _shift(self, change: Change | None) -> NDArray[np.float32]:
        """What everybody wants more than before (D,)."""
        shift_D = np.zeros(self.stock.offsets[-1], np.float32)
        if change == "season":
            shift_D[[CATEGORY_NAMES.index(name) for name in WANTED]] = SHIFT
            shift_D[[CATEGORY_NAMES.index(name) for name in UNWANTED]] = -SHIFT
        if change == "styles":
            new = [row for row, one in enumerate(self.goods) if one.attributes["pattern"] in NEW]
            shift_D[np.unique(self.stock.codes_NB[new, 2])] = SHIFT
        return shift_D

    def _learn(self, person_V: NDArray[np.int64], rows_VL: NDArray[np.int64], what_VL: NDArray[np.int64]) -> None:
        acted, wished = what_VL < len(DONE), what_VL < DONE.index("hide")
        who = np.broadcast_to(person_V[:, None], rows_VL.shape)
        self.done_UN[who[acted], rows_VL[acted]] = True
        for block in (0, 1):
            np.add.at(self.own_UK, (who[wished], self.stock.codes_NB[rows_VL[wished], block]), 1)
        self.popular_N *= 2 ** (-1 / HALF_DAYS)
        np.add.at(self.popular_N, rows_VL[wished], 1)

    def _lines(
        self,
        number: int,
        person: int,
        at_s: int,
        rows_L: NDArray[np.int64],
        scores: NDArray[np.float64],
        what_L: NDArray[np.int64],
        change: Change | None,
        rng: np.random.Generator,
    ) -> Iterator[dict[str, Any]]:
        """What one page leaves in the log: the request with its answer, and what was done."""
        asked = f"{self.day}-{number}"
        same = {"part": 0, "release": "world", "shadow": False, "person": _mark(f"person {person}")}
        shown = [
            (self.marks[row], float(score), {"category": self.goods[row].category})
            for row, score in zip(rows_L.tolist(), scores, strict=True)
        ]
        took_ms = float(np.round(rng.lognormal(2.7, 0.25), 2))
        first = {"request_id": asked, "time_s": at_s, "route": "POST /v1/feed", "status": 200, "ms": took_ms}
        yield same | first | {"item": "", "features": {"k": 12.0}, "labels": {}, "answers": shown}
        for place, (row, what) in enumerate(zip(rows_L.tolist(), what_L.tolist(), strict=True)):
            if what == len(DONE):
                continue
            one = self.goods[row]
            labels = {"action": DONE[what], "surface": "home", "category": one.category}
            labels |= {name: one.attributes[name] for name in ("colour", "pattern")}
            if change == "feature" and rng.random() < LOST:
                del labels["colour"]
            told = {"request_id": f"{asked}-{place}", "time_s": at_s + place, "route": "POST /v1/events", "status": 202}
            about = {"item": self.marks[row], "features": {"position": float(place)}, "labels": labels}
            yield same | told | {"ms": 3.0, **about, "answers": []}

    def _bot(self, there_N: NDArray[np.bool_], rng: np.random.Generator) -> Iterator[dict[str, Any]]:
        """One visitor who asks without rest and clicks what is of one category."""
        wanted = np.flatnonzero(there_N & (self.stock.codes_NB[:, 0] == CATEGORY_NAMES.index(BOT_WANTS)))
        for page in range(BOT_PAGES):
            at_s = START_S + self.day * DAY_S + 600 * page
            rows_L = rng.choice(wanted, min(LAWS.slate, len(wanted)), replace=False)
            what_L = np.where(rng.random(len(rows_L)) < BOT_CLICKS, DONE.index("click"), len(DONE))
            yield from self._lines(10_000 + page, -1, at_s, rows_L, np.zeros(len(rows_L)), what_L, None, rng)


def served_world(people: int, items: int, days: int, seed: int = 7) -> Served:
    """A world whose home is served for some days, after a few in which its people come to come and go evenly."""
    rng = np.random.default_rng([seed, 12])
    days += SETTLE_DAYS
    made = [_good(number, rng) for number in range(items)]
    stock = make_stock(made, days, LAWS, rng)
    by_id = {one.item_id: one for one in made}
    goods = [by_id[item_id] for item_id in stock.item_id]
    looks_DX = rng.normal(size=(stock.offsets[-1], DIMENSIONS))
    looks_NX = looks_DX[stock.codes_NB].sum(axis=1) + rng.normal(0, LOOKS_SD, (items, DIMENSIONS))
    looks_NX /= np.linalg.norm(looks_NX, axis=1, keepdims=True)
    served = Served(
        goods,
        stock,
        draw_people(people, days, stock, LAWS, rng),
        seed,
        0,
        {_mark(item): row.astype(np.float32) for item, row in zip(stock.item_id, looks_NX, strict=True)},
        np.zeros(items),
        np.ones((people, stock.offsets[2])),
        np.zeros((people, items), np.bool_),
    )
    for _ in range(SETTLE_DAYS):
        served.live()
    return served


def _good(number: int, rng: np.random.Generator) -> Goods:
    colour, pattern = (str(rng.choice(names)) for names in (PALETTE_NAMES, PATTERN_NAMES))
    attributes = {"colour": colour, "pattern": pattern, "cut": str(rng.integers(6))}
    return Goods(f"item-{number:04d}", CATEGORY_NAMES[number % len(CATEGORY_NAMES)], attributes)


def _mark(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
