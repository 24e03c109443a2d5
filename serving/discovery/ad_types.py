"""Requests and answers about ads and campaigns. Money is in whole numbers of the smallest unit."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from data.params import Strict
from data.times import LATEST_S
from serving.discovery.types import Degraded, Item, ItemId, UserId

__all__ = [
    "Ad",
    "AdBooked",
    "AdEvent",
    "AdItem",
    "Ads",
    "AdsRequest",
    "Campaign",
    "CampaignFields",
    "Campaigns",
    "Spending",
]

Objective = Literal["impressions", "clicks", "conversions"]
Money = Annotated[int, Field(gt=0, le=10**15, strict=True)]
Text = Annotated[str, Field(min_length=1, max_length=200)]
Features = Annotated[dict[Text, Text], Field(max_length=50)]
Second = Annotated[int, Field(ge=0, lt=LATEST_S)]


class AdsRequest(Strict):
    """Which ads to show to somebody; what is answered is offered, and booked by `POST /v1/ads/events`."""

    user_id: UserId
    surface: str = Field("home", max_length=200)
    slots: int = Field(1, ge=1, le=20)
    features: Features = Field(default_factory=dict, description="of the moment: what targeting and the model read")


class Ad(Strict):
    """Marks an item as an ad."""

    offer_id: str = Field(description="by which its events are posted")
    campaign_id: str
    advertiser_id: str
    objective: Objective
    price: int = Field(description="due for one of the objective")
    why: str = Field(description="why the person sees it, in a sentence")


class AdItem(Item):
    ad: Ad


class Ads(Strict):
    items: list[AdItem] = Field(description="by slot")
    filtered: dict[str, str] = Field(description="every other running campaign, and why it is not shown")
    degraded: list[Degraded] = Field(
        description="what did not answer: without the system nothing is shown, without the state no action counts"
    )


class AdEvent(Strict):
    """What somebody did with an ad that they were offered; hide: they want no more of its advertiser."""

    offer_id: str = Field(pattern=r"^[0-9a-f]{32}$")
    user_id: UserId
    event: Literal["impression", "click", "conversion", "hide"]


class AdBooked(Strict):
    booked: bool = Field(description="false: it was booked before, or there is nothing to book")
    paid: bool = Field(description="false: the budget was gone")


class CampaignFields(Strict):
    advertiser_id: UserId
    item_id: ItemId = Field(description="what is shown")
    objective: Objective = "clicks"
    bid: Money = Field(description="most that one of the objective is worth")
    budget: Money = Field(description="most that is spent in all")
    starts_s: Second
    ends_s: Second = Field(description="from which on it is not shown")
    targeting: Features = Field(default_factory=dict, description="what features of a request have to be")
    active: bool = True

    @model_validator(mode="after")
    def _possible(self) -> "CampaignFields":
        if self.ends_s <= self.starts_s:
            raise ValueError("ends_s is not after starts_s; a campaign ends after it starts")
        if self.bid > self.budget:
            raise ValueError("bid is above budget; nothing could be paid of it")
        return self


class Campaign(CampaignFields):
    campaign_id: str
    spent: int
    planned: int = Field(description="what should be spent by now")
    pace: float = Field(description="share of the bid that takes part, so that the budget lasts")


class Campaigns(Strict):
    campaigns: list[Campaign]


class SpendingPoint(Strict):
    time_s: int
    planned: int = Field(description="what should be spent by then")
    spent: int | None = Field(description="what was spent by then; null: that is still to come")


class Spending(Strict):
    points: list[SpendingPoint] = Field(description="of the whole schedule, evenly; one more is now")
