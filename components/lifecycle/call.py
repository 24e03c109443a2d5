"""How a step is run: directly, or wrapped by the caller, such as in a task of Prefect."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

__all__ = ["Call", "plainly"]

T = TypeVar("T")


class Call(Protocol):
    """Run `function(*arguments)` as the step called `name`, and return its result."""

    def __call__(self, name: str, function: Callable[..., T], *arguments: Any) -> T: ...


def plainly(name: str, function: Callable[..., T], *arguments: Any) -> T:
    """Call the function and nothing else."""
    del name
    return function(*arguments)
