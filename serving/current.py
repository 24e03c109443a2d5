"""The request that the current task answers: its id, its route, and facts for its log line."""

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["Current", "current", "request_id", "starting"]


class Ended(Protocol):
    """Somebody who wants to know what became of a request."""

    def ended(self, status: int, seconds: float) -> None: ...


@dataclass
class Current:
    """One request. route: its path as declared, such as `/v1/items/{item_id}`, once it is known. facts: for the log.

    seen: told once it is answered.
    """

    request_id: str
    route: str | None = None
    facts: dict[str, object] = field(default_factory=dict)
    seen: Ended | None = None


_CURRENT: ContextVar[Current | None] = ContextVar("current", default=None)


def starting(number: str) -> Current:
    """Begin a request with the id `number` in this task."""
    request = Current(number)
    _CURRENT.set(request)
    return request


def current() -> Current | None:
    """The request of this task; None outside of any."""
    return _CURRENT.get()


def request_id() -> str | None:
    """The id of the request of this task; None outside of any."""
    request = _CURRENT.get()
    return request.request_id if request else None
