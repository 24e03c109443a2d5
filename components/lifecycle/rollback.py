"""Back to the version that served before, or forward to one that a person chooses. No training."""

from collections.abc import Callable

from components.lifecycle.command import COMMANDS, Commands
from components.lifecycle.promote import make_champion
from components.lifecycle.registry import PREVIOUS, champion_of, changing, find, mended, step_back, tag_version
from components.lifecycle.release import prove, releasing
from components.lifecycle.results import Promoted, RolledBack
from data.errors import UserError

__all__ = ["promote_by_hand", "rollback"]


def rollback(system: str) -> RolledBack:
    """Make the version called `previous` the champion again; the one it replaces is not promoted again by a run.

    Raises:
        UserError: nothing is in service, or nothing served before it.
    """
    with changing(system) as releases:
        champion = champion_of(releases)
        if champion is None:
            raise UserError(
                f"{system} has no champion, so there is nothing to roll back; see `corkboard models {system}`"
            )
        if not any(PREVIOUS in release.aliases for release in releases):
            raise UserError(
                f"no released version of {system} served before version {champion.version}, so there is nothing to "
                f"roll back to; promote another with `corkboard promote {system} VERSION`"
            )
        tag_version(system, champion.version, status="rolling_back")
        version = step_back(system, champion.version)
    assert version is not None
    return RolledBack(version=version, rolled_back=champion.version)


def promote_by_hand(
    system: str, version: int, commands: Commands = COMMANDS, wait: Callable[[str], None] = lambda _: None
) -> Promoted:
    """Make `version` the champion without asking the gate; its Bento is built and proven first if it never was.

    `wait` is called with a sentence if another machine is releasing the system.

    Raises:
        UserError: there is no such version, or its service failed, in which case the former champion serves on.
    """
    find(mended(system), system, version)
    with releasing(system, wait):
        champion = champion_of(mended(system))
        promoted = make_champion(system, version, champion.version if champion else None)
        smoked = prove(system, version, commands)
    if not smoked.passed:
        raise UserError(
            f"version {version} of {system} was not promoted: its service failed {len(smoked.failures)} of "
            f"{smoked.requests} golden requests, first: {smoked.failures[0] if smoked.failures else 'unknown'}"
        )
    return promoted
