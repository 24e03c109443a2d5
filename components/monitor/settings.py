"""The settings of the monitor: `params.yaml` beside this module."""

from pathlib import Path

from pydantic import Field, ValidationError

from data.documents import read_yaml
from data.errors import UserError
from data.params import Strict, explain

__all__ = ["Ages", "Budgets", "Least", "Level", "Settings", "settings"]

FILE = Path(__file__).with_name("params.yaml")


class Least(Strict):
    """Sizes below which a change does not matter."""

    category: float = Field(ge=0)
    number: float = Field(ge=0)
    vector: float = Field(ge=0)


class Level(Strict):
    """How far a figure may lie from its mean before: in standard deviations, and as a share of the mean."""

    deviations: float = Field(gt=0)
    share: float = Field(gt=0)


class Budgets(Strict):
    """What a route may take: the share of answers that are errors, and milliseconds."""

    errors: float = Field(gt=0, lt=1)
    p99_ms: float = Field(gt=0)


class Ages(Strict):
    """How long ago what serves was trained, what it learned from happened, and the last request came, at most."""

    trained_days: float = Field(gt=0)
    data_days: float = Field(gt=0)
    traffic_hours: float = Field(gt=0)


class Settings(Strict):
    """Each is explained in the file."""

    settle_days: int = Field(ge=2)
    training_days: int = Field(ge=2)
    least_rows: int = Field(ge=2)
    least_days: int = Field(ge=2)
    chance: float = Field(gt=0, lt=0.5)
    spread: float = Field(gt=0)
    least: Least
    level: Level
    counts: float = Field(gt=0)
    lasting_hours: int = Field(ge=0)
    budgets: Budgets
    ages: Ages


def settings() -> Settings:
    """Raises `UserError` where the file is wrong."""
    try:
        return Settings.model_validate(read_yaml(FILE))
    except ValidationError as error:
        raise UserError(f"{FILE.name} of the monitor: {explain(error)}") from None
