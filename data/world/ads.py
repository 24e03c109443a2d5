"""The ads of the simulated world: advertisers with budgets, and people who click, convert and tire of what they see.

A person has a taste for topics, which are categories of things; an ad has one topic and a quality of its own. Whether a
slot is looked at depends on its place alone; what was seen often of late is clicked less; a conversion comes some time
after the click.

Legend: P people, A ads, T topics, N impressions, K slots.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["SEEN_K", "AdWorld", "Visits"]

DAY_S = 86_400
START_S = 1_736_121_600  # Monday 2025-01-06, 00:00 UTC, as `behaviour.laws`
TOPICS = ("dress", "boot", "bag", "sunglasses", "chair", "lamp", "plant", "mug")  # categories of `world.catalogue`
SEEN_K = np.array([1.0, 0.6, 0.4, 0.3])  # how much of the first slot's looks each slot has
TIRES = 0.8  # factor of a click for each time that the ad was seen on the same day
DELAY_S = 2 * DAY_S  # mean time from click to conversion
BID_LEAST, BID_MOST = 50, 400
WISHES, HIDES = 20, 4  # things that a person clicked or saved before, or hid, on average
SURFACES = ("home", "search")


@dataclass(frozen=True)
class Visits:
    """Who came when, by time; `surface` is a number of `SURFACES`."""

    person_N: NDArray[np.int64]
    time_s_N: NDArray[np.int64]
    surface_N: NDArray[np.int64]


class AdWorld:
    """Equal seeds give equal worlds."""

    def __init__(self, seed: int, people: int = 2000, ads: int = 60) -> None:
        rng = np.random.default_rng([seed, 5])
        self.seed, self.people, self.ads = seed, people, ads
        self.taste_PT = rng.normal(0, 1.2, (people, len(TOPICS)))
        self.topic_A = rng.integers(0, len(TOPICS), ads)
        self.quality_A = rng.normal(0, 0.7, ads)
        self.sells_A = rng.normal(-1.5, 0.5, ads)
        self.bid_A = rng.integers(BID_LEAST, BID_MOST, ads)
        self.advertiser_A = np.arange(ads) // 3
        self.busy_P = rng.gamma(1.0, 1.0, people)
        rng = np.random.default_rng([seed, 8])
        self.wishes_PT = rng.multinomial(rng.poisson(WISHES * self.busy_P), _shares(self.taste_PT))
        self.hides_PT = rng.multinomial(rng.poisson(HIDES * self.busy_P), _shares(-self.taste_PT))

    def visits(self, first_day: int, days: int, count: int) -> Visits:
        """`count` visits within `days`, most in the evening."""
        rng = np.random.default_rng([self.seed, 6, first_day])
        person_N = rng.choice(self.people, count, p=self.busy_P / self.busy_P.sum())
        hour_N = np.clip(rng.normal(19, 4, count), 0, 23.99)
        time_s_N = START_S + (first_day + rng.integers(0, days, count)) * DAY_S + (hour_N * 3600).astype(int)
        order_N = np.argsort(time_s_N, kind="stable")
        return Visits(person_N[order_N], time_s_N[order_N], rng.integers(0, 2, count))

    def click(self, person: int, surface: int, seen_A: NDArray[np.int64]) -> NDArray[np.float64]:
        """The true probability that a person clicks each ad in the first slot (A,), having seen it so often today."""
        logit_A = -4.2 + 0.4 * surface + self.taste_PT[person, self.topic_A] + self.quality_A
        return np.asarray(TIRES**seen_A / (1 + np.exp(-logit_A)))

    def conversion(self, person: int) -> NDArray[np.float64]:
        """The true probability that a click converts (A,)."""
        return np.asarray(1 / (1 + np.exp(-(self.sells_A + 0.3 * self.taste_PT[person, self.topic_A]))))

    def features(self, person: int) -> dict[str, str]:
        """What is known of a person: the two topics of which they wished for most and hid least, and the other way."""
        liked_T = self.wishes_PT[person] - self.hides_PT[person]
        order = np.argsort(-liked_T, kind="stable")
        likes = ",".join(TOPICS[topic] for topic in order[:2] if liked_T[topic] > 0)
        least = TOPICS[order[-1]] if liked_T[order[-1]] < 0 else ""
        return {name: value for name, value in (("likes", likes), ("least", least)) if value}

    def ad(self, number: int) -> dict[str, str]:
        """The ids of an ad."""
        advertiser = f"advertiser-{self.advertiser_A[number]:02d}"
        return {"ad_id": f"ad-{number:03d}", "campaign_id": f"campaign-{number:03d}", "advertiser_id": advertiser}

    def shows(self, number: int, person: int) -> dict[str, str]:
        """The category of what an ad shows, and the share that it has of the person's wishes, if there are any."""
        topic, wishes_T = self.topic_A[number], self.wishes_PT[person]
        wished = {"wished": f"{wishes_T[topic] / wishes_T.sum():.3f}"} if wishes_T.any() else {}
        return {"category": TOPICS[topic]} | wished

    def log(self, days: int, visits: int, splits: tuple[int, int]) -> pd.DataFrame:
        """Impressions of ads that were drawn evenly. splits: days that validate and test, at the end."""
        seen = self.visits(0, days, visits)
        rng = np.random.default_rng([self.seed, 7])
        rows: list[dict[str, object]] = []
        for person, time_s, surface in zip(
            *map(np.ndarray.tolist, (seen.person_N, seen.time_s_N, seen.surface_N)), strict=True
        ):
            chosen = rng.choice(self.ads, len(SEEN_K), replace=False)
            click_A, sold_A = self.click(person, surface, np.zeros(self.ads, np.int64)), self.conversion(person)
            known = self.features(person)
            day = (time_s - START_S) // DAY_S
            split = "test" if day >= days - splits[1] else "validation" if day >= days - sum(splits) else "train"
            luck = rng.random((2, len(SEEN_K)))
            for slot, number in enumerate(chosen.tolist()):
                click = bool(luck[0, slot] < click_A[number] * SEEN_K[slot])
                sold = click and bool(luck[1, slot] < sold_A[number])
                own = self.ad(number)
                rows.append(
                    {
                        "impression_id": f"{len(rows):08d}",
                        "user_id": f"user-{person:05d}",
                        "ad_id": own["ad_id"],
                        "campaign_id": own["campaign_id"],
                        "advertiser_id": own["advertiser_id"],
                        "surface": SURFACES[surface],
                        "position": slot,
                        "time_s": time_s,
                        "features": sorted((known | self.shows(number, person)).items()),
                        "bid": int(self.bid_A[number]),
                        "price": None,
                        "propensity": len(SEEN_K) / self.ads,
                        "weight": 1.0,
                        "click": click,
                        "conversion": sold,
                        "delay_s": int(rng.exponential(DELAY_S)) if sold else None,
                        "value": int(self.bid_A[number]) * 5 if sold else None,
                        "split": split,
                    }
                )
        return pd.DataFrame(rows)

    def campaigns(self, days: int, first_day: int, budget: int) -> pd.DataFrame:
        """A campaign for each ad, over all of the days."""
        starts_s = START_S + first_day * DAY_S
        rows = [
            self.ad(number)
            | {"objective": "clicks", "bid": int(self.bid_A[number]), "budget": budget}
            | {"starts_s": starts_s, "ends_s": starts_s + days * DAY_S, "targeting": []}
            for number in range(self.ads)
        ]
        return pd.DataFrame(rows)


def _shares(taste_PT: NDArray[np.float64]) -> NDArray[np.float64]:
    odds_PT = np.exp(taste_PT)
    return np.asarray(odds_PT / odds_PT.sum(axis=1, keepdims=True))
