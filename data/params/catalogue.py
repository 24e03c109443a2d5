"""Parameters of a catalogue: a file of items, and perhaps their pictures."""

from typing import Literal

from pydantic import Field, model_validator

from data.params.judgements import JudgementsFile, QueriesFile
from data.params.logs import ItemColumns, ItemsFile
from data.params.origins import FromFolder
from data.params.personal import PersonalData
from data.params.pictures import Damaged, Splits
from data.params.strict import Strict
from data.params.text import Column

__all__ = ["CatalogueColumns", "CatalogueParams", "HashedItemSplits", "HashedSplits"]


class HashedSplits(Strict):
    """Splits by a hash of the id, or of a query's text, which stay as they are when others come or go.

    An item trains where `digest(salt + id) % 100` is below `train`, validates where it is below `train + validation`,
    and tests otherwise. The text of a query is taken in one case, with single spaces.
    """

    salt: str
    train: int = Field(gt=0, lt=100, description="per cent")
    validation: int = Field(gt=0, lt=100, description="per cent")
    digest: Literal["sha256", "sha1"] = "sha256"

    @model_validator(mode="after")
    def _leave_some(self) -> "HashedSplits":
        if self.train + self.validation >= 100:
            raise ValueError(f"train + validation is {self.train + self.validation}; leave some of 100 to test on")
        return self


class HashedItemSplits(HashedSplits):
    """The same for items; by the title, in one case, those that are called the same stay together."""

    by: Literal["id", "title"] = "id"


class CatalogueColumns(ItemColumns):
    """The file's columns; where they have names, one that is left out is looked for under its usual ones."""

    picture: Column | None = Field(None, description="path of the picture's file; by default it is named by the id")
    split: Column | None = None


class CatalogueParams(ItemsFile):
    """Items as CSV, Parquet or JSON lines, one row per item, with pictures in a folder or archive, and judgements.

    A file of judged pairs, which has an item in several rows, is both: its items are distinct by `duplicates: drop`.
    """

    source: Literal["catalogue"]
    licence: str
    columns: CatalogueColumns = CatalogueColumns()
    pictures: FromFolder | None = Field(None, description="none where items are known by words alone")
    duplicates: Literal["keep", "drop"] = Field(
        "keep", description="of the same item: kept for validation to name, or all but the first dropped"
    )
    splits: Literal["given"] | HashedItemSplits | Splits | None = Field(
        None, description="of items; by default seeded shares, none where words alone are judged"
    )
    judgements: tuple[JudgementsFile, ...] = Field((), description="how well items answer queries")
    queries: QueriesFile | None = Field(None, description="none where judgements name queries by their text")
    query_splits: Literal["given"] | HashedSplits = Field(
        HashedSplits(salt="query|", train=60, validation=20),
        description="of queries with all of their judgements, by their text; or given by the file of queries",
    )
    locale: str = Field("", description="of all queries, such as en, where the file of queries does not say")
    labels: tuple[str, ...] | None = Field(None, description="the only categories allowed; by default those found")
    personal: PersonalData = "name"
    damaged: Literal["exclude"] | Damaged | None = Field(
        None, description="exclude: pictures that do not decode are left out, at most 1 %; by default they fail"
    )

    @model_validator(mode="after")
    def _judged(self) -> "CatalogueParams":
        if not self.judgements and (self.queries is not None or "query_splits" in self.model_fields_set or self.locale):
            raise ValueError("queries, query_splits and locale are of judgements; give some, or leave these out")
        if self.query_splits == "given" and self.queries is None:
            raise ValueError("query_splits is given by the file of queries; name it, or give a rule")
        return self
