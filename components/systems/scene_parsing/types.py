"""The requests and answers of the predictor."""

from pydantic import Field

from data.params import Strict

__all__ = ["Mask", "Region", "Request", "Response"]


class Request(Strict):
    """Parse a picture, which is uploaded beside this."""

    least_score: float = Field(0.0, ge=0, le=1, description="leave out regions of a lower score")


class Mask(Strict):
    """COCO's uncompressed run-length encoding: lengths of runs of 0 and 1 in turn, down the columns from the left."""

    size: tuple[int, int] = Field(description="height and width: the picture's, or smaller at the same aspect")
    counts: tuple[int, ...]


class Region(Strict):
    """One thing in the picture."""

    label: str
    score: float = Field(description="mean probability of the label over the region")
    box: tuple[int, int, int, int] = Field(
        description="x0, y0, x1, y1 in the picture's pixels after EXIF rotation, half open"
    )
    area_px: int
    value: int = Field(description="its number in the PNG, the answer's part `mask`; 0 is nothing")
    mask: Mask
    attributes: dict[str, str]


class Response(Strict):
    """The regions; their numbers are in the part `mask`, as large as each region's own mask says."""

    regions: tuple[Region, ...] = Field(description="by falling score")
    width_px: int = Field(description="of the picture, after EXIF rotation")
    height_px: int
