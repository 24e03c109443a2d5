"""Requests and answers of the home feed."""

from pydantic import Field

from data.params import Strict
from serving.discovery.ad_types import Ad
from serving.discovery.types import Country, Degraded, Done, Item, Reordered, UserId

__all__ = ["Feed", "FeedRequest"]


class FeedRequest(Strict):
    """A page of a person's home feed: what is stored of the user and `actions` both count."""

    user_id: UserId | None = None
    actions: list[Done] = Field(default_factory=list, max_length=1000, description="newest last")
    k: int = Field(24, ge=1, le=100)
    country: Country | None = None
    ads: bool = Field(False, description="whether ads may stand in between, one for eight items at most")
    cursor: str | None = Field(
        None, max_length=20_000, description="of the page before; items that came since do not make others repeat"
    )


class FeedReason(Strict):
    kind: str = Field(
        description="the source: for_you, kept_together, looks_alike, interest, trending_there, trending, new, ad"
    )
    text: str


class FeedItem(Item):
    score: float = Field(description="larger is better; comparable within one answer")
    source: str
    propensity: float | None = Field(
        description="with which it was drawn for its place; 1: it was not drawn; null: it was moved since"
    )
    because: FeedReason
    ad: Ad | None = Field(description="of what is paid for, and comes beside the items that were asked for")


class Feed(Strict):
    items: list[FeedItem]
    cursor: str | None = Field(description="of the next page; null: this was the last")
    degraded: list[Degraded] = Field(description="sources that were too late or did not answer, and what ranks")
    cold: bool = Field(description="nothing is known that the person wished for")
    reordered: Reordered | None
