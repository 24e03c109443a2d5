"""Parameters of the flow that take names: Prefect's form offers the existing ones as choices."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import GetJsonSchemaHandler

from components.settings import system_names
from data.params import load

__all__ = ["Dataset", "System"]


@dataclass(frozen=True)
class _Choices:
    """The schema lists the names that are known when the deployment is made; the server refuses others."""

    names: Callable[[], Iterable[str]]

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "enum": sorted(self.names())}


System = Annotated[str, _Choices(system_names)]
Dataset = Annotated[str, _Choices(lambda: load().datasets)]
