"""Which endpoint is asked: the one that the environment names, otherwise the embedded model."""

from collections.abc import Iterator
from contextlib import contextmanager

from components.language.embedded import IDLE, embedded
from components.language.endpoint import Endpoint, configured

__all__ = ["known", "opened"]


def known() -> Endpoint:
    """The endpoint of the environment, otherwise the embedded model as it is while it does not run."""
    return configured() or IDLE


@contextmanager
def opened(needed: bool = True) -> Iterator[Endpoint]:
    """The same, for the length of the block; the embedded model runs only if it is needed."""
    if configured() is not None or not needed:
        yield known()
        return
    with embedded() as endpoint:
        yield endpoint
