"""The registry as releases: versions of a model, the aliases `champion` and `previous`, and who replaced whom.

The alias `champion` is the one commit point of a promotion. A version's tag `status` says how far it came:

    registered  promoting  promoted  released          the way up
    undoing     smoke_failed                           the packaged service answered wrongly
    rolling_back  rolled_back                          a person took it out of service

A status ending in `-ing` on the champion is what a killed process left behind; reading mends it. A champion that stays
`promoted` was never proven; `release.py` finishes that. The tag `former` keeps the status from before a promotion until
the version is proven. Tags are few and for people; what never changes is the metadata of the version's model.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from components.lifecycle.lease import held
from components.lifecycle.provenance import provenance_of
from components.lifecycle.results import Release
from components.lifecycle.tracking import client
from data.errors import UserError

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

__all__ = [
    "CHAMPION",
    "PREVIOUS",
    "UNPROVEN",
    "assign",
    "champion_of",
    "changing",
    "find",
    "history",
    "mended",
    "predecessor",
    "releases",
    "step_back",
    "tag_version",
]

CHAMPION, PREVIOUS = "champion", "previous"
UNFINISHED = ("promoting", "undoing", "rolling_back")
UNPROVEN = ("promoting", "promoted", "undoing", "smoke_failed", "rolling_back", "rolled_back")


def releases(system: str | None = None) -> list[Release]:
    """Every version of `system`, or of all systems, newest first; a promotion that was cut short is mended first."""
    names = [system] if system else [model.name for model in client().search_registered_models()]
    return [release for name in names for release in mended(name)]


def mended(system: str) -> list[Release]:
    """The history of `system` after any promotion, undoing or rollback that was cut short has been finished."""
    releases = history(system)
    if all(release.status not in UNFINISHED for release in releases):
        return releases
    with changing(system) as settled:
        return settled


def _mend(system: str) -> list[Release]:
    releases = history(system)
    cut_short = [release for release in releases if release.status in UNFINISHED]
    for release in cut_short:
        if CHAMPION in release.aliases and release.status == "promoting":
            assign(system, PREVIOUS, release.replaces)
            tag_version(system, release.version, status="promoted")
        elif release.status == "promoting":  # it never became the champion
            tag_version(system, release.version, status=release.former, former=None)
        else:
            step_back(system, release.version)
    return history(system) if cut_short else releases


def step_back(system: str, version: int) -> int | None:
    """Take `version`, whose status is `undoing` or `rolling_back`, out of service; returns who serves from then on."""
    releases = history(system)
    release = find(releases, system, version)
    champion = champion_of(releases)
    successor = champion.version if champion else None
    if successor == release.version:
        successor = release.replaces if release.status == "undoing" else _aliased(releases, PREVIOUS)
        assign(system, CHAMPION, successor)
    before = predecessor(releases, find(releases, system, successor)) if successor is not None else None
    assign(system, PREVIOUS, before)
    # What was released keeps its proven Bento, and what a person took out of service stays out of it.
    undone = release.former if release.former in ("released", "rolled_back") else "smoke_failed"
    tag_version(system, version, status={"undoing": undone, "rolling_back": "rolled_back"}[release.status], former=None)
    return successor


@contextmanager
def changing(system: str) -> Iterator[list[Release]]:
    """Hold the registry of `system` against all others; gives its history, mended."""
    with held(system, "registry"):
        yield _mend(system)


def history(system: str) -> list[Release]:
    """Every version of `system` as it stands, newest first; empty for one that was never registered."""
    tracker = client()
    versions = tracker.search_model_versions(f"name = '{system}'", max_results=10_000)
    if not versions:
        return []
    aliases: dict[int, list[str]] = {}
    for alias, version in tracker.get_registered_model(system).aliases.items():
        aliases.setdefault(int(version), []).append(alias)
    listed = [_release(version, tuple(sorted(aliases.get(int(version.version), ())))) for version in versions]
    return sorted(listed, key=lambda release: -release.version)


def _release(version: "ModelVersion", aliases: tuple[str, ...]) -> Release:
    tags = version.tags
    return Release(
        **dict(provenance_of(version)),
        system=version.name,
        version=int(version.version),
        aliases=aliases,
        status=tags.get("status", "registered"),
        former=tags.get("former", "registered"),
        bento=tags.get("bento"),
        size_mb=float(tags["size_mb"]) if "size_mb" in tags else None,
        requests=int(tags.get("requests", "0")),
        failures=tags.get("failures"),
        forced=tags.get("forced"),
        replaces=int(tags["replaces"]) if "replaces" in tags else None,
        run_id=version.run_id or "",
        created=datetime.fromtimestamp(version.creation_timestamp / 1000, UTC).isoformat(timespec="seconds"),
    )


def champion_of(releases: Sequence[Release]) -> Release | None:
    return next((release for release in releases if CHAMPION in release.aliases), None)


def _aliased(releases: Sequence[Release], alias: str) -> int | None:
    return next((release.version for release in releases if alias in release.aliases), None)


def find(releases: Sequence[Release], system: str, version: int) -> Release:
    """The release with this number. Raises `UserError` naming those that there are."""
    for release in releases:
        if release.version == version:
            return release
    known = ", ".join(str(release.version) for release in releases) or "none"
    raise UserError(f"{system} has no version {version}; there are: {known}")


def predecessor(releases: Sequence[Release], release: Release) -> int | None:
    """The nearest version before `release` in service that was proven there, along the chain of who replaced whom."""
    by_version = {other.version: other for other in releases}
    seen = {release.version}
    number = release.replaces
    while number is not None and number in by_version and number not in seen:
        if by_version[number].status not in UNPROVEN:
            return number
        seen.add(number)
        number = by_version[number].replaces
    return None


def assign(system: str, alias: str, version: int | None) -> None:
    """Point `alias` at `version`, or at nothing."""
    if version is None:
        if alias in client().get_registered_model(system).aliases:
            client().delete_registered_model_alias(system, alias)
    else:
        client().set_registered_model_alias(system, alias, str(version))


def tag_version(system: str, version: int, **tags: str | None) -> None:
    """Set tags of a version, in the order given; None removes one."""
    for key, value in tags.items():
        if value is None:
            client().delete_model_version_tag(system, str(version), key)
        else:
            client().set_model_version_tag(system, str(version), key, value)
