"""The requests and answers of the predictor."""

from typing import Annotated

from pydantic import Field

from data.params import Strict

__all__ = ["CategoryProbability", "Hit", "Request", "Response"]

Name = Annotated[str, Field(min_length=1, max_length=200)]
Pixels = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Request(Strict):
    """Search by a picture, which is uploaded beside this, or by an item of the gallery."""

    item_id: Name | None = Field(None, description="search by this item of the gallery instead of by a picture")
    box: tuple[Pixels, Pixels, Pixels, Pixels] | None = Field(
        None, description="x0, y0, x1, y1: search by this part of the picture, in its pixels after EXIF rotation"
    )
    k: int = Field(10, ge=1, le=100, description="number of results; fewer come back if fewer match")
    filters: dict[Name, Name | Annotated[list[Name], Field(min_length=1, max_length=100)]] = Field(
        default_factory=dict,
        max_length=20,
        description="category or attribute to the value, or to values of which one has to match; all keys have to",
    )


class Hit(Strict):
    """An item of the gallery."""

    item_id: str
    score: float = Field(description="cosine similarity, 1 for the same picture")
    category: str | None
    attributes: dict[str, str]
    title: str | None = None


class CategoryProbability(Strict):
    category: str
    probability: float


class Response(Strict):
    hits: tuple[Hit, ...] = Field(description="by falling score")
    categories: tuple[CategoryProbability, ...] = Field(
        description="the three most probable categories of the picture; none when searching by item"
    )
