"""Requests and answers of the predictor. Money is in whole numbers of the smallest unit."""

from typing import Annotated, Literal

from pydantic import Field

from data.params import Strict

__all__ = ["MOST_CANDIDATES", "Candidate", "Placed", "Request", "Response", "Why"]

MOST_CANDIDATES = 2000
Name = Annotated[str, Field(max_length=200)]
Given = Annotated[str, Field(min_length=1, max_length=200)]
Features = Annotated[dict[Given, Annotated[str, Field(max_length=5000)]], Field(max_length=200)]
Why = Literal["targeting", "budget", "shown", "relevance", "reserve", "advertiser", "there", "outbid"]
Money = Annotated[int, Field(gt=0, le=10**15, strict=True)]


class Candidate(Strict):
    """An ad that could be shown, and what its campaign pays."""

    ad_id: Given
    campaign_id: Name = ""
    advertiser_id: Name = ""
    item_id: Name = Field("", description="what it shows, which a page has once; empty: what no other ad does")
    features: Features = Field(default_factory=dict, description="of the ad; they go before those of the request")
    bid: Money = Field(description="most that one of the objective is worth")
    objective: Literal["impressions", "clicks", "conversions"] = "clicks"
    pace: float = Field(1, ge=0, le=1, description="share of the bid that takes part, so that the budget lasts")
    left: int | None = Field(None, strict=True, description="of the budget; null: no end of it")
    shown: int = Field(0, ge=0, description="times that the person saw the ad lately")
    targeting: Features = Field(default_factory=dict, description="what features of the request have to be")


class Request(Strict):
    """Which ads win the slots of a page."""

    user_id: Name = ""
    surface: Name = ""
    features: Features = Field(default_factory=dict, description="of the person and the moment")
    slots: int = Field(1, ge=1, le=100)
    candidates: tuple[Candidate, ...] = Field((), max_length=MOST_CANDIDATES, description="repeats count once")


class Placed(Strict):
    slot: int = Field(description="from 0")
    ad_id: str
    campaign_id: str
    advertiser_id: str
    price: int = Field(description="due for one of the objective, never above the bid")
    objective: str
    probabilities: dict[str, float] = Field(description="of each outcome, in the first slot; conversion is of a click")
    worth: float = Field(description="bid times probability, paced: what the ads are ordered by")
    because: dict[str, str] = Field(description="the targeting that the person or the moment met")


class Response(Strict):
    ads: tuple[Placed, ...] = Field(description="by slot")
    filtered: dict[str, Why] = Field(description="every other candidate by ad_id, and why it is not shown")
