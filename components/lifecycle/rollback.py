"""Back to the version that served before, or forward to one that a person chooses. No training."""

import getpass
from collections.abc import Callable
from datetime import UTC, datetime

from components.lifecycle.bundles import check_registered
from components.lifecycle.command import COMMANDS, Commands
from components.lifecycle.promote import make_champion
from components.lifecycle.registry import PREVIOUS, champion_of, changing, find, mended, step_back, tag_version
from components.lifecycle.release import prove, releasing
from components.lifecycle.results import Promoted, Release, RolledBack
from data.errors import UserError

__all__ = ["promote_by_hand", "refusal", "rollback"]


def refusal(release: Release) -> str | None:
    """What was decided against a version; None if nothing was."""
    if release.verdict is None or not release.verdict.passed:
        return "never passed the gate"
    return {"rolled_back": "was rolled back", "smoke_failed": "failed its smoke test"}.get(release.status)


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
    system: str,
    version: int,
    commands: Commands = COMMANDS,
    wait: Callable[[str], None] = lambda _: None,
    force: str | None = None,
) -> Promoted:
    """Make `version` the champion; its Bento is built and proven first if it never was.

    force: why a version is promoted that was refused; it is recorded, as the version's tag `forced`.
    wait: called with a sentence if another machine is releasing the system.

    Raises:
        UserError: there is no such version, it was refused and nobody says why it is promoted all the same, the
            registry holds other files than were registered, or its service failed; the former champion serves on.
    """
    release = find(mended(system), system, version)
    why_not = refusal(release)
    if why_not and force is None:
        raise UserError(
            f"version {version} of {system} {why_not}; to promote it all the same, give --force and --reason 'WHY', "
            f"which is recorded"
        )
    if force is not None and not why_not:
        raise UserError(f"version {version} of {system} was not refused; promote it without --force")
    check_registered(release)
    if force is not None:
        tag_version(system, version, forced=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {getpass.getuser()}: {force}")
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
