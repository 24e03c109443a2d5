"""`params.yaml`, every knob of the project, as frozen typed models."""

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from data.errors import UserError
from data.params.logs import EventLogParams, SequencesParams
from data.params.pictures import ImageFolderParams, TablesParams, WorldParams
from data.params.strict import Strict, explain
from data.project import root

__all__ = ["DatasetParams", "Engine", "Params", "SystemParams", "load"]

Engine = Literal["duckdb", "spark"]
DatasetParams = Annotated[
    ImageFolderParams | WorldParams | TablesParams | SequencesParams | EventLogParams, Field(discriminator="source")
]


class SystemParams(Strict):
    """A system's default data set, its configuration, and what differs from it for some data sets."""

    dataset: str
    config: dict[str, Any]
    gate: dict[str, Any]
    by_dataset: dict[str, dict[str, Any]] = Field(default_factory=dict)


class Params(Strict):
    """The whole file: data sets and systems by their names."""

    engine: Engine = Field("duckdb", description="what builds the tables of logs: embedded, or on a cluster")
    datasets: dict[str, DatasetParams]
    systems: dict[str, SystemParams]

    @model_validator(mode="after")
    def _names_known(self) -> "Params":
        for name, system in self.systems.items():
            for dataset in (system.dataset, *system.by_dataset):
                if dataset not in self.datasets:
                    raise ValueError(f"systems.{name} names the data set {dataset!r}, which is not under datasets")
        return self


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
