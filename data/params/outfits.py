"""Parameters of outfits: things that go together, as rows of text or as sets in JSON."""

from typing import Literal

from pydantic import Field, model_validator

from data.params.origins import FromFile
from data.params.strict import Strict

__all__ = ["OutfitColumns", "OutfitsParams"]


class OutfitColumns(Strict):
    """Names of columns in text with a row for each thing; `box` is left, top, width, height in shares."""

    outfit: str
    category: str
    item: str | None = None
    box: tuple[str, str, str, str] | None = None


class OutfitsParams(Strict):
    """Outfits, in one file that is split by the MD5 of their ids, or in files for training and test.

    With `columns` the files are text, a header and then a row for each thing, tabs between its values. Without, they
    are Polyvore's sets in JSON: `[{"set_id": "9", "items_category": [17], "items_index": [1]}]`.
    """

    source: Literal["outfits"]
    licence: str
    all: FromFile | None = None
    train: FromFile | None = Field(None, description="outfits for training and validation")
    test: FromFile | None = None
    columns: OutfitColumns | None = None
    categories: FromFile | None = Field(None, description="names of the categories of JSON: an id and a name a line")
    test_one_in: int = Field(5, gt=1, description="of all: so many outfits have one for test")
    validation_one_in: int = Field(10, gt=1, description="of those that are not for test")

    @model_validator(mode="after")
    def _one_form(self) -> "OutfitsParams":
        if (self.all is None) == (self.train is None) or (self.train is None) != (self.test is None):
            raise ValueError("give either all, or train and test")
        if self.train is not None and "test_one_in" in self.model_fields_set:
            raise ValueError("test_one_in is of outfits in one file; leave it out")
        if (self.columns is None) == (self.categories is None):
            raise ValueError("give either columns, for text, or categories, for JSON")
        return self
