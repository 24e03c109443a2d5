"""The settings of a system: `params.yaml` in its folder, read and checked on its own."""

from importlib import import_module
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from pydantic import Field, ValidationError, field_validator

from components.roles import Role
from data.documents import read_yaml
from data.errors import UserError, unknown
from data.params import Strict, explain

__all__ = ["Schedule", "Serving", "Settings", "system_names", "system_settings"]

FILE = "params.yaml"


class Schedule(Strict):
    """When Prefect runs the system on its default data set."""

    cron: str = Field(pattern=r"^\S+( \S+){4}$", description="minute, hour, day of the month, month, day of the week")
    timezone: str = "UTC"
    active: bool = True

    @field_validator("timezone")
    @classmethod
    def _known(cls, timezone: str) -> str:
        if timezone not in available_timezones():
            raise ValueError("is no time zone such as UTC or Europe/Amsterdam")
        return timezone


class Serving(Strict):
    """Its place in the composed service, which says what the role is for and what is answered without it."""

    role: Role
    limit_s: float = Field(gt=0, description="how long the service waits for an answer before it does without")
    workers: int = Field(1, ge=1, description="most processes, a core each; one answers on all cores by its threads")


class Settings(Strict):
    """A system's default data set, its configuration, the gate's policy, and differences for some data sets."""

    dataset: str
    config: dict[str, Any]
    gate: dict[str, Any]
    by_dataset: dict[str, dict[str, Any]] = Field(default_factory=dict)
    variants: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="changes with a name: `--set variant=NAME` takes them before other changes"
    )
    small: dict[str, Any] = Field(
        default_factory=dict, description="what differs where seconds have to do, as in the contract tests"
    )
    schedule: Schedule | None = None
    serving: Serving | None = None


def _places() -> list[str]:
    """The folders of systems, which are found and not imported: systems may read settings and what stands on them."""
    return list(import_module("components.systems").__path__)


def system_names() -> tuple[str, ...]:
    """The systems that have a folder with settings, by name."""
    folders = (path.parent for place in _places() for path in Path(place).glob(f"*/{FILE}"))
    return tuple(sorted(folder.name.replace("_", "-") for folder in folders))


def system_settings(name: str) -> Settings:
    """Read and check the settings of the system called `name`.

    Raises:
        UserError: there is no such system, its file is not YAML, or a field is unknown, missing or out of bounds.
    """
    known = system_names()
    if name not in known:
        raise unknown("system", name, known)
    path = next(path for place in _places() if (path := Path(place) / name.replace("-", "_") / FILE).is_file())
    try:
        return Settings.model_validate(read_yaml(path))
    except ValidationError as error:
        raise UserError(f"{FILE} of {name}: {explain(error)}") from None
