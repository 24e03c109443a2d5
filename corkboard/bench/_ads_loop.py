"""Two weeks of auctions in the simulated world, by one way of holding them.

Legend: A ads, P people, D days, K slots.
"""

import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Arm", "Believed", "Outcome", "lived", "traffic_of"]

STEP_S = 3600  # after which paces are set anew
WEEK_H = 168
HIDES = 0.02  # share of those who look and do not click that hide an ad which they would never click
NEVER = 0.01  # probability of a click below which they would not
FLOOR = 0.01  # least probability of a click that is shown, unless by price alone
MOST_A_DAY = 3  # times that a person is shown an ad


@dataclass(frozen=True)
class Arm:
    """How auctions are held. power: of the odds that are believed, in place of calibrated ones.

    forecast: paces follow the traffic of each hour of the week as it was before; otherwise all hours are alike.
    """

    power: float = 1.0
    paced: bool = True
    forecast: bool = True
    by_price: bool = False
    oracle: bool = False


@dataclass(frozen=True)
class Outcome:
    """By person and day (P, D): what advertisers paid, clicks, what conversions were worth to advertisers, and hides.

    overspent: of each ad (A,), what was paid beyond its budget.
    """

    revenue: np.ndarray
    clicks: np.ndarray
    value: np.ndarray
    hides: np.ndarray
    overspent: np.ndarray


class Believed:
    """What the released system says of each ad's click, by person and surface; each is asked once."""

    def __init__(self, world: Any, advertiser: Any, request: Any) -> None:
        self._world, self._advertiser, self._request = world, advertiser, request
        self._known: dict[tuple[int, int], np.ndarray] = {}
        self.taken_ms: list[float] = []

    def click(self, person: int, surface: int) -> np.ndarray:
        """(A,), in the first slot."""
        from components.message import Message, answer_one

        if (person, surface) not in self._known:
            asked = Message(self._request.model_validate(self._fields(person, surface)))
            started = time.perf_counter()
            ads = answer_one(self._advertiser.answers, asked).fields.ads
            self.taken_ms.append((time.perf_counter() - started) * 1e3)
            chances = {one.ad_id: one.probabilities["click"] for one in ads}
            names = [self._world.ad(number)["ad_id"] for number in range(self._world.ads)]
            self._known[person, surface] = np.array([chances.get(name, 0.0) for name in names])
        return self._known[person, surface]

    def _fields(self, person: int, surface: int) -> dict[str, Any]:
        """All ads, each of an advertiser of its own, so that all are placed."""
        from data.world.ads import SURFACES

        world, candidates = self._world, []
        for number in range(world.ads):
            ad = world.ad(number)
            features = world.shows(number, person) | {"advertiser_id": ad["advertiser_id"]}
            candidates.append(
                ad | {"advertiser_id": ad["ad_id"], "features": features, "bid": int(world.bid_A[number])}
            )
        known = {"user_id": f"user-{person:05d}", "surface": SURFACES[surface], "features": world.features(person)}
        return known | {"slots": world.ads, "candidates": candidates}


def traffic_of(visits: Any) -> list[float]:
    """Visits in each hour of the week, from Monday 00:00 UTC."""
    from data.world.ads import START_S

    hour_N = (visits.time_s_N - START_S) // STEP_S % WEEK_H
    return np.bincount(hour_N, minlength=WEEK_H).astype(float).tolist()


def lived(
    world: Any, visits: Any, arm: Arm, believed: Believed, budget: int, days: int, traffic_168: list[float]
) -> Outcome:
    """Hold an auction for each visit; each visit draws its luck from numbers of its own."""
    from components.auction.pacing import FLAT, paced, planned
    from components.auction.slots import Bid, hold
    from data.world.ads import DAY_S, SEEN_K, START_S

    first_s = START_S + int(visits.time_s_N.min() - START_S) // DAY_S * DAY_S
    spent, counted, paces = [0] * world.ads, [0] * world.ads, [1.0] * world.ads
    plan = step = 0
    traffic = traffic_168 if arm.forecast else FLAT
    totals = {name: np.zeros((world.people, days)) for name in ("revenue", "clicks", "value", "hides")}
    shown: Counter[tuple[int, int, int]] = Counter()
    asked = zip(visits.person_N.tolist(), visits.time_s_N.tolist(), visits.surface_N.tolist(), strict=True)
    for number, (person, time_s, surface) in enumerate(asked):
        now, day = (time_s - first_s) // STEP_S, (time_s - first_s) // DAY_S
        if arm.paced and now > step:
            due = planned(budget, first_s, first_s + days * DAY_S, first_s + now * STEP_S, traffic)
            paces = [paced(one, was, by_now, plan, due) for one, was, by_now in zip(paces, counted, spent, strict=True)]
            plan, counted, step = due, list(spent), now
        seen_A = np.array([shown[person, ad, day] for ad in range(world.ads)])
        true_A = world.click(person, surface, seen_A)
        chance_A = true_A if arm.oracle else believed.click(person, surface)
        odds_A = (chance_A / (1 - chance_A)) ** arm.power
        chance_A = np.ones(world.ads) if arm.by_price else odds_A / (1 + odds_A)
        bids, places = [], []
        for ad in range(world.ads):
            left = budget - spent[ad]
            if left >= world.bid_A[ad] and seen_A[ad] < MOST_A_DAY and chance_A[ad] >= FLOOR:
                bids.append(Bid(f"{ad:03d}", int(world.bid_A[ad] * paces[ad]), float(chance_A[ad])))
                places.append(ad)
        rng = np.random.default_rng([world.seed, 8, number])
        luck = rng.random((3, len(SEEN_K)))
        sold_A = world.conversion(person)
        for won in hold(bids, SEEN_K.tolist()):
            ad = places[won.place]
            shown[person, ad, day] += 1
            if luck[0, won.slot] < true_A[ad] * SEEN_K[won.slot]:
                spent[ad] += won.price
                totals["revenue"][person, day] += won.price
                totals["clicks"][person, day] += 1
                totals["value"][person, day] += 5 * world.bid_A[ad] * (luck[1, won.slot] < sold_A[ad])
            elif true_A[ad] < NEVER and luck[2, won.slot] < HIDES * SEEN_K[won.slot]:
                totals["hides"][person, day] += 1
    return Outcome(**totals, overspent=np.maximum(np.array(spent) - budget, 0))
