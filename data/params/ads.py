"""Parameters of logs of ads: rows of one file, with what was bid and paid, and what came of it."""

from typing import Literal

from pydantic import Field, model_validator

from data.params.catalogue import HashedSplits
from data.params.logs import TimeSplit
from data.params.strict import Strict
from data.params.text import Column, TextTable, check_columns, columns_of

__all__ = ["AdColumns", "AdLogParams", "AdSplits", "AdWorldParams"]


class AdColumns(Strict):
    """The log's columns. Money is in whole numbers of whatever unit the log has."""

    click: Column
    user: Column | None = None
    ad: Column | None = None
    campaign: Column | None = None
    advertiser: Column | None = None
    surface: Column | None = None
    position: Column | None = Field(None, description="counted from 1")
    bid: Column | None = None
    price: Column | None = None


class AdSplits(HashedSplits):
    """Splits of the person, or of the number of the row, counted from 0."""

    by: Literal["user", "row"] = "user"


class AdLogParams(TextTable):
    """Impressions of ads, a row each; other columns are features, by the names that they get."""

    source: Literal["ad_log"]
    licence: str
    columns: AdColumns
    features: dict[str, Column] = Field({}, description="name to column; several values in one are joined by commas")
    missing: tuple[str, ...] = Field(("", "null"), description="values that say that nothing is given, in any case")
    sampled_from: int | None = Field(
        None,
        gt=0,
        description="impressions in the whole log, of which all clicks and a random part of the rest are here",
    )
    splits: AdSplits | Literal["test"]

    @model_validator(mode="after")
    def _columns_fit(self) -> "AdLogParams":
        named = columns_of(self.columns) | columns_of(self.features.items(), "features")
        check_columns(self.header, named, ("columns.click",))
        if isinstance(self.splits, AdSplits) and self.splits.by == "user" and self.columns.user is None:
            raise ValueError("splits are by user, and columns names no user; name it, or set `by: row`")
        return self


class AdWorldParams(Strict):
    """The ads of the seeded simulator; never reported as a result on real data."""

    source: Literal["ad_world"]
    licence: str = "Apache-2.0"
    seed: int = Field(ge=0)
    people: int = Field(2000, gt=0)
    ads: int = Field(60, ge=4)
    days: int = Field(30, gt=0)
    visits: int = Field(12_000, gt=0, description="of four ads each, drawn evenly")
    splits: TimeSplit = TimeSplit(validation_days=3, test_days=6)
