"""Parameters of a catalogue: a file of items, and perhaps their pictures."""

from typing import Literal

from pydantic import Field, model_validator

from data.params.logs import ItemColumns, ItemsFile
from data.params.origins import FromFolder
from data.params.pictures import Damaged, Splits
from data.params.strict import Strict
from data.params.text import Column

__all__ = ["CatalogueColumns", "CatalogueParams", "HashedSplits"]


class HashedSplits(Strict):
    """Splits by a hash of the id, which stay as they are when items come or go.

    An item trains where `sha256(salt + id) % 100` is below `train`, validates where it is below `train + validation`,
    and tests otherwise.
    """

    salt: str
    train: int = Field(gt=0, lt=100, description="per cent")
    validation: int = Field(gt=0, lt=100, description="per cent")

    @model_validator(mode="after")
    def _leave_some(self) -> "HashedSplits":
        if self.train + self.validation >= 100:
            raise ValueError(f"train + validation is {self.train + self.validation}; leave some of 100 to test on")
        return self


class CatalogueColumns(ItemColumns):
    """The file's columns; where they have names, one that is left out is looked for under its usual ones."""

    picture: Column | None = Field(None, description="path of the picture's file; by default it is named by the id")
    split: Column | None = None


class CatalogueParams(ItemsFile):
    """Items as CSV, Parquet or JSON lines, one row per item, and a folder or archive of their pictures."""

    source: Literal["catalogue"]
    licence: str
    columns: CatalogueColumns = CatalogueColumns()
    pictures: FromFolder | None = Field(None, description="none where items are known by words alone")
    splits: Literal["given"] | HashedSplits | Splits = Splits()
    labels: tuple[str, ...] | None = Field(None, description="the only categories allowed; by default those found")
    damaged: Literal["exclude"] | Damaged | None = Field(
        None, description="exclude: pictures that do not decode are left out, at most 1 %; by default they fail"
    )
