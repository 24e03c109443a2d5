"""The composed service of what is released now: its champions, their data set, and the Bento of all."""

import sys
from pathlib import Path

from components.lifecycle.results import Release
from data.errors import UserError

__all__ = ["DISCOVERY", "packaged"]

DISCOVERY = "discovery"


def packaged() -> str:
    """The tag of a Bento of every champion whose answers were proven; it is built unless it is there.

    Raises:
        UserError: visual-search is not released, or its data set is not prepared here.
    """
    from components.lifecycle.bundles import bundle_of
    from components.lifecycle.fingerprint import git_revision
    from data.versioned import current
    from serving.discovery.context import SEARCH, SYSTEMS
    from serving.discovery.package import package

    released, left_out = {}, {}
    for system in SYSTEMS:
        release = proven(system)
        if release is None:
            left_out[system] = "not released"
        else:
            released[system] = release
    if SEARCH not in released:
        raise UserError(f"{DISCOVERY} needs {SEARCH}, which has no champion yet; run `corkboard run {SEARCH}` first")
    dataset = current(released[SEARCH].dataset)
    peers: dict[str, tuple[str, Path]] = {
        system: (str(release.version), bundle_of(release)) for system, release in released.items()
    }
    found = package(peers, dataset, left_out, git_revision())
    for system, why in found["left_out"].items():
        print(f"corkboard: {DISCOVERY} does without {system}: {why}", file=sys.stderr)  # noqa: T201
    return str(found["bento"])


def proven(system: str) -> Release | None:
    """The champion of `system`, or its predecessor while the champion is unproven; None if neither is there."""
    from components.lifecycle.registry import champion_of, find, predecessor, releases

    found = releases(system)
    release = champion_of(found)
    if release is not None and release.bento is None:
        before = predecessor(found, release)
        release = release if before is None else find(found, system, before)
    return release if release is not None and release.bento is not None else None
