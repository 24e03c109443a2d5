"""Requests and answers of searches, by pictures and by words."""

from typing import Annotated

from pydantic import Field

from data.params import Strict
from serving.discovery.types import Category, Degraded, Filters, Item, Name, Pixels, Reordered

__all__ = [
    "MAX_FOUND",
    "MAX_RESULTS",
    "MAX_SUGGESTIONS",
    "SearchQuery",
    "SearchRequest",
    "SearchResults",
    "SuggestQuery",
    "Suggestions",
]

MAX_RESULTS = 1000  # that can be paged through
MAX_FOUND = 200  # the same of what words find
MAX_SUGGESTIONS = 20

Query = Annotated[str, Field(max_length=1000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")]


class SearchQuery(Strict):
    offset: int | None = Field(None, ge=0, lt=MAX_RESULTS, description="instead of the field of the same name")


class SearchRequest(Strict):
    """Search by a picture, which is uploaded beside this, by an item, or by a text, which may be said of either."""

    text: Query = Field("", description="what somebody typed; beside a picture or an item, what should be otherwise")
    item_id: Name | None = Field(None, description="search by this item instead of by an uploaded picture")
    box: tuple[Pixels, Pixels, Pixels, Pixels] | None = Field(
        None,
        description="x0, y0, x1, y1: search by this part of the picture, in its pixels after EXIF rotation; of an "
        "item, in pixels of its served picture",
    )
    filters: Filters = Field(default_factory=dict)
    k: int = Field(30, ge=1, le=100)
    offset: int = Field(0, ge=0, lt=MAX_RESULTS, description="results to pass over")


class SearchResult(Item):
    score: float = Field(
        description="larger is better; without a text the cosine similarity of pictures, 1 for the same"
    )


class Understood(Strict):
    """What a text is taken to name: a filter that a caller can set. Nothing is filtered unasked."""

    name: str = Field(description="category, or an attribute")
    value: str
    words: str = Field(description="the part of the text that says so")


class SearchResults(Strict):
    items: list[SearchResult] = Field(description="by falling score, unless reordered")
    categories: list[Category] = Field(description="the most probable ones of the picture; none of an item")
    next_offset: int | None = Field(description="of the next page; null: there are no more")
    understood: list[Understood]
    corrected: str | None = Field(description="the text that was searched instead of a misspelt one")
    ideas: list[str] = Field(description="nearest queries, where nothing was found")
    degraded: list[Degraded]
    reordered: Reordered | None


class SuggestQuery(Strict):
    text: Query = Field("", description="what was typed so far")
    k: int = Field(8, ge=1, le=MAX_SUGGESTIONS)


class Suggestions(Strict):
    suggestions: list[str] = Field(description="whole queries, the likeliest first")
