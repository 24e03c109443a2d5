"""Requests and answers of pictures made to order."""

from typing import Annotated, Literal

from pydantic import Field

from data.params import Strict
from serving.discovery.types import ItemId, Name, Text, UserId

__all__ = ["Extend", "Generate", "JobState", "Paint", "Started"]


class Generate(Strict):
    """Pictures of a category, of attributes and of words."""

    user_id: UserId | None = Field(None, description="one person has at most two unfinished jobs")
    category: Name | None = None
    attributes: dict[Name, Name] = Field(default_factory=dict, max_length=20)
    words: Text = ""
    count: int = Field(1, ge=1, le=8, description="pictures; each has a seed one higher than the one before")
    steps: int = Field(12, ge=1, le=100)
    guidance: float = Field(4.0, ge=0, le=10, allow_inf_nan=False)
    student_steps: Literal[1, 2, 4] | None = Field(
        None, description="uses the student of the model, if it has one, for that many steps: quicker"
    )
    seed: int = Field(0, ge=0, lt=2**32)
    format: Literal["png", "webp"] = Field("png", description="of the pictures")


class Paint(Generate):
    """The same for a part of a picture: an uploaded one, or an item's."""

    item_id: ItemId | None = None


class Extend(Paint):
    aspect: float = Field(ge=0.25, le=4, description="width over height")


class Started(Strict):
    job_id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    ahead: int = Field(description="unfinished jobs that came before")


class JobState(Strict):
    """step: of the present picture. preview: a PNG in base64. pictures: those that are made, at `/pictures/NUMBER`."""

    job_id: str
    state: Literal["waiting", "running", "done", "cancelled", "failed"]
    step: int
    steps: int
    error: str
    version: int
    pictures: int
    ahead: int
    preview: str | None
