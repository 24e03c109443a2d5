"""Step 7, promote: make a version the champion, and undo that. The alias `champion` moves in one transaction."""

from components.lifecycle.registry import (
    CHAMPION,
    PREVIOUS,
    UNPROVEN,
    assign,
    champion_of,
    changing,
    find,
    predecessor,
    step_back,
    tag_version,
)
from components.lifecycle.results import Promoted
from data.errors import UserError

__all__ = ["make_champion", "undo"]


def make_champion(system: str, version: int, expected: int | None) -> Promoted:
    """Make `version` the champion, if the champion is still `expected`, with which the gate compared the version.

    The former champion becomes `previous`.

    Raises:
        UserError: another run promoted a version since then; the candidate has to pass the gate again.
    """
    with changing(system) as releases:
        champion = champion_of(releases)
        now = champion.version if champion else None
        if now == version:
            assert champion is not None
            return Promoted(reused=True, version=version, previous=champion.replaces)
        if now != expected:
            raise UserError(
                f"the champion of {system} is now {_named(now)}, but the gate compared with {_named(expected)}; "
                f"run again, so that the candidate is judged against it"
            )
        former = find(releases, system, version).status
        before = now
        if champion is not None and champion.status in UNPROVEN:
            # a champion whose service was never proven is no version to go back to
            before = predecessor(releases, champion)
        replaces = None if before is None else str(before)
        tag_version(system, version, former=former, replaces=replaces, status="promoting")
        # The commit: from here on a killed promotion is finished by whoever reads next.
        assign(system, CHAMPION, version)
        assign(system, PREVIOUS, before)
        tag_version(system, version, status="promoted")
    return Promoted(version=version, previous=before)


def undo(system: str, version: int, failures: tuple[str, ...]) -> int | None:
    """Take back the promotion of `version`, whose service failed; returns the version that serves from then on.

    A champion that was released before stays: the Bento that was proven lies beside the one that failed. So does
    whatever a person decided meanwhile.
    """
    with changing(system) as releases:
        release = find(releases, system, version)
        tag_version(system, version, failures="\n".join(failures)[:5000])
        if release.status != "promoted":
            champion = champion_of(releases)
            return champion.version if champion else None
        tag_version(system, version, status="undoing")
        return step_back(system, version)


def _named(version: int | None) -> str:
    return "none" if version is None else f"version {version}"
