"""Parameters of relative captions: what is wanted, said as the difference from a picture that is there."""

from typing import Literal

from pydantic import Field

from data.params.origins import FromFile
from data.params.personal import PersonalData

__all__ = ["RelativeCaptionsParams"]


class RelativeCaptionsParams(FromFile):
    """FashionIQ's captions as JSON lines, `{category, split, candidate, target, captions}`; test may have no target."""

    source: Literal["relative_captions"]
    licence: str
    pictures_of: FromFile = Field(description="JSON of the ids of all pictures, a list by `category.split`")
    locale: str = ""
    personal: PersonalData = "name"
