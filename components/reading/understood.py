"""A value that a text or a picture names."""

from pydantic import Field

from data.params import Strict

__all__ = ["Understood"]


class Understood(Strict):
    """What the text, or the picture, is taken to name."""

    name: str = Field(description="category, or an attribute")
    value: str
    words: str = Field(description="the part of the text that says so; empty: a picture shows it")
    probability: float
