"""The request that is being answered, as whatever answers it, refuses it or logs it needs to know."""

from contextvars import ContextVar
from dataclasses import dataclass, field

__all__ = ["Current", "current", "request_id", "starting"]


@dataclass
class Current:
    """One request. route: its path as declared, such as `/v1/items/{item_id}`, once it is known. facts: for the log."""

    request_id: str
    route: str | None = None
    facts: dict[str, object] = field(default_factory=dict)


_CURRENT: ContextVar[Current | None] = ContextVar("current", default=None)


def starting(number: str) -> Current:
    """Say that this task answers the request with the id `number` from here on."""
    found = Current(number)
    _CURRENT.set(found)
    return found


def current() -> Current | None:
    """The request of this task; None outside of any."""
    return _CURRENT.get()


def request_id() -> str | None:
    found = _CURRENT.get()
    return found.request_id if found else None
