"""From promotion to proof: one release of a system at a time, and what a killed one left is finished or undone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from components.lifecycle.call import Call, plainly
from components.lifecycle.command import COMMANDS, Commands
from components.lifecycle.lease import held
from components.lifecycle.package import package
from components.lifecycle.promote import undo
from components.lifecycle.registry import champion_of, mended
from components.lifecycle.results import Smoked
from components.lifecycle.smoke import smoke
from data.errors import UserError

__all__ = ["prove", "releasing", "settle"]


@contextmanager
def releasing(system: str, wait: Callable[[str], None]) -> Iterator[None]:
    """Hold the release of `system` from its promotion until its service is proven, against all others.

    The lock of a process that was killed gets free, so a champion that is only `promoted` when the lock is free belongs
    to nobody. `wait` is called with a sentence if another machine has the lock.
    """
    with held(system, "release", wait):
        yield


def settle(system: str, commands: Commands, wait: Callable[[str], None]) -> None:
    """Prove a champion whose release was cut short between promotion and proof; what cannot be proven is undone."""
    with releasing(system, wait):
        champion = champion_of(mended(system))
        if champion is not None and champion.status == "promoted":
            try:
                prove(system, champion.version, commands)
            except UserError:
                return  # undone, with its reason in the version's tag `failures`: the former champion serves


def prove(system: str, version: int, commands: Commands = COMMANDS, call: Call = plainly) -> Smoked:
    """Package and smoke `version` through `call`; the promotion of one whose service was not proven is undone."""
    try:
        packaged = call("package", package, system, version, commands)
        smoked = call("smoke", smoke, system, version, packaged, commands)
    except BaseException as error:
        undo(system, version, (str(error) or type(error).__name__,))
        raise
    if not smoked.passed:
        undo(system, version, smoked.failures)
    return smoked
