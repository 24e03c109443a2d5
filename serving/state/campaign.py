"""Campaigns and offers as the stores keep them. Money is in whole numbers of the smallest unit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Booked", "Campaign", "Offer"]

Booked = Literal["booked", "before", "unknown", "early", "spent"]


@dataclass(frozen=True)
class Campaign:
    """What an advertiser pays for. spent: so far. pace: share of the bid that takes part.

    planned, counted: what was planned and spent when the pace was last set.
    """

    campaign_id: str
    advertiser_id: str
    item_id: str
    objective: str
    bid: int
    budget: int
    starts_s: int
    ends_s: int
    targeting: Mapping[str, str] = field(default_factory=dict)
    active: bool = True
    spent: int = 0
    pace: float = 1.0
    planned: int = 0
    counted: int = 0


@dataclass(frozen=True)
class Offer:
    """An ad that won a slot of somebody's page, and the price of each thing that may come of it."""

    offer_id: str
    campaign_id: str
    user_id: str
    objective: str
    price: int
    time_s: int
