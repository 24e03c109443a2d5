"""The requests and answers of the predictor."""

from typing import Annotated, Literal

from pydantic import Field

from data.params import Strict

__all__ = ["Request", "Response"]

Name = Annotated[str, Field(min_length=1, max_length=200)]


class Request(Strict):
    """Make a picture, or a part of the one that is uploaded beside this."""

    task: Literal["generate", "fill", "background", "extend"] = Field(
        "generate",
        description="fill: what the part `mask` shows white; background: all but the product, which a mask shows "
        "black, or which stands on white; extend: the borders that `aspect` adds",
    )
    category: Name | None = None
    attributes: dict[Name, Name] = Field(default_factory=dict, max_length=20)
    words: str = Field("", max_length=500, description="read by a model that learned from titles")
    aspect: float | None = Field(None, ge=0.25, le=4, description="width over height of an extended picture")
    steps: int = Field(12, ge=1, le=100)
    guidance: float = Field(4.0, ge=0, le=10, allow_inf_nan=False, description="1 follows the condition as it is")
    student_steps: Literal[1, 2, 4] | None = Field(
        None, description="uses the student, which is quicker and has learned the guidance, for that many steps"
    )
    seed: int = Field(0, ge=0, lt=2**32, description="the same seed and request give the same picture")
    format: Literal["png", "webp"] = Field("png", description="of the answer; neither loses anything")


class Response(Strict):
    """The picture is the part `picture`; its file says that it was made, by which model, from which seed."""

    width_px: int
    height_px: int
    made_px: int = Field(description="pixels that were made; all others are as they were uploaded")
    seed: int
    model: str
