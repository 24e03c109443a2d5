"""The requests and answers of the predictor."""

from typing import Annotated

from pydantic import Field, model_validator

from data.params import Strict

__all__ = [
    "MOST_PIECES",
    "Companions",
    "Mask",
    "MatchedRegion",
    "Piece",
    "Region",
    "Request",
    "Response",
    "Scored",
    "SearchedRegion",
]

MOST_PIECES = 100  # of a look; a picture's further regions are not searched

Name = Annotated[str, Field(min_length=1, max_length=200)]
Pixels = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, lt=2**31)]


class Piece(Strict):
    """A thing of a look: an item, or only what kind of thing it is."""

    item_id: Name | None = Field(None, description="of an item that training knew; another counts by its category")
    category: Name | None = Field(None, description="null: that of the item")

    @model_validator(mode="after")
    def _something(self) -> "Piece":
        if self.item_id is None and self.category is None:
            raise ValueError("give an item_id, a category or both")
        return self


class Scored(Strict):
    """An item; a larger score is better, and comparable within one list."""

    item_id: Name
    score: Annotated[float, Field(allow_inf_nan=False)]


class Mask(Strict):
    """COCO's run-length encoding, uncompressed: pixels outside, then inside, and so on, column by column."""

    size: tuple[Count, Count] = Field(description="height and width: the picture's, or smaller at its aspect")
    counts: tuple[Count, ...] = Field(max_length=2**20)


class Region(Strict):
    """A thing in a picture."""

    label: Name
    score: float = Field(1.0, description="how sure it is, 0 to 1")
    box: tuple[Pixels, Pixels, Pixels, Pixels] = Field(
        description="x0, y0, x1, y1 in pixels of the picture after EXIF rotation, half open"
    )
    area_px: int | None = None
    mask: Mask | None = None
    attributes: dict[str, str] = Field(default_factory=dict)


class SearchedRegion(Region):
    found: tuple[Scored, ...] | None = Field(
        None, max_length=200, description="items that look like it, with the cosine as score; null: they are searched"
    )


class Request(Strict):
    """A picture, which is uploaded beside this, or the things of a look."""

    regions: tuple[SearchedRegion, ...] | None = Field(
        None, max_length=MOST_PIECES, description="of the picture, where they are known; null: it is parsed"
    )
    look: tuple[Piece, ...] | None = Field(
        None, min_length=1, max_length=MOST_PIECES, description="instead of a picture: what is there already"
    )
    candidates: tuple[Piece, ...] = Field(
        (), max_length=1000, description="score each of these by how well it completes the look"
    )
    k: int = Field(5, ge=0, le=100, description="items of each region, and of each category that completes the look")
    categories: int = Field(4, ge=0, le=1000, description="most categories that complete the look")


class MatchedRegion(Region):
    items: tuple[Scored, ...] = Field(
        description="of the region's category, where items have it, the most alike in looks and colours first"
    )


class Companions(Strict):
    """A category that completes the look, and its items."""

    category: str
    probability: float = Field(description="that one more thing is of this category")
    items: tuple[Scored, ...] = Field(description="those first that go best with what is there")


class Response(Strict):
    width_px: int | None = Field(None, description="of the picture after EXIF rotation")
    height_px: int | None = None
    regions: tuple[MatchedRegion, ...] = Field((), description="as the parser gives them; none without a picture")
    goes_with: tuple[Companions, ...] = Field(description="the most probable category first")
    candidates: tuple[float, ...] = Field((), description="a score for each; larger completes the look better")
