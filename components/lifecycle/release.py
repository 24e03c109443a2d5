"""From promotion to proof: one release of a system at a time, and what a killed one left is finished or undone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from components.lifecycle.command import COMMANDS, Commands
from components.lifecycle.package import package_version
from components.lifecycle.promote import undo
from components.lifecycle.registry import champion_of, mended
from components.lifecycle.results import Packaged, Smoked
from components.lifecycle.smoke import smoke_version
from data.errors import UserError
from data.locks import locked
from data.project import home

__all__ = ["prove", "proven", "releasing", "settle"]


@contextmanager
def releasing(system: str) -> Iterator[None]:
    """Hold the release of `system` from its promotion until its service is proven, against others on this machine.

    The kernel frees the lock of a process that was killed, so a champion that is only `promoted` when the lock is free
    belongs to nobody.
    """
    with locked(home() / "locks" / f"release-{system}.lock", lambda: None):
        yield


def settle(system: str, commands: Commands = COMMANDS) -> None:
    """Prove a champion whose release was cut short between promotion and proof; what cannot be proven is undone."""
    with releasing(system):
        champion = champion_of(mended(system))
        if champion is not None and champion.status == "promoted":
            try:
                prove(system, champion.version, commands)
            except UserError:
                return  # undone, with its reason in the version's tag `failures`: the former champion serves


def prove(system: str, version: int, commands: Commands = COMMANDS) -> Smoked:
    """Package and smoke `version`; see `proven`."""
    return proven(
        system,
        version,
        lambda: package_version(system, version, commands),
        lambda packaged: smoke_version(system, version, packaged, commands),
    )


def proven(system: str, version: int, package: Callable[[], Packaged], smoke: Callable[[Packaged], Smoked]) -> Smoked:
    """Package and smoke; the promotion of a version whose service was not proven is undone."""
    try:
        smoked = smoke(package())
    except BaseException as error:
        undo(system, version, (str(error) or type(error).__name__,))
        raise
    if not smoked.passed:
        undo(system, version, smoked.failures)
    return smoked
