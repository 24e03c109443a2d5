"""Parameters of pictures: folders, the simulated world, and tables that exist already."""

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from data.params.logs import TimeSplit
from data.params.origins import FromFolder
from data.params.strict import Strict

__all__ = ["Damaged", "ImageFolderParams", "Splits", "TablesParams", "WorldBehaviour", "WorldParams"]


class Splits(Strict):
    """Shares of a seeded split, stratified by category, with duplicates kept together."""

    train: float = Field(0.8, gt=0, lt=1)
    validation: float = Field(0.1, gt=0, lt=1)
    test: float = Field(0.1, gt=0, lt=1)
    seed: int = 0

    @model_validator(mode="after")
    def _sum_to_one(self) -> "Splits":
        total = self.train + self.validation + self.test
        if abs(total - 1) > 1e-6:
            raise ValueError(f"train + validation + test is {total:g}; they have to sum to 1")
        return self


class Damaged(Strict):
    """Pictures that do not decode are excluded and reported, up to a share of all; beyond it preparation fails."""

    largest_share: float = Field(0.01, gt=0, lt=1)


class ImageFolderParams(FromFolder):
    """One folder per class, `<class>/*.jpg`, or with given splits, `train|validation|test/<class>/*.jpg`."""

    source: Literal["image_folder"]
    licence: str
    splits: Literal["given"] | Splits | None = Field(
        None, description="shares to assign, or given by folders; by default given if there are such folders"
    )
    labels: tuple[str, ...] | None = Field(None, description="the only categories allowed; by default those found")
    damaged: Literal["exclude"] | Damaged | None = Field(
        None, description="exclude: pictures that do not decode are left out, at most 1 %; by default they fail"
    )


class WorldBehaviour(Strict):
    """People of the world who come back day after day and act on what they are shown."""

    users: int = Field(gt=0)
    days: int = Field(gt=0)
    splits: TimeSplit = TimeSplit(validation_days=2, test_days=2)
    impressions: bool = Field(False, description="whether all that the home feed showed is a table of its own")

    @model_validator(mode="after")
    def _days_to_train_on(self) -> "WorldBehaviour":
        held_out = self.splits.validation_days + self.splits.test_days
        if self.days <= held_out:
            raise ValueError(
                f"days is {self.days} and {held_out} of them validate and test; give more days to train on"
            )
        return self


class WorldParams(Strict):
    """The seeded simulator; never reported as a result on real data."""

    source: Literal["world"]
    licence: str = "Apache-2.0"
    seed: int = Field(ge=0)
    objects: int = Field(gt=0, description="pictures of one object")
    scenes: int = Field(ge=0, description="pictures of several objects, with boxes and masks")
    pictures: bool = Field(True, description="false: items with attributes alone, for worlds too large to be rendered")
    size_px: int = Field(224, ge=32, le=1024)
    behaviour: WorldBehaviour | None = Field(None, description="what people did with the objects; none by default")
    queries: int = Field(0, ge=0, description="that people type, with the true grade of every object")
    pages: int = Field(0, ge=0, description="of results that people saw of these queries, with their clicks")
    boards: int = Field(0, ge=0, description="on which people keep objects together")


class TablesParams(Strict):
    """A folder that already holds the canonical tables (`items.parquet`, …) and their pictures."""

    source: Literal["tables"]
    licence: str
    path: Path
    labels: tuple[str, ...] | None = None
