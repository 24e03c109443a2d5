"""`params.yaml`, every knob of the project, as frozen typed models."""

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from data.errors import UserError
from data.project import root

__all__ = [
    "Archive",
    "DatasetParams",
    "ImageFolderParams",
    "Params",
    "Splits",
    "Strict",
    "SystemParams",
    "TablesParams",
    "WorldBehaviour",
    "WorldParams",
    "explain",
    "load",
]


class Strict(BaseModel):
    """A frozen section: unknown keys are refused, defaults are checked."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class Archive(Strict):
    """A tar or zip to be brought: from the mirror folder by its file name, otherwise from its address."""

    url: str
    file: str
    files: int = Field(gt=0, description="count of regular files once unpacked")
    content_sha256: str = Field(
        pattern=r"^[0-9a-f]{64}$", description="over sorted path + content of what was unpacked"
    )


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


class ImageFolderParams(Strict):
    """A folder a class, `<class>/*.jpg`, or with given splits, `train|validation|test/<class>/*.jpg`."""

    source: Literal["image_folder"]
    licence: str
    archive: Archive | None = None
    path: Path | None = Field(None, description="a local folder of pictures, relative to the project")
    splits: Literal["given"] | Splits | None = Field(
        None, description="shares to assign, or given by folders; by default given if there are such folders"
    )
    labels: tuple[str, ...] | None = Field(None, description="the only categories allowed; by default those found")

    @model_validator(mode="after")
    def _one_origin(self) -> "ImageFolderParams":
        if (self.archive is None) == (self.path is None):
            raise ValueError("give either archive or path")
        return self


class WorldBehaviour(Strict):
    """People of the world who come back day after day and act on what they are shown."""

    users: int = Field(gt=0)
    days: int = Field(gt=0)


class WorldParams(Strict):
    """The seeded simulator; never reported as a result on real data."""

    source: Literal["world"]
    licence: str = "Apache-2.0"
    seed: int = Field(ge=0)
    objects: int = Field(gt=0, description="pictures of one object")
    scenes: int = Field(ge=0, description="pictures of several objects, with boxes and masks")
    size_px: int = Field(224, ge=32, le=1024)
    behaviour: WorldBehaviour | None = Field(None, description="what people did with the objects; none by default")


class TablesParams(Strict):
    """A folder that already holds the canonical tables (`items.parquet`, …) and their pictures."""

    source: Literal["tables"]
    licence: str
    path: Path
    labels: tuple[str, ...] | None = None


DatasetParams = Annotated[ImageFolderParams | WorldParams | TablesParams, Field(discriminator="source")]


class SystemParams(Strict):
    """A system's default data set, its configuration, and what differs from it for some data sets."""

    dataset: str
    config: dict[str, Any]
    gate: dict[str, Any]
    by_dataset: dict[str, dict[str, Any]] = Field(default_factory=dict)


class Params(Strict):
    datasets: dict[str, DatasetParams]
    systems: dict[str, SystemParams]

    @model_validator(mode="after")
    def _names_known(self) -> "Params":
        for name, system in self.systems.items():
            for dataset in (system.dataset, *system.by_dataset):
                if dataset not in self.datasets:
                    raise ValueError(f"systems.{name} names the data set {dataset!r}, which is not under datasets")
        return self


def explain(error: ValidationError) -> str:
    """One line of a validation error: each field with what is wrong with it and the value given."""
    parts = []
    for fault in error.errors():
        field = ".".join(str(part) for part in fault["loc"]) or "the section"
        given = "" if isinstance(fault["input"], dict) else f" (given: {fault['input']!r})"
        parts.append(f"{field}: {fault['msg'][:1].lower()}{fault['msg'][1:]}{given}")
    return "; ".join(parts)


def load(path: Path | None = None) -> Params:
    """Read and check `params.yaml`.

    Raises:
        UserError: the file is missing, not YAML, or a field is unknown, missing or out of bounds.
    """
    path = path or root() / "params.yaml"
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path} is missing; run inside a Corkboard checkout") from None
    except yaml.YAMLError as error:
        raise UserError(f"{path} is not YAML: {error}") from None
    try:
        return Params.model_validate(content)
    except ValidationError as error:
        raise UserError(f"{path.name}: {explain(error)}") from None
