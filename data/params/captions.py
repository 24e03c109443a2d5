"""Parameters of captions: several sentences on each picture, by people, without the pictures themselves."""

from typing import Literal

from pydantic import Field

from data.params.judgements import JudgementsFile
from data.params.origins import FromFile
from data.params.personal import PersonalData
from data.params.text import TextTable

__all__ = ["CaptionsParams"]


class CaptionsParams(TextTable):
    """A row a caption, `picture#number` and the sentence, as of Flickr8k: one asks for the picture, others describe it.

    train, validation and test name the pictures of each split; a picture in none of them is not asked for.
    """

    source: Literal["captions"]
    licence: str
    header: bool = False
    quote: str = ""
    asked: int = Field(0, ge=0, description="number of the caption that is the query")
    train: FromFile
    validation: FromFile
    test: FromFile
    judgements: tuple[JudgementsFile, ...] = Field((), description="how well pictures fit captions of others")
    locale: str = ""
    personal: PersonalData = "name"
