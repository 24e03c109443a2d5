"""How a step is carried out: plainly, or as whatever the caller makes of it, such as a task of Prefect."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

__all__ = ["Call", "plainly"]

T = TypeVar("T")


class Call(Protocol):
    """Carry out `function(*arguments)` as the step called `name`, and return its result."""

    def __call__(self, name: str, function: Callable[..., T], *arguments: Any) -> T: ...


def plainly(name: str, function: Callable[..., T], *arguments: Any) -> T:
    """Call the function and nothing else."""
    del name
    return function(*arguments)
