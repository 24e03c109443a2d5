"""The requests and answers of the predictor."""

from typing import Annotated

from pydantic import Field, model_validator

from components.finding import MOST_LETTERS
from components.reading.understood import Understood
from data.params import Strict

__all__ = ["MOST_RESULTS", "Request", "Response", "Scored"]

MOST_RESULTS = 200

Name = Annotated[str, Field(min_length=1, max_length=200)]
Filters = dict[Name, Name | Annotated[list[Name], Field(min_length=1, max_length=100)]]


class Request(Strict):
    """Search by words, by a picture that is uploaded beside this, or by a picture and what should be otherwise."""

    text: str = Field("", max_length=MOST_LETTERS, description="what a person typed; may be empty beside a picture")
    filters: Filters = Field(
        default_factory=dict,
        max_length=20,
        description="category or attribute to the value, or to values of which one has to match; all keys have to",
    )
    k: int = Field(10, ge=1, le=MOST_RESULTS, description="number of results; fewer come back if fewer match")
    offset: int = Field(
        0, ge=0, le=MOST_RESULTS, description="how many of the best are left out: those of earlier pages"
    )
    among: tuple[Name, ...] = Field(
        (), max_length=5000, description="order these items, all of them, and no others; neither filters nor pages"
    )

    @model_validator(mode="after")
    def _whole(self) -> "Request":
        if self.among and (self.filters or self.offset):
            raise ValueError("among gives all of its items in order; leave out filters and offset")
        return self


class Scored(Strict):
    item_id: str
    score: float = Field(description="larger is better, comparable within one answer")
    grade: float | None = Field(None, description="0 to 3, as people would grade it; null where none were learned from")


class Response(Strict):
    items: tuple[Scored, ...] = Field(description="the best first; the same order for every k and offset")
    understood: tuple[Understood, ...] = Field(
        (), description="by which a person can filter; nothing is filtered unasked"
    )
    corrected: str | None = Field(None, description="the text that was searched instead")
    ideas: tuple[str, ...] = Field((), description="nearest queries that find something, where this found nothing")
