"""The data sets of the project's `params.yaml`, as frozen typed models."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator

from data.documents import read_yaml
from data.errors import UserError
from data.params.ads import AdLogParams, AdWorldParams
from data.params.boards import BoardsParams
from data.params.captions import CaptionsParams
from data.params.catalogue import CatalogueParams
from data.params.impressions import ImpressionLogParams
from data.params.logs import EventLogParams, SequencesParams
from data.params.messages import MessageLogParams, MessageWorldParams
from data.params.outfits import OutfitsParams
from data.params.pictures import ImageFolderParams, TablesParams, WorldParams
from data.params.relative import RelativeCaptionsParams
from data.params.segmented import SegmentedPhotosParams
from data.params.strict import Strict, explain
from data.params.texts import LabelledTextsParams
from data.project import root

__all__ = ["DatasetParams", "Engine", "Params", "load"]

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")  # a folder, a stage of DVC and a word of a command are called so

Engine = Literal["duckdb", "spark"]
DatasetParams = Annotated[
    ImageFolderParams
    | CatalogueParams
    | SegmentedPhotosParams
    | WorldParams
    | TablesParams
    | SequencesParams
    | EventLogParams
    | OutfitsParams
    | BoardsParams
    | CaptionsParams
    | RelativeCaptionsParams
    | ImpressionLogParams
    | AdLogParams
    | AdWorldParams
    | LabelledTextsParams
    | MessageLogParams
    | MessageWorldParams,
    Field(discriminator="source"),
]


class Params(Strict):
    """The whole file: data sets by their names."""

    engine: Engine = Field("duckdb", description="what builds the tables of logs: embedded, or on a cluster")
    datasets: dict[str, DatasetParams]

    @field_validator("datasets", mode="before")
    @classmethod
    def _names(cls, given: Any) -> Any:
        for name in given if isinstance(given, dict) else ():
            if not isinstance(name, str) or not NAME.fullmatch(name):
                raise ValueError(
                    f"a data set cannot be called {name!r}; its name has letters, digits, - and _, at most 64, "
                    "starts with a letter or a digit, and stands in quotes where YAML would read a number or a switch"
                )
        return given


def load(path: Path | None = None) -> Params:
    """Read and check `params.yaml`.

    Raises:
        UserError: the file is missing, not YAML, or a field is unknown, missing or out of bounds.
    """
    path = path or root() / "params.yaml"
    try:
        content = read_yaml(path)
    except FileNotFoundError:
        raise UserError(f"{path} is missing; run inside a Corkboard checkout") from None
    try:
        return Params.model_validate(content)
    except ValidationError as error:
        raise UserError(f"{path.name}: {explain(error)}") from None
