"""How reading is learned."""

from pydantic import Field

from data.params import Strict

__all__ = ["ReadingConfig"]


class ReadingConfig(Strict):
    """Which values of attributes a text names."""

    most_values: int = Field(300, ge=2, description="of an attribute; one with more, such as a model's number, is none")
    least_share: float = Field(
        0.1, ge=0, le=1, description="of the texts that have a value of an attribute, to read it"
    )
    least_items: int = Field(3, ge=1, description="that have a value, for it to be one")
    most_texts: int = Field(100_000, gt=0, description="titles that it learns from, the first by id")
    epochs: int = Field(20, gt=0)
    learning_rate: float = Field(0.3, gt=0)
