"""What an HTTP route takes and gives: declared by a system, or by a service in front of one."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from components.system import System
from data.params import Strict

__all__ = ["Answering"]


@dataclass(frozen=True)
class Answering:
    """Requests and answers of `POST /v1/<route>`, with the parts and types of `components.system.System`."""

    route: str
    request: type[Strict]
    response: type[Strict]
    takes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    gives: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    batch: int = 1

    @classmethod
    def of(cls, system: System) -> "Answering":
        """What `system` declares."""
        return cls(system.route, system.Request, system.Response, system.takes, system.gives, system.batch)
